/** Completions, asked of the shells themselves, and the manual page, read by groff: each made by the built program. */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const run = promisify(execFile);
const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const installed = (name: string): boolean =>
  (process.env['PATH'] ?? '').split(path.delimiter).some((folder) => existsSync(path.join(folder, name)));

const scripts = new Map<string, string>();
function made(...args: string[]): string {
  const key = args.join(' ');
  const script = scripts.get(key) ?? execFileSync(process.execPath, [CLI, ...args], { encoding: 'utf8' });
  scripts.set(key, script);
  return script;
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'holdfast-completion-'));
  mkdirSync(path.join(folder, 'a folder'));
  writeFileSync(path.join(folder, 'a key'), '');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What is offered for the last word, in no order. */
type Ask = (...words: string[]) => Promise<string[]>;

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const bash: Ask = async (...words) => {
  const script = `${made('completion', 'bash')}
COMP_WORDS=(holdfast ${words.map(quoted).join(' ')})
COMP_CWORD=${words.length}
_holdfast
printf '%s\\n' "\${COMPREPLY[@]}"`;
  return lines((await run('bash', ['--norc', '-c', script], { cwd: folder })).stdout);
};

const fish: Ask = async (...words) => {
  const script = `${made('completion', 'fish')}\ncomplete -C ${quoted(`holdfast ${words.join(' ')}`)}`;
  const { stdout } = await run('fish', ['--no-config', '-c', script], {
    cwd: folder,
    env: { ...process.env, HOME: folder },
  });
  return lines(stdout).map((line) => line.split('\t')[0] ?? '');
};

const lines = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .sort();

describe.each([
  ['bash', bash],
  ['fish', fish],
] as const)('%s', (name, ask) => {
  // Whoever has no fish still has all other tests; set-up installs it where it may.
  const here = test.skipIf(!installed(name));

  here('offers commands, and those of a group', async () => {
    expect(await ask('')).toEqual(expect.arrayContaining(['backup', 'destination', 'restore', 'vault', 'verify']));
    expect(await ask('res')).toEqual(['restore']);
    expect(await ask('vault', 'fr')).toEqual(['freeze']);
    expect(await ask('destination', '')).toEqual(['add', 'host-key', 'list', 'remove', 'test']);
  });

  here('offers the options of a command, and of no other', async () => {
    const offered = await ask('restore', '--');
    expect(offered).toEqual(expect.arrayContaining(['--repo', '--target', '--dry-run', '--help']));
    expect(offered).not.toContain('--level');
    expect(await ask('verify', '--le')).toEqual(['--level']);
  });

  here('offers what an option takes: choices, files, folders', async () => {
    expect(await ask('restore', '--conflict', '')).toEqual(['keep-both', 'replace', 'skip']);
    const files = await ask('backup', '--key-file', '');
    expect(files.map((file) => file.replaceAll('\\', ''))).toContain('a key');
    expect(await ask('completion', 'z')).toEqual(['zsh']);
  });
});

test.skipIf(!installed('zsh'))('zsh reads its script, which knows every command', async () => {
  const script = path.join(folder, '_holdfast');
  writeFileSync(script, made('completion', 'zsh'));
  const check = `autoload -U compinit; compinit -D; source ${quoted(script)}; print -l \${(k)functions[(I)_holdfast*]}`;
  const { stdout, stderr } = await run('zsh', ['-f', '-c', check], { env: { ...process.env, HOME: folder } });
  expect(stderr).toBe('');
  expect(lines(stdout)).toEqual(expect.arrayContaining(['_holdfast', '_holdfast_backup', '_holdfast_vault_turn_off']));
});

test.skipIf(!installed('groff'))('the manual page is read without a warning, and has every command', async () => {
  const page = path.join(folder, 'holdfast.1');
  writeFileSync(page, made('man'));
  const { stdout, stderr } = await run('groff', ['-man', '-Tutf8', '-ww', '-P-cbou', page]);
  expect(stderr).toBe('');
  for (const command of ['backup', 'destination host-key', 'vault turn-off', 'EXIT STATUS', 'HOLDFAST_HOME']) {
    expect(stdout).toContain(command);
  }
  expect(stdout).not.toMatch(/\\f|\\\(/);
});
