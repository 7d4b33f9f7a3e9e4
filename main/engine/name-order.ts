/**
 * Whether two names that are in the order of their raw bytes are also in the one that people look for (name-keys.ts):
 * told without making keys, as long as the names are ASCII. A folder mostly is in that order already.
 */
const ZERO = 0x30;
const NINE = 0x39;

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= NINE;
const lower = (byte: number): number => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte);

/**
 * @param bytes that hold both names: the first at [a, aEnd), the second at [b, bEnd)
 * @returns false where the second comes first, or only keys can tell
 */
export function inOrder(bytes: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): boolean {
  const start = a;
  let [one, other] = [0, 0];
  for (; ; a++, b++) {
    // The end sorts before everything: it is no byte of a name.
    one = a < aEnd ? lower(bytes[a] ?? 0) : 0;
    other = b < bEnd ? lower(bytes[b] ?? 0) : 0;
    if (one !== other || one === 0 || one > 0x7f) break;
  }
  if (one > 0x7f || other > 0x7f) return false;
  // Equal but for upper and lower case: raw bytes decide.
  if (one === other) return true;
  if (!isDigit(one) && !isDigit(other)) return one < other;
  // The numbers begin where what is the same has its last digits.
  let digits = 0;
  while (a - digits > start && isDigit(bytes[a - digits - 1] ?? 0)) digits++;
  if (digits === 0 && !isDigit(one)) return one < ZERO;
  if (digits === 0 && !isDigit(other)) return ZERO < other;
  return numbersInOrder(bytes, a - digits, aEnd, b - digits, bEnd);
}

/** Of two runs of digits that differ. */
function numbersInOrder(bytes: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): boolean {
  let [end, otherEnd] = [a, b];
  while (end < aEnd && isDigit(bytes[end] ?? 0)) end++;
  while (otherEnd < bEnd && isDigit(bytes[otherEnd] ?? 0)) otherEnd++;
  // A digit of another script might go on with the number.
  if ((end < aEnd && (bytes[end] ?? 0) > 0x7f) || (otherEnd < bEnd && (bytes[otherEnd] ?? 0) > 0x7f)) return false;
  while (a < end - 1 && bytes[a] === ZERO) a++;
  while (b < otherEnd - 1 && bytes[b] === ZERO) b++;
  if (end - a !== otherEnd - b) return end - a < otherEnd - b;
  for (; a < end; a++, b++) if (bytes[a] !== bytes[b]) return (bytes[a] ?? 0) < (bytes[b] ?? 0);
  return false; // The same number, written with more zeros: what follows decides.
}
