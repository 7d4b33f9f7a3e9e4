/**
 * What users of three sites saw, held against the log and against each other: each try has one number, numbers and log
 * indices grow in real time whichever site is asked, no two sites tell two histories.
 */
import type { LogEntry } from '../../../vault/ledger/ledger.ts';

/** One answer. Times are of the test's own monotonic clock, ms. */
export interface Seen {
  start: number;
  end: number;
  site: number;
  recordId: string;
  what:
    | { kind: 'charged'; loginId: string; used: number; logIndex: number }
    /** A refusal before a charge, with the count that it tells. */
    | { kind: 'refused'; loginId: string; code: string; used: number; logIndex: number }
    | { kind: 'status'; used: number; logIndex: number }
    | { kind: 'receipt'; logIndex: number; head: string }
    /** No answer, or one that says nothing of the record. */
    | { kind: 'failed'; loginId: string | null; code: string };
}

const where = (seen: Seen): string =>
  `${seen.what.kind} at site ${seen.site}, ${Math.round(seen.start)} to ${Math.round(seen.end)} ms`;

/**
 * For records of which no try succeeds, so that counts only grow.
 *
 * @param nameOf how the log knows a record (hex)
 * @returns sentences; empty where all agrees
 */
export function checkHistory(
  history: readonly Seen[],
  log: readonly LogEntry[],
  nameOf: (recordId: string) => string,
): string[] {
  const records = new Set(history.map((seen) => seen.recordId));
  return [
    ...[...records].flatMap((recordId) => {
      const name = nameOf(recordId);
      const charges = log.filter(
        (entry) => entry.type === 'charge' && entry.record !== null && hex(entry.record) === name,
      );
      const seen = history.filter((each) => each.recordId === recordId);
      return [...checkNumbers(seen, charges), ...checkCounts(seen, charges)];
    }),
    ...checkReceipts(history, log),
    ...checkOrder(history, log),
  ];
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Each number is of one login, and each login has one; the log has it, and nothing else. */
function checkNumbers(history: readonly Seen[], charges: readonly LogEntry[]): string[] {
  const problems: string[] = [];
  charges.forEach(({ facts, index }, i) => {
    if (facts['used'] !== i + 1) problems.push(`charge ${i + 1} of a record is written as ${facts['used']} (${index})`);
  });
  const loginOf = new Map<number, string>();
  const numberOf = new Map<string, number>();
  for (const seen of history) {
    if (seen.what.kind !== 'charged') continue;
    const { loginId, used, logIndex } = seen.what;
    if ((loginOf.get(used) ?? loginId) !== loginId) problems.push(`two tries were number ${used}: ${where(seen)}`);
    if ((numberOf.get(loginId) ?? used) !== used) problems.push(`a try has two numbers, one ${used}: ${where(seen)}`);
    loginOf.set(used, loginId);
    numberOf.set(loginId, used);
    const entry = charges[used - 1];
    if (entry === undefined) problems.push(`number ${used} is not in the log: ${where(seen)}`);
    else if (entry.index > logIndex) problems.push(`the log had number ${used} only after the answer: ${where(seen)}`);
  }
  return problems;
}

/** A count is at least what was answered before it was asked for, and at most what the log has come to. */
function checkCounts(history: readonly Seen[], charges: readonly LogEntry[]): string[] {
  const problems: string[] = [];
  for (const seen of history) {
    const { what } = seen;
    if (what.kind === 'failed' || what.kind === 'receipt') continue;
    const most = charges.filter((entry) => entry.index <= what.logIndex).length;
    if (what.used > most) problems.push(`${what.used} is more than the log's ${most}: ${where(seen)}`);
    if (what.kind === 'charged') continue;
    for (const before of history) {
      if (before.what.kind === 'failed' || before.what.kind === 'receipt' || before.end >= seen.start) continue;
      if (before.what.used > what.used) {
        problems.push(`${what.used} tells less than ${before.what.used} of before (${where(before)}): ${where(seen)}`);
        break;
      }
    }
  }
  return problems;
}

/** Every receipt's hash is the log's: no site has answered from another history. */
function checkReceipts(history: readonly Seen[], log: readonly LogEntry[]): string[] {
  const hashOf = new Map(log.map((entry) => [entry.index - 1, hex(entry.previous)]));
  return history.flatMap((seen) => {
    if (seen.what.kind !== 'receipt') return [];
    const expected = hashOf.get(seen.what.logIndex);
    if (expected === undefined) {
      return seen.what.logIndex === log.at(-1)?.index ? [] : [`entry ${seen.what.logIndex} is gone: ${where(seen)}`];
    }
    return expected === seen.what.head ? [] : [`entry ${seen.what.logIndex} is another one: ${where(seen)}`];
  });
}

/** An answer rests on no earlier entry than one that had ended before it was asked for. */
function checkOrder(history: readonly Seen[], log: readonly LogEntry[]): string[] {
  const last = log.at(-1)?.index ?? 0;
  const problems: string[] = [];
  const answers = history.flatMap((seen) => (seen.what.kind === 'failed' ? [] : [{ seen, at: seen.what.logIndex }]));
  const ended = answers.toSorted((a, b) => a.seen.end - b.seen.end);
  let next = 0;
  let newest = 0;
  for (const { seen, at } of answers.toSorted((a, b) => a.seen.start - b.seen.start)) {
    for (; next < ended.length && ended[next]!.seen.end < seen.start; next++)
      newest = Math.max(newest, ended[next]!.at);
    if (at < newest) problems.push(`entry ${at} after entry ${newest} was seen: ${where(seen)}`);
    if (at > last) problems.push(`entry ${at} is not in the log: ${where(seen)}`);
  }
  return problems;
}
