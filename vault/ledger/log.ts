/**
 * The log of changes: entries chained by SHA-256, each under `log/<16 hex digits of its index>`, and the head, which
 * names the last one and carries a mark of the data key, so that only sites can make the log longer.
 */
import { createHash, createHmac } from 'node:crypto';
import { z } from 'zod';
import { equal, equalSecret, utf8 } from '../protocol/bytes.ts';
import { decodeCbor, encodeCbor } from '../protocol/cbor.ts';
import type { Cbor } from '../protocol/cbor.ts';
import { deriveKey } from '../protocol/kdf.ts';
import { binary, checked } from '../protocol/schema.ts';
import type { Entry } from '../store/store.ts';
import { damaged } from './errors.ts';
import type { LogEntry } from './ledger.ts';

export const LOG_PREFIX = 'log/';
export const HEAD_KEY = 'head';
/** Entries that one read of the log fetches. */
export const LOG_PAGE = 500;
const ZERO_HASH = new Uint8Array(32);

/** An entry as it is stored: with the operation that made it, which is how a repeated change is known. */
export interface LogLine extends LogEntry {
  /** 16 bytes. */
  operation: Uint8Array;
}

export interface Position {
  /** 0 before the first entry. */
  index: number;
  /** SHA-256 of that entry; 32 zero bytes before the first. */
  hash: Uint8Array;
}

export interface Head extends Position {
  /** Service time of the last entry, ms. */
  at: number;
  /** Number of the data key that the mark is made with. */
  key: number;
  /** 32 bytes. */
  mark: Uint8Array;
}

const count = z.number().int().nonnegative();
const Line = z.strictObject({
  index: z.number().int().positive(),
  at: count,
  type: z.string().min(1).max(64),
  record: binary(32).nullable(),
  state: binary(32).nullable(),
  site: z.string().min(1).max(32),
  previous: binary(32),
  facts: z.record(z.string().max(64), z.number().int()),
  operation: binary(16),
});
const StoredHead = z.strictObject({ index: count, hash: binary(32), at: count, key: count, mark: binary(32) });

export function logKey(index: number): string {
  return LOG_PREFIX + index.toString(16).padStart(16, '0');
}

export const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest());

/** How the log speaks of a record. */
export function recordHash(recordId: Uint8Array): Uint8Array {
  return sha256(Buffer.concat([utf8('holdfast/v1/log-record'), recordId]));
}

export function encodeLine(line: LogLine): Uint8Array {
  return encodeCbor({ ...line });
}

/** @throws ProtocolError `malformed` */
export function decodeLine(bytes: Uint8Array): LogLine {
  return checked(Line, decodeCbor(bytes, 'a log entry'), 'a log entry');
}

/** @throws ProtocolError `malformed` */
export function decodeHead(bytes: Uint8Array): Head {
  return checked(StoredHead, decodeCbor(bytes, "the log's head"), "the log's head");
}

export function encodeHead(head: Head): Uint8Array {
  return encodeCbor({ ...head });
}

/** HMAC-SHA-256 under a key of the data key: only sites can make it. */
export function mark(dataKey: Uint8Array, label: string, clusterId: string, facts: Cbor[]): Uint8Array {
  const key = deriveKey(dataKey, `holdfast/v1/${label}`);
  return new Uint8Array(
    createHmac('sha256', key)
      .update(encodeCbor([clusterId, ...facts]))
      .digest(),
  );
}

/** @throws LedgerError `damaged` where no site made it */
export function checkMark(expected: Uint8Array, found: Uint8Array, what: string): void {
  if (equalSecret(expected, found)) return;
  throw damaged(`${what} does not carry the mark of this vault's sites: the store was changed by something else`);
}

export function markHead(dataKey: Uint8Array, clusterId: string, head: Omit<Head, 'mark'>): Uint8Array {
  return mark(dataKey, 'head-mark', clusterId, [head.index, head.hash, head.at, head.key]);
}

/** Where the log stands before its first entry. */
export const START: Position = { index: 0, hash: ZERO_HASH };

/**
 * Reads stored entries that follow `before`; null takes the first one's own word for what came before it.
 *
 * @throws LedgerError `damaged` for a gap or a broken chain
 */
export function readChain(
  stored: readonly Entry[],
  before: Position | null,
): { lines: LogLine[]; hashes: Uint8Array[] } {
  const lines: LogLine[] = [];
  const hashes: Uint8Array[] = [];
  let position = before;
  for (const { key, value } of stored) {
    const line = decodeLine(value);
    if (key !== logKey(line.index)) throw damaged(`the log has entry ${line.index} under ${key}`);
    if (position !== null) {
      if (line.index !== position.index + 1) throw damaged(`the log has ${line.index} after ${position.index}`);
      if (!equal(line.previous, position.hash))
        throw damaged(`log entry ${line.index} does not follow the one before it`);
    }
    const hash = sha256(value);
    lines.push(line);
    hashes.push(hash);
    position = { index: line.index, hash };
  }
  return { lines, hashes };
}
