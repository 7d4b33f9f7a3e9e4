/** verify-log and fsck find what somebody changed in the store. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { logKey } from '../../../vault/ledger/log.ts';
import type { SiteLedger } from '../../../vault/ledger/site-ledger.ts';
import { fsck, verifyLog } from '../../../vault/ledger/verify.ts';
import { change } from '../../support/vault/store-conformance.ts';
import { changeOf, commitDone, newId, OneMachine } from '../../support/vault/ledger-world.ts';

let world: OneMachine;
let ledger: SiteLedger;
let ids: Uint8Array[];
beforeEach(async () => {
  world = await OneMachine.make();
  ledger = await world.create();
  ids = Array.from({ length: 12 }, newId);
  for (const id of ids) await commitDone(ledger, changeOf(id, 0, 'state', { facts: { evaluations: 1 } }));
});
afterEach(() => world.dispose());

async function tamper(puts: { key: string; value: Uint8Array }[], deletes: string[] = []): Promise<void> {
  await world.store!.commit(change({ puts, deletes }));
}

const key = (id: Uint8Array): string => `record/${Buffer.from(id).toString('hex')}`;
const valueOf = async (name: string): Promise<Uint8Array> => (await world.store!.get(name))!.value;

describe('verify-log', () => {
  it('counts a sound log', async () => {
    const { index, hash } = await ledger.head();
    expect(await verifyLog(world.store!)).toEqual({
      entries: 13,
      head: { index, hash },
      types: { create: 1, charge: 12 },
      facts: { dataKey: 1, evaluations: 12 },
      problems: [],
    });
  });

  it('tells a changed, a missing and a foreign entry, and a head that is not its end', async () => {
    const original = await valueOf(logKey(5));
    const changed = Uint8Array.from(original);
    changed[changed.length - 1]! ^= 1;
    const problems = async (): Promise<string[]> => (await verifyLog(world.store!)).problems;
    await tamper([{ key: logKey(5), value: changed }]);
    expect(await problems()).toHaveLength(1);
    await tamper([], [logKey(5)]);
    expect(await problems()).toEqual(['the log has 6 after 4']);
    await tamper([{ key: logKey(5), value: await valueOf(logKey(6)) }]);
    expect(await problems()).toHaveLength(1);
    await tamper([{ key: logKey(5), value: original }]);
    expect(await problems()).toEqual([]);
    await tamper([], [logKey(13)]);
    expect(await problems()).toEqual(['the log ends at entry 12, its head is entry 13']);
    await tamper([], ['head']);
    expect(await problems()).toEqual(['the store has no head of a log']);
  });
});

describe('fsck', () => {
  it('finds nothing in a sound store, also while it is written to', async () => {
    let looking = true;
    const report = fsck(ledger, world.store!).finally(() => (looking = false));
    do await commitDone(ledger, changeOf(newId(), 0, 'new'));
    while (looking);
    expect(await report).toMatchObject({ problems: [], log: { problems: [] } });
  });

  it('names records that are gone, put back, unreadable, or in the place of another', async () => {
    const [gone, back, broken, swapped, foreign] = ids as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    const old = await valueOf(key(back));
    await commitDone(ledger, changeOf(back, (await ledger.read(back))!.revision, 'newer'));
    const torn = (await valueOf(key(broken))).slice(0, -1);
    const unknown = newId();
    await tamper(
      [
        { key: key(back), value: old },
        { key: key(broken), value: torn },
        { key: key(swapped), value: await valueOf(key(foreign)) },
        { key: key(unknown), value: await valueOf(key(foreign)) },
      ],
      [key(gone)],
    );
    const report = await fsck(ledger, world.store!);
    expect(report.log.problems).toEqual([]);
    expect(report.problems).toHaveLength(5);
    expect(report.problems.filter((problem) => problem.includes('not in the store'))).toHaveLength(1);
    expect(report.problems.filter((problem) => problem.includes('does not open'))).toHaveLength(3);
    expect(report.problems.filter((problem) => problem.includes('log entry 14'))).toHaveLength(1);
  });
});
