/** Looking over everything: the whole log without any key (`vault verify-log`), and every record against it (`fsck`). */
import { equal } from '../protocol/bytes.ts';
import { ProtocolError } from '../protocol/errors.ts';
import type { Store } from '../store/store.ts';
import { LedgerError } from './ledger.ts';
import type { LogEntry } from './ledger.ts';
import { decodeHead, HEAD_KEY, LOG_PAGE, LOG_PREFIX, logKey, readChain, recordHash, START } from './log.ts';
import type { Position } from './log.ts';
import type { SiteLedger } from './site-ledger.ts';

/** Records that one step of fsck opens. */
const PAGE = 100;

export interface LogReport {
  /** Entries that are whole and follow each other. */
  entries: number;
  head: Position;
  /** Entries of each type. */
  types: Record<string, number>;
  /** Sums of the entries' facts, e.g. evaluations, to be held against the module's own count. */
  facts: Record<string, number>;
  /** Sentences; empty where all is well. */
  problems: string[];
}

export interface FsckReport {
  log: LogReport;
  records: number;
  problems: string[];
}

/**
 * Reads the log from its first entry to its head. It needs no key and changes nothing; a log that was replaced as a
 * whole it cannot know, that is what seals and receipts are for.
 *
 * @param onEntry told of each entry that is sound
 * @throws StoreError where the store does not answer
 */
export async function verifyLog(store: Store, onEntry: (entry: LogEntry) => void = () => {}): Promise<LogReport> {
  const report: LogReport = { entries: 0, head: START, types: {}, facts: {}, problems: [] };
  const before = await store.get(HEAD_KEY);
  try {
    for (;;) {
      const stored = await store.range(LOG_PREFIX, { after: logKey(report.head.index), limit: LOG_PAGE });
      const { lines, hashes } = readChain(stored, report.head);
      for (const [i, line] of lines.entries()) {
        report.entries++;
        report.head = { index: line.index, hash: hashes[i] ?? START.hash };
        report.types[line.type] = (report.types[line.type] ?? 0) + 1;
        for (const [name, value] of Object.entries(line.facts)) report.facts[name] = (report.facts[name] ?? 0) + value;
        onEntry(line);
      }
      if (stored.length < LOG_PAGE) break;
    }
    if (before === null) report.problems.push('the store has no head of a log');
    else checkEnd(report, decodeHead(before.value), (await store.get(HEAD_KEY))?.value ?? null);
  } catch (error) {
    report.problems.push(sentenceOf(error));
  }
  return report;
}

/** The log may have grown while it was read: it must reach the head of before, and end in one that there was. */
function checkEnd(report: LogReport, before: Position, after: Uint8Array | null): void {
  const { index, hash } = report.head;
  if (index < before.index) report.problems.push(`the log ends at entry ${index}, its head is entry ${before.index}`);
  const heads = after === null ? [before] : [before, decodeHead(after)];
  const same = heads.filter((head) => head.index === index);
  if (same.length > 0 && !same.some((head) => equal(head.hash, hash))) {
    report.problems.push(`entry ${index} is not the one that the head names`);
  }
}

/** Damage becomes a sentence; whatever else went wrong is thrown. */
function sentenceOf(error: unknown): string {
  if (error instanceof ProtocolError || (error instanceof LedgerError && error.code === 'damaged'))
    return error.message;
  throw error;
}

/**
 * Opens every record and holds it against the newest log entry of it; and every record that the log knows must be there.
 * Other sites may go on meanwhile.
 */
export async function fsck(ledger: SiteLedger, store: Store): Promise<FsckReport> {
  const states = new Map<string, Uint8Array | null>();
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  const log = await verifyLog(store, (entry) => {
    if (entry.record !== null) states.set(hex(entry.record), entry.state);
  });
  let upTo = log.head.index;
  /** Entries since: what another site has done while this one looked. */
  const catchUp = async (): Promise<void> => {
    for (;;) {
      const entries = await ledger.entries(upTo + 1, LOG_PAGE);
      for (const { index, record, state } of entries) {
        if (record !== null) states.set(hex(record), state);
        upTo = index;
      }
      if (entries.length < LOG_PAGE) return;
    }
  };
  const problems: string[] = [];
  const found = new Set<string>();
  let records = 0;
  let after: Uint8Array | null = null;
  for (;;) {
    const ids: Uint8Array[] = await ledger.recordIds({ limit: PAGE, ...(after === null ? {} : { after }) });
    for (const id of ids) {
      const name = hex(recordHash(id));
      found.add(name);
      records++;
      const problem = await examine(ledger, id, () => states.get(name), catchUp);
      if (problem !== null) problems.push(`record ${name.slice(0, 16)}...: ${problem}`);
    }
    after = ids.at(-1) ?? null;
    if (after === null) break;
  }
  await catchUp();
  for (const [name, state] of states) {
    if (state !== null && !found.has(name))
      problems.push(`record ${name.slice(0, 16)}... is in the log but not in the store`);
  }
  return { log, records, problems };
}

async function examine(
  ledger: SiteLedger,
  id: Uint8Array,
  expected: () => Uint8Array | null | undefined,
  catchUp: () => Promise<void>,
): Promise<string | null> {
  for (const last of [false, true]) {
    let commitment: Uint8Array | null;
    try {
      commitment = await ledger.commitment(id);
    } catch (error) {
      return sentenceOf(error);
    }
    const state = expected();
    if (state === undefined) {
      if (last) return 'the log does not know it';
    } else if (commitment === null || state === null ? commitment === state : equal(commitment, state)) {
      return null;
    }
    await catchUp();
  }
  return 'it is not in the state that the log says';
}
