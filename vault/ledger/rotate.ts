/**
 * Rotation of the data key, after which what was destroyed or replaced before it cannot be opened from any copy: make
 * the new key, wrap it, commit it, seal every record again, destroy what opened the old one, compact the store. After a
 * crash at any step either key is accepted, and the next rotation first ends this one.
 */
import { randomBytes } from 'node:crypto';
import type { Hsm } from '../hsm/hsm.ts';
import type { Store } from '../store/store.ts';
import { keyNumberOf, openRecord, recordIdOf, RECORD_PREFIX, sealRecord } from './at-rest.ts';
import type { Chain } from './chain.ts';
import type { Commits } from './commits.ts';
import { CURRENT_KEY, encodeKeyState, wrapPrefix } from './data-keys.ts';
import type { DataKeys, KeyState } from './data-keys.ts';
import { wipe } from '../protocol/bytes.ts';
import { checkRecord } from './records.ts';
import { HEAD_KEY } from './log.ts';
import { siteKey } from './site-keys.ts';
import type { SiteKeys } from './site-keys.ts';
import { newOperationId } from './site-seals.ts';

/** Records of one page that are sealed again in one transaction. */
const PAGE = 50;

/** Steps at which a process can die, in order. */
export type RotationStep = 'made' | 'wrapped' | 'committed' | 'resealed' | 'ended' | 'destroyed' | 'compacted';

export interface RotationParts {
  store: Store;
  hsm: Hsm;
  chain: Chain;
  commits: Commits;
  keys: DataKeys;
  siteKeys: SiteKeys;
  site: string;
  onStep: (step: RotationStep) => void | Promise<void>;
}

export async function rotateDataKey(parts: RotationParts): Promise<void> {
  await parts.chain.refresh();
  // What a crash or another site left half done.
  if (parts.keys.state.rotating) await endRotation(parts);
  await beginRotation(parts);
  await endRotation(parts);
  await parts.store.compact();
  await parts.onStep('compacted');
}

async function beginRotation(parts: RotationParts): Promise<void> {
  const { store, hsm, commits, keys, siteKeys, site, onStep } = parts;
  const { clusterId } = store;
  const old = keys.state;
  const number = old.number + 1;
  const dataKey = new Uint8Array(randomBytes(32));
  const own = await hsm.createWrapKey();
  await onStep('made');
  const receivers = [{ site, key: own }, ...(await siteKeys.others())];
  const wraps: { key: string; value: Uint8Array }[] = [];
  for (const receiver of receivers) {
    const value = await siteKeys.wrap(number, dataKey, receiver.site, receiver.key);
    wraps.push({ key: wrapPrefix(number) + receiver.site, value });
  }
  const publication = await siteKeys.publication(own, number);
  await onStep('wrapped');
  let state: KeyState = old;
  const index = await commits.commitOwn({
    type: 'rotate',
    facts: { dataKey: number },
    build: (at) => {
      // Another site has begun one meanwhile: it is as good.
      if (keys.state.revision !== old.revision) return null;
      state = { number, since: at, before: old.since, rotating: true };
      return {
        conditions: [{ key: CURRENT_KEY, revision: old.revision }],
        puts: [
          { key: CURRENT_KEY, value: encodeKeyState(state, dataKey, clusterId) },
          { key: siteKey(site), value: publication },
          ...wraps,
        ],
        deletes: [],
        key: { number, key: dataKey },
      };
    },
    onDone: (_at, revision) => keys.adopt(state, revision, dataKey),
  });
  if (index === null) {
    wipe(dataKey);
    await hsm.destroyWrapKey(own.id);
  }
  await onStep('committed');
}

async function endRotation(parts: RotationParts): Promise<void> {
  const { store, commits, keys, siteKeys, chain, onStep } = parts;
  const { number } = keys.state;
  while (await sealAgain(parts, number)) {
    // A record that changed under it was sealed under the new key by whoever changed it: one more look shows it.
  }
  await onStep('resealed');
  const old = await store.range(wrapPrefix(number - 1), { limit: 100 });
  let state: KeyState = keys.state;
  await commits.commitOwn({
    type: 'rotated',
    facts: { dataKey: number },
    build: () => {
      const { revision, ...now } = keys.state;
      if (!now.rotating || now.number !== number) return null;
      state = { ...now, rotating: false };
      return {
        conditions: [{ key: CURRENT_KEY, revision }],
        puts: [{ key: CURRENT_KEY, value: encodeKeyState(state, keys.get(number), store.clusterId) }],
        deletes: old.map((entry) => entry.key),
        key: keys.current,
      };
    },
    onDone: (_at, revision) => keys.adopt(state, revision),
  });
  chain.trim();
  await onStep('ended');
  // Whoever ends the rotation of another site has still its own wrap key to make anew.
  await siteKeys.renewAfterRotation();
  await siteKeys.destroyOld();
  await onStep('destroyed');
}

/** One pass over all records; true where one changed meanwhile, so that another pass is needed. */
async function sealAgain({ store, chain, keys }: RotationParts, number: number): Promise<boolean> {
  let missed = false;
  let after = RECORD_PREFIX;
  for (;;) {
    const names = (await store.range(RECORD_PREFIX, { after, limit: PAGE })).map((entry) => entry.key);
    const last = names.at(-1);
    if (last === undefined) return missed;
    after = last;
    const floor = chain.position;
    const [head, ...entries] = await store.getMany([HEAD_KEY, ...names]);
    await chain.follow(head ?? null, floor);
    // Another site has ended it.
    if (!keys.state.rotating || keys.state.number !== number) return false;
    const conditions: { key: string; revision: number }[] = [];
    const puts: { key: string; value: Uint8Array }[] = [];
    for (const entry of entries) {
      if (entry === null || keyNumberOf(entry.value) >= number) continue;
      const recordId = recordIdOf(entry.key);
      const opened = openRecord(keys.get(keyNumberOf(entry.value)), recordId, entry.value);
      if (!checkRecord(chain, head?.value ?? null, recordId, opened)) {
        missed = true;
        continue;
      }
      conditions.push({ key: entry.key, revision: entry.revision });
      puts.push({ key: entry.key, value: sealRecord({ number, key: keys.get(number) }, recordId, opened.salted) });
      wipe(opened.salted);
    }
    if (puts.length === 0) continue;
    const result = await store.commit({ operationId: newOperationId(), conditions, puts, deletes: [] });
    if (result.outcome === 'conflict') missed = true;
  }
}
