/** The checker of what users of three sites saw finds what it is there for. */
import { expect, it } from 'vitest';
import type { LogEntry } from '../../vault/ledger/ledger.ts';
import { checkHistory, type Seen } from '../support/vault/three-sites-history.ts';

const hashOf = (index: number): Uint8Array => new Uint8Array(32).fill(index);
const record = new Uint8Array(32).fill(7);
const name = Buffer.from(record).toString('hex');

function entry(index: number, used: number | null): LogEntry {
  const facts: Record<string, number> = used === null ? {} : { used };
  const type = used === null ? 'answer' : 'charge';
  return { index, at: index, type, record, state: null, site: 'x', previous: hashOf(index - 1), facts };
}
const LOG = [entry(1, 1), entry(2, null), entry(3, 2), entry(4, null)];

function seen(start: number, end: number, what: Seen['what'], site = 0): Seen {
  return { start, end, site, recordId: 'r', what };
}
const charged = (loginId: string, used: number, logIndex: number): Seen['what'] => ({
  kind: 'charged',
  loginId,
  used,
  logIndex,
});
const GOOD = [
  seen(0, 10, charged('a', 1, 2)),
  seen(0, 30, charged('b', 2, 4), 1),
  seen(11, 20, { kind: 'status', used: 1, logIndex: 3 }, 2),
  seen(31, 40, { kind: 'refused', loginId: 'c', code: 'delayed', used: 2, logIndex: 4 }),
  seen(11, 25, { kind: 'receipt', logIndex: 3, head: Buffer.from(hashOf(3)).toString('hex') }),
  seen(31, 41, { kind: 'failed', loginId: 'd', code: 'no-quorum' }),
];
const check = (history: Seen[], log = LOG): string[] => checkHistory(history, log, () => name);

it('takes what three honest sites say', () => {
  expect(check(GOOD)).toEqual([]);
});

it.each<[string, Seen[], RegExp]>([
  ['one number for two tries', [...GOOD, seen(0, 9, charged('x', 1, 2))], /two tries were number 1/],
  ['two numbers for one try', [...GOOD, seen(0, 30, charged('a', 2, 4))], /a try has two numbers/],
  ['a number that the log does not have', [...GOOD, seen(31, 40, charged('x', 3, 4))], /number 3 is not in the log/],
  ['an answer from before its charge', [seen(0, 10, charged('b', 2, 2))], /only after the answer/],
  ['a count that falls', [...GOOD, seen(31, 40, { kind: 'status', used: 1, logIndex: 4 }, 2)], /tells less than/],
  ['a count of the future', [seen(0, 5, { kind: 'status', used: 2, logIndex: 2 })], /more than the log's 1/],
  ['a stale answer', [...GOOD, seen(31, 40, { kind: 'status', used: 2, logIndex: 3 }, 2)], /entry 3 after entry 4/],
  ['another history', [seen(0, 5, { kind: 'receipt', logIndex: 2, head: 'ff'.repeat(32) })], /another one/],
  ['an entry that is gone', [seen(0, 5, { kind: 'receipt', logIndex: 9, head: 'ff'.repeat(32) })], /is gone/],
])('finds %s', (_, history, sentence) => {
  expect(check(history).join('\n')).toMatch(sentence);
});

it('finds charges that the log has not numbered one after the other', () => {
  expect(check(GOOD.slice(0, 1), [entry(1, 1), entry(2, 1)]).join()).toMatch(/charge 2 of a record is written as 1/);
});
