/** Making log entries and the head that names the last of them. */
import type { Commit } from '../store/store.ts';
import type { DataKey } from './data-keys.ts';
import type { Change } from './ledger.ts';
import { encodeHead, encodeLine, HEAD_KEY, logKey, markHead, sha256 } from './log.ts';
import type { Head, LogLine, Position } from './log.ts';

/** Bytes of a record's state; etcd takes 1.5 MB in a request. */
const MAX_STATE = 512 * 1024;

/** What of an entry its place in the log does not say. */
export type NewEntry = Pick<LogLine, 'type' | 'record' | 'state' | 'facts' | 'operation'>;

export interface WritePlace {
  clusterId: string;
  site: string;
  /** Service time, not before that of the head. */
  at: number;
}

export interface Written {
  lines: LogLine[];
  /** Of each line. */
  hashes: Uint8Array[];
  head: Head;
  puts: Commit['puts'];
}

/** @throws RangeError for a change that no log takes; it must not fail those that share its transaction */
export function checkChange(change: Change): void {
  const { operationId, recordId, revision, state, type, facts = {} } = change;
  if (!/^[0-9a-f]{32}$/.test(operationId)) throw new RangeError('an operation id is 16 bytes in hex');
  if (recordId.length !== 32) throw new RangeError('a record id has 32 bytes');
  if (!Number.isSafeInteger(revision) || revision < 0) throw new RangeError(`${revision} is no revision`);
  if (state !== null && state.length > MAX_STATE) throw new RangeError(`a state has over ${MAX_STATE} bytes`);
  if (!/^[a-z][a-z0-9-]{0,63}$/i.test(type)) throw new RangeError(`"${type}" is no type of a log entry`);
  for (const [name, value] of Object.entries(facts)) {
    if (name.length > 64 || !Number.isSafeInteger(value)) throw new RangeError(`"${name}" is no fact of a log entry`);
  }
}

/** @param key marks the head */
export function writeEntries(place: WritePlace, before: Position, entries: NewEntry[], key: DataKey): Written {
  const { at, site, clusterId } = place;
  const puts: Commit['puts'] = [];
  const lines: LogLine[] = [];
  const hashes: Uint8Array[] = [];
  let last = before;
  for (const entry of entries) {
    const line: LogLine = { ...entry, index: last.index + 1, at, site, previous: last.hash };
    const value = encodeLine(line);
    const hash = sha256(value);
    puts.push({ key: logKey(line.index), value });
    lines.push(line);
    hashes.push(hash);
    last = { index: line.index, hash };
  }
  const facts = { index: last.index, hash: last.hash, at, key: key.number };
  const head = { ...facts, mark: markHead(key.key, clusterId, facts) };
  puts.push({ key: HEAD_KEY, value: encodeHead(head) });
  return { lines, hashes, head, puts };
}
