/** Rotation of the data key: killed at every step, and what old copies are worth after it. */
import { copyFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keyNumberOf } from '../../../vault/ledger/at-rest.ts';
import { unwrapDataKey, wrapKeyIdOf } from '../../../vault/ledger/key-wrap.ts';
import type { RotationStep } from '../../../vault/ledger/rotate.ts';
import type { SiteLedger } from '../../../vault/ledger/site-ledger.ts';
import { fsck } from '../../../vault/ledger/verify.ts';
import { openSqliteStore } from '../../../vault/store/sqlite.ts';
import { changeOf, commitDone, newId, OneMachine, textOf } from '../../support/vault/ledger-world.ts';

const STEPS: RotationStep[] = ['made', 'wrapped', 'committed', 'resealed', 'ended', 'destroyed', 'compacted'];

let world: OneMachine;
let ledger: SiteLedger;
let ids: Uint8Array[];
beforeEach(async () => {
  world = await OneMachine.make();
  ledger = await world.create();
  ids = Array.from({ length: 60 }, newId);
  await Promise.all(ids.map((id, i) => commitDone(ledger, changeOf(id, 0, `state ${i}`))));
});
afterEach(() => world.dispose());

async function expectAll(among: SiteLedger): Promise<void> {
  const states = await Promise.all(ids.map(async (id) => textOf((await among.read(id))?.state)));
  expect(states).toEqual(ids.map((_, i) => `state ${i}`));
}

async function numbersInStore(): Promise<Set<number>> {
  const entries = await world.store!.range('record/');
  return new Set(entries.map((entry) => keyNumberOf(entry.value)));
}

describe('a rotation', () => {
  it('seals every record again under a new key, and keeps one wrap key', async () => {
    const [before] = [...world.token.wrapKeys.keys()];
    await ledger.rotate();
    await expectAll(ledger);
    expect(await numbersInStore()).toEqual(new Set([2]));
    expect([...world.token.wrapKeys.keys()]).toHaveLength(1);
    expect(world.token.wrapKeys.has(before!)).toBe(false);
    expect((await world.store!.range('datakey/')).map((entry) => entry.key)).toEqual(['datakey/00000002/one']);
    await world.stop(ledger);
    ledger = await world.open();
    await expectAll(ledger);
    await ledger.rotate();
    await expectAll(ledger);
    const report = await fsck(ledger, world.store!);
    expect(report).toMatchObject({ records: 60, problems: [], log: { problems: [] } });
    expect(report.log.types).toEqual({ create: 1, charge: 60, rotate: 2, rotated: 2 });
  });

  it('goes on beside reads and commits', async () => {
    const counter = newId();
    await commitDone(ledger, changeOf(counter, 0, '0'));
    let rotating = true;
    const rotation = ledger.rotate().finally(() => (rotating = false));
    let steps = 0;
    do {
      const found = await ledger.read(counter);
      const result = await ledger.commit(changeOf(counter, found!.revision, String(steps + 1)));
      if (result.outcome === 'done') steps++;
      await expectAll(ledger);
    } while (rotating);
    await rotation;
    expect(textOf((await ledger.read(counter))?.state)).toBe(String(steps));
    expect(steps).toBeGreaterThan(0);
    expect(await numbersInStore()).toEqual(new Set([2]));
    expect((await fsck(ledger, world.store!)).problems).toEqual([]);
  });

  for (const step of STEPS) {
    it(`that dies after "${step}" leaves every record readable, and the next one ends it`, async () => {
      await world.stop(ledger);
      ledger = await world.open({
        onRotation: (at) => {
          if (at === step) throw new Error('killed here');
        },
      });
      await expect(ledger.rotate()).rejects.toThrow('killed here');
      await world.crash();
      ledger = await world.open();
      await expectAll(ledger);
      const id = newId();
      const revision = await commitDone(ledger, changeOf(id, 0, 'new'));
      await ledger.rotate();
      await expectAll(ledger);
      expect(textOf((await ledger.read(id))?.state)).toBe('new');
      expect(revision).toBeGreaterThan(0);
      expect(await numbersInStore()).toEqual(new Set([['made', 'wrapped'].includes(step) ? 2 : 3]));
      expect(world.token.wrapKeys.size).toBe(1);
      expect((await world.store!.range('datakey/')).length).toBe(1);
      expect((await fsck(ledger, world.store!)).problems).toEqual([]);
    });
  }

  it('leaves nothing in the database that the token still opens: a destroyed record is gone from every copy', async () => {
    const gone = newId();
    const revision = await commitDone(ledger, changeOf(gone, 0, 'destroyed later'));
    await world.stop(ledger);
    const copy = path.join(world.folder, 'retained.db');
    await copyFile(world.file, copy);
    const retained = await openSqliteStore({ file: copy });
    const wrap = (await retained.get('datakey/00000001/one'))!;
    ledger = await world.open();
    await commitDone(ledger, changeOf(gone, revision, null));
    await ledger.rotate();
    // The token as it is now, with all that it holds, over the copy that was kept:
    const hsm = world.token.open();
    const place = { clusterId: retained.clusterId, number: 1, site: 'one' };
    const own = await hsm.listWrapKeys();
    await expect(unwrapDataKey(hsm, world.sites, place, own, wrap.value)).rejects.toMatchObject({ code: 'damaged' });
    await expect(hsm.wrapKeyDh(wrapKeyIdOf(wrap.value), world.token.site.publicKey)).rejects.toMatchObject({
      code: 'not-initialised',
    });
    // Nor does a vault over the copy, made to forget that it is older: seals, epoch keys and the token's head taken away.
    const operation = { operationId: '00'.repeat(16), conditions: [], puts: [], deletes: ['seal/one'] };
    await retained.commit(operation);
    await retained.close();
    await world.stop(ledger);
    await world.putBack(copy);
    await rm(world.sealFile);
    world.token.head = null;
    world.token.epochKeys.clear();
    await expect(world.open()).rejects.toMatchObject({
      code: 'not-ready',
      message: expect.stringContaining('does not hold the key'),
    });
  });
});
