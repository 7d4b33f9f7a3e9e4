/** The ledger with its keys in a real token: seals, strict mode, wraps and rotation by PKCS#11. */
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { init, open } from '../../../vault/hsm/open.ts';
import type { Hsm } from '../../../vault/hsm/hsm.ts';
import { createLedger, openLedger } from '../../../vault/ledger/open.ts';
import type { LedgerOptions } from '../../../vault/ledger/open.ts';
import { fsck } from '../../../vault/ledger/verify.ts';
import { openSqliteStore } from '../../../vault/store/sqlite.ts';
import type { Store } from '../../../vault/store/store.ts';
import { changeOf, commitDone, LedgerClock, newId, textOf } from '../../support/vault/ledger-world.ts';
import { makeSoftHsm } from '../../support/vault/softhsm.ts';
import type { SoftHsm } from '../../support/vault/softhsm.ts';

let folder: string;
let soft: SoftHsm;
let hsm: Hsm;
let store: Store;
const file = (): string => path.join(folder, 'state', 'vault.db');

async function options(): Promise<LedgerOptions> {
  const { modulePath, tokenLabel, pin } = soft;
  hsm = await open({ modulePath, tokenLabel, pin, profile: 'A' });
  store = await openSqliteStore({ file: file() });
  const sites = [{ name: 'one', publicKey: hsm.publicKeys.site }];
  return { store, hsm, site: 'one', sites, sealFile: path.join(folder, 'one.seal'), clock: new LedgerClock() };
}

async function stop(): Promise<void> {
  await store.close();
  await hsm.close();
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'holdfast-ledger-'));
  soft = await makeSoftHsm();
  const { modulePath, tokenLabel, pin } = soft;
  await init({ modulePath, tokenLabel, pin, profile: 'A' });
});
afterAll(async () => {
  await soft.dispose();
  await rm(folder, { recursive: true });
});

it('keeps one epoch key and one wrap key in the token, and refuses an older database', async () => {
  let ledger = await createLedger(await options());
  const id = newId();
  const revision = await commitDone(ledger, changeOf(id, 0, 'one'));
  await ledger.assertReady();
  await ledger.checkpoint();
  await ledger.rotate();
  expect(textOf((await ledger.read(id))?.state)).toBe('one');
  expect(await hsm.listEpochKeys()).toHaveLength(1);
  expect(await hsm.listWrapKeys()).toHaveLength(1);
  await ledger.close();
  await stop();
  await copyFile(file(), `${file()}.old`);

  ledger = await openLedger(await options());
  const found = (await ledger.read(id))!;
  expect(found.revision).toBeGreaterThan(revision);
  await commitDone(ledger, changeOf(id, found.revision, 'two'));
  expect(await fsck(ledger, store)).toMatchObject({ records: 1, problems: [], log: { problems: [] } });
  // It dies here: no seal is made of the last commit. The token has its head.
  await stop();
  await rm(`${file()}-wal`, { force: true });
  await rm(`${file()}-shm`, { force: true });
  await copyFile(`${file()}.old`, file());
  await expect(openLedger(await options())).rejects.toMatchObject({ code: 'rolled-back' });
  await stop();
});
