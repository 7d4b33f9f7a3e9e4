/** `holdfast computer` and `holdfast key` from the outside: dist/cli.js on one repository. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';

const CLI = path.resolve(import.meta.dirname, '../../../dist/cli.js');

it('a computer is listed, taken over and back, retired, and starts anew under another id, after its keys were renewed', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-computers-'));
  const at = (name: string): string => path.join(folder, name);
  const run = (args: string[], home = 'home') => {
    const env = { ...process.env, HOLDFAST_HOME: at(home) };
    const done = spawnSync(process.execPath, [CLI, ...args, '--repo', at('repo'), '--json'], { env, encoding: 'utf8' });
    return { code: done.status, last: JSON.parse(done.stdout.trim().split('\n').at(-1) ?? '{}') as object };
  };
  const key = ['--key-file', at('key')];
  const capability = ['--capability-key-file', at('capability-key')];
  try {
    mkdirSync(at('files'));
    writeFileSync(path.join(at('files'), 'a'), 'Anna');
    run(['init', ...key]);
    run(['enroll', ...key, ...capability]);
    const backUp = () => run(['backup', ...capability, at('files')]);
    expect(backUp()).toMatchObject({ code: 0 });
    expect(run(['key', 'rotate', ...key, ...capability])).toMatchObject({
      code: 0,
      last: { epochs: 2, renewed: true },
    });
    expect(backUp()).toMatchObject({ code: 0, last: { newBytes: 0 } });
    const { last } = run(['computer', 'list', ...key]) as { last: { computers: { clientId: string }[] } };
    expect(last.computers).toMatchObject([{ thisComputer: true, snapshots: 2, retired: false }]);
    const id = last.computers[0]?.clientId ?? '';
    // Another computer goes on with its backups, until it takes them back.
    const adopted = { before: null, writer: 1, snapshots: 2, clientId: id };
    expect(run(['computer', 'adopt', id, ...key], 'other')).toMatchObject({ code: 0, last: adopted });
    expect(run(['backup', ...key, at('files')], 'other')).toMatchObject({ code: 0, last: { newBytes: 0 } });
    expect(backUp()).toMatchObject({ code: 1, last: { code: 'taken-over' } });
    const back = run(['computer', 'adopt', id, ...key, ...capability]);
    expect(back).toMatchObject({ code: 0, last: { before: id, writer: 2, snapshots: 3 } });
    expect(backUp()).toMatchObject({ code: 0, last: { newBytes: 0 } });
    expect(run(['computer', 'retire', id])).toMatchObject({ code: 1, last: { code: 'locked' } });
    expect(run(['computer', 'retire', id, ...key])).toMatchObject({ code: 0 });
    expect(backUp()).toMatchObject({ code: 1, last: { code: 'locked' } });
    expect(run(['computer', 'new-id', ...key, ...capability])).toMatchObject({ code: 0, last: { before: id } });
    expect(backUp()).toMatchObject({ code: 0, last: { newFiles: 1 } });
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 120_000);
