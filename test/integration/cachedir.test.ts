/** Folders that mark themselves as caches (https://bford.info/cachedir/) and excludes by absolute path, end to end. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { backup } from '../../main/engine/backup.ts';
import { RunControl } from '../../main/engine/control.ts';
import { create } from '../../main/engine/create.ts';
import { enrol } from '../../main/engine/enrol.ts';
import { entryPathOf } from '../../main/engine/entry-path.ts';
import { CACHEDIR_SIGNATURE } from '../../main/engine/excludes.ts';
import { list } from '../../main/engine/list.ts';

let folder = '';
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'holdfast-cachedir-')));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('of a marked folder only the mark is kept; the source itself and an unsigned tag do not count', async () => {
  const source = join(folder, 'source');
  for (const [name, tag] of [
    ['', CACHEDIR_SIGNATURE],
    ['marked', `${CACHEDIR_SIGNATURE}\n# made by a test`],
    ['unsigned', 'Signature: something else'],
    ['private', null],
  ] as const) {
    await mkdir(join(source, name), { recursive: true });
    if (tag !== null) await writeFile(join(source, name, 'CACHEDIR.TAG'), tag);
    await writeFile(join(source, name, 'content.txt'), name);
  }
  const rootKey = new Uint8Array(32).fill(7);
  const destination = { kind: 'local', path: join(folder, 'repository') } as const;
  await create({ destination, rootKey });
  const { capability, readerPublicKey } = await enrol({ destination, rootKey });
  const access = { kind: 'capability', capability, readerPublicKey } as const;
  const { snapshotId } = await backup(
    {
      destination,
      access,
      stateFolder: join(folder, 'state'),
      sources: [source],
      excludes: [`${source}/private/`],
      computerName: 'test',
    },
    { control: new RunControl(), emit: () => undefined },
  );
  const names = async (path: string): Promise<string[]> =>
    (await list({ destination, access, snapshotId, path: entryPathOf(path) })).map(({ name }) => name);

  expect(await names(source)).toEqual(['CACHEDIR.TAG', 'content.txt', 'marked', 'unsigned']);
  expect(await names(join(source, 'marked'))).toEqual(['CACHEDIR.TAG']);
  expect(await names(join(source, 'unsigned'))).toEqual(['CACHEDIR.TAG', 'content.txt']);
});
