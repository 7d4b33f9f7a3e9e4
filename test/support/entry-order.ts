/** Orders of a folder's entries the plain way, on the whole of them: what pages are held against. */
import type { EntryFacts, EntrySort } from '../../main/engine/api.ts';

interface Keyed {
  entry: EntryFacts;
  /** Empty until it is needed: sorting by time or size seldom needs it. */
  name: string;
  /** Size in bytes, or ns as a double; times that are equal so are compared exactly. */
  value: number;
}

/** A sorted copy. Ties are broken by name, then by raw name. */
export function sortEntries(entries: readonly EntryFacts[], sort: EntrySort, descending: boolean): EntryFacts[] {
  const folders = entries.filter((entry) => entry.kind === 'folder');
  const others = entries.filter((entry) => entry.kind !== 'folder');
  // The size of a folder is not its contents'; folders keep the order of their names then.
  return [...sorted(folders, sort === 'size' ? null : sort, descending), ...sorted(others, sort, descending)];
}

function sorted(entries: EntryFacts[], sort: EntrySort | null, descending: boolean): EntryFacts[] {
  const compare = sort === null || sort === 'name' ? byName : sort === 'size' ? bySize : byTime;
  const keyed = entries.map((entry): Keyed => ({
    entry,
    name: compare === byName ? nameKey(entry.name) : '',
    value: compare === bySize ? entry.size : compare === byTime ? Number(entry.mtimeNs) : 0,
  }));
  const falling = descending && sort !== null;
  if (compare === byName) keyed.sort(falling ? (a, b) => byName(b, a) : byName);
  else keyed.sort((a, b) => (falling ? compare(b, a) : compare(a, b)) || byName(named(a), named(b)));
  return keyed.map((item) => item.entry);
}

function byName(a: Keyed, b: Keyed): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : Buffer.compare(rawName(a.entry), rawName(b.entry));
}

function bySize(a: Keyed, b: Keyed): number {
  return a.value - b.value;
}

function byTime(a: Keyed, b: Keyed): number {
  return a.value - b.value || compareTimes(a.entry.mtimeNs, b.entry.mtimeNs);
}

function named(item: Keyed): Keyed {
  if (item.name === '') item.name = nameKey(item.entry.name);
  return item;
}

/** Doubles tell times apart to about 256 ns. */
function compareTimes(a: string, b: string): number {
  if (a === b) return 0;
  return BigInt(a) < BigInt(b) ? -1 : 1;
}

/**
 * Text whose plain order is the order of names: accents and case do not count at first, numbers count by value (each
 * run of digits is preceded by its length).
 */
function nameKey(name: string): string {
  const plain = /^[\u0020-\u007e]*$/.test(name) ? name : name.normalize('NFKD').replace(/\p{M}+/gu, '');
  return plain.toLowerCase().replace(/[0-9]+/g, digitsKey);
}

function digitsKey(digits: string): string {
  let zeros = 0;
  while (zeros < digits.length - 1 && digits.charCodeAt(zeros) === 48) zeros++;
  return `0${String.fromCharCode(Math.min(digits.length - zeros, 0xd000))}${digits.slice(zeros)}`;
}

const rawName = ({ id }: EntryFacts): Buffer => Buffer.from(id, 'base64url');
