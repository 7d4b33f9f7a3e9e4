/** The SQLite store: the conformance suite, and what is particular to a file. */
import { copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../../vault/store/sqlite.ts';
import { StoreError } from '../../../vault/store/store.ts';
import { change, describeStore } from '../../support/vault/store-conformance.ts';

const temporary = (): Promise<string> => mkdtemp(path.join(os.tmpdir(), 'holdfast-store-'));

describeStore(
  'SQLite',
  async () => {
    const folder = await temporary();
    const file = path.join(folder, 'vault.db');
    const store = await openSqliteStore({ file });
    const other = await openSqliteStore({ file });
    return {
      store,
      other,
      dispose: async () => {
        await store.close();
        await other.close();
        await rm(folder, { recursive: true });
      },
    };
  },
  60,
);

describe('the database file', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await temporary();
    file = path.join(folder, 'state', 'vault.db');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is for its owner alone, with all that lies beside it', async () => {
    const store = await openSqliteStore({ file });
    await store.commit(change({ puts: [{ key: 'a', value: Buffer.from('1') }] }));
    expect((await stat(path.dirname(file))).mode & 0o777).toBe(0o700);
    const names = await readdir(path.dirname(file));
    expect(names).toContain('vault.db-wal');
    for (const name of names) expect((await stat(path.join(path.dirname(file), name))).mode & 0o777).toBe(0o600);
    await store.close();
  });

  it('keeps entries, revisions, operations and its name over a new start', async () => {
    const first = await openSqliteStore({ file });
    const operation = change({ puts: [{ key: 'a', value: Buffer.from('1') }] });
    const result = await first.commit(operation);
    const entry = await first.get('a');
    await first.close();
    await expect(first.get('a')).rejects.toMatchObject({ code: 'closed' });
    const second = await openSqliteStore({ file });
    expect(second.clusterId).toBe(first.clusterId);
    expect(await second.get('a')).toEqual(entry);
    expect(await second.commit(operation)).toEqual(result);
    await second.close();
  });

  it('has nothing left of deleted and replaced values after a compaction', async () => {
    const store = await openSqliteStore({ file });
    const [canary, replaced] = ['canary-of-a-deleted-record', 'canary-of-a-replaced-record'];
    const value = Buffer.from(canary.repeat(200));
    await store.commit(
      change({
        puts: [
          { key: 'a', value },
          { key: 'b', value: Buffer.from(replaced) },
        ],
      }),
    );
    const everything = async (): Promise<string> => {
      const names = await readdir(path.dirname(file));
      return (await Promise.all(names.map((name) => readFile(path.join(path.dirname(file), name), 'latin1')))).join();
    };
    expect(await everything()).toContain(canary);
    await store.commit(change({ puts: [{ key: 'b', value: Buffer.from('new') }], deletes: ['a'] }));
    await store.compact();
    const left = await everything();
    expect(left).not.toContain(canary);
    expect(left).not.toContain(replaced);
    await store.close();
  });

  it('that is no database is refused as damaged', async () => {
    const store = await openSqliteStore({ file });
    await store.close();
    await writeFile(file, Buffer.alloc(8192, 7));
    await rm(`${file}-wal`, { force: true });
    const refused = await openSqliteStore({ file }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(StoreError);
    expect(refused).toMatchObject({ code: 'damaged' });
  });

  it('made anew has another name', async () => {
    const store = await openSqliteStore({ file });
    const other = await openSqliteStore({ file: path.join(folder, 'other.db') });
    expect(other.clusterId).not.toBe(store.clusterId);
    await Promise.all([store.close(), other.close()]);
    await copyFile(file, path.join(folder, 'copy.db'));
    const copy = await openSqliteStore({ file: path.join(folder, 'copy.db') });
    expect(copy.clusterId).toBe(store.clusterId);
    await copy.close();
  });
});
