/** The options of `backup` that say what is taken. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { afterAll, expect, it } from 'vitest';
import { choiceOf, withChoice, type ChoiceOptions } from '../../main/cli/choice-options.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-choice-'));
afterAll(() => rmSync(folder, { recursive: true }));

const chosen = async (...args: string[]) =>
  await choiceOf(
    withChoice(new Command().exitOverride()).parse(args, { from: 'user' }).opts() as unknown as ChoiceOptions,
  );

it('takes everything but caches where nothing is said', async () => {
  expect(await chosen()).toEqual({ excludes: [], includes: [] });
});

it('puts the patterns of files before those of the command line, without comments and empty lines', async () => {
  const file = path.join(folder, 'patterns');
  writeFileSync(file, '\ufeff# caches\r\n*.tmp\r\n\r\n!keep.tmp\n\\#not a comment\n  \n');
  const choice = await chosen('--exclude', 'a', '--exclude-file', file, '--exclude', '!b', '--include', '*.jpg');
  expect(choice.excludes).toEqual(['*.tmp', '!keep.tmp', '\\#not a comment', 'a', '!b']);
  expect(choice.includes).toEqual(['*.jpg']);
});

it('reads sizes and switches', async () => {
  const choice = await chosen('--exclude-larger-than', '1.5MiB', '--one-file-system', '--keep-caches');
  expect(choice).toMatchObject({ excludeLargerThan: 1_572_864, oneFileSystem: true, keepCaches: true });
  await expect(chosen('--exclude-larger-than', 'much')).rejects.toMatchObject({ code: 'bad-input' });
});

it('backs nothing up where a file of patterns is not there', async () => {
  await expect(chosen('--exclude-file', path.join(folder, 'none'))).rejects.toMatchObject({ code: 'bad-input' });
});
