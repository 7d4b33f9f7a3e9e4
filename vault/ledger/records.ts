/** Reading records: opened with their data key, and held against what the log says of them. */
import { equal } from '../protocol/bytes.ts';
import type { Store } from '../store/store.ts';
import { keyNumberOf, openRecord, recordIdOf, recordKey, RECORD_PREFIX } from './at-rest.ts';
import type { OpenRecord } from './at-rest.ts';
import type { Chain } from './chain.ts';
import type { DataKeys } from './data-keys.ts';
import { damaged, notReady } from './errors.ts';
import { decodeHead, HEAD_KEY, recordHash } from './log.ts';

/** Times that a record is read again because it changed while it was read. */
const READS = 100;

/**
 * Is what was read (null: no record) the state that the log names?
 *
 * @param head the head's bytes, read in the same moment
 * @returns false where this site has seen a later change meanwhile: read again
 * @throws LedgerError `damaged` where it is another state: the record was put back by something that is no site
 */
export function checkRecord(
  chain: Chain,
  head: Uint8Array | null,
  recordId: Uint8Array,
  opened: OpenRecord | null,
): boolean {
  const seen = chain.seen(recordHash(recordId));
  if (seen === null) return true;
  if (head === null || seen.index > decodeHead(head).index) return false;
  const same =
    opened === null || seen.state === null
      ? opened === null && seen.state === null
      : equal(opened.commitment, seen.state);
  if (same) return true;
  throw damaged(`a record is not in the state that log entry ${seen.index} says: it was changed by something else`);
}

/** A record as it lies in the store and opened. */
export interface ReadRecord extends OpenRecord {
  revision: number;
}

/** @throws LedgerError `damaged` where it does not open or is not what the log says */
export async function readRecord(
  store: Store,
  chain: Chain,
  keys: DataKeys,
  recordId: Uint8Array,
): Promise<ReadRecord | null> {
  for (let reads = 0; reads < READS; reads++) {
    const floor = chain.position;
    const [head, entry] = await store.getMany([HEAD_KEY, recordKey(recordId)]);
    await chain.follow(head ?? null, floor);
    if (entry === undefined || head === undefined || head === null) continue;
    // A rotation ended while it was read: its key is gone, and it lies there under the new one.
    const late = decodeHead(head.value).index < chain.position.index;
    if (entry !== null && late && !keys.has(keyNumberOf(entry.value))) continue;
    const opened = entry === null ? null : openRecord(keys.get(keyNumberOf(entry.value)), recordId, entry.value);
    if (!checkRecord(chain, head.value, recordId, opened)) continue;
    return opened === null || entry === null ? null : { ...opened, revision: entry.revision };
  }
  throw notReady('the record changes faster than it can be read');
}

/** Ids of records, ascending. */
export async function listRecordIds(
  store: Store,
  options: { after?: Uint8Array; limit?: number } = {},
): Promise<Uint8Array[]> {
  const { after, limit } = options;
  const entries = await store.range(RECORD_PREFIX, {
    after: after === undefined ? RECORD_PREFIX : recordKey(after),
    ...(limit === undefined ? {} : { limit }),
  });
  return entries.map((entry) => recordIdOf(entry.key));
}
