/** The options of a backup that say what is taken. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { FileChoice } from '../engine/api.ts';
import { HoldfastError } from '../errors.ts';
import { sizeOf } from './amounts.ts';

export interface ChoiceOptions {
  exclude: string[];
  excludeFile: string[];
  include: string[];
  excludeLargerThan?: number | undefined;
  oneFileSystem?: boolean | undefined;
  keepCaches?: boolean | undefined;
}

const collect = (value: string, all: string[]): string[] => [...all, value];

export const withChoice = (target: Command): Command =>
  target
    .option(
      '--exclude <pattern>',
      'leave out what matches (gitignore syntax, ! takes back in); may be repeated',
      collect,
      [],
    )
    .option(
      '--exclude-file <file>',
      'leave out what the patterns in this file match, one a line; may be repeated',
      collect,
      [],
    )
    .option('--include <pattern>', 'take only files that match; may be repeated', collect, [])
    .option('--exclude-larger-than <size>', 'leave out larger files, e.g. 500M', sizeOf)
    .option('--one-file-system', 'stay on the disk of each source')
    .option('--keep-caches', 'take folders that mark themselves as caches (CACHEDIR.TAG) too');

/** Patterns of files come before those of the command line, which so have the last word. Errors: bad-input. */
export async function choiceOf(options: ChoiceOptions): Promise<FileChoice> {
  const files = await Promise.all(options.excludeFile.map(patternsIn));
  return {
    excludes: [...files.flat(), ...options.exclude],
    includes: options.include,
    excludeLargerThan: options.excludeLargerThan,
    oneFileSystem: options.oneFileSystem,
    keepCaches: options.keepCaches,
  };
}

async function patternsIn(file: string): Promise<string[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new HoldfastError(
      'bad-input',
      `The file of patterns ${file} cannot be read.`,
      'Nothing was backed up: what it leaves out would have been taken. Check its path.',
      { cause: error },
    );
  }
  return text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '' && !line.startsWith('#'));
}
