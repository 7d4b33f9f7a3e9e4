/**
 * The beginning of a line of a WhatsApp export: date and time in the way of the telephone that wrote it. There is no
 * specification; these are the ways of its languages on Android ("31.12.20, 23:59 - ") and iOS ("[12/31/20, 11:59:59 PM] ").
 */

export interface LineHead {
  /** Three numbers in the order written. */
  date: [number, number, number];
  hour: number;
  minute: number;
  /** `am`/`pm` where the clock has twelve hours. */
  half: 'am' | 'pm' | null;
  separator: string;
  /** What stands behind it. */
  rest: string;
}

export type DateOrder = 'dmy' | 'mdy' | 'ymd';

/** Digits of other scripts, by the code of their zero: Arabic, Persian, Devanagari, Bengali. */
const ZEROS = [0x660, 0x6f0, 0x966, 0x9e6];

/** Longest head there is, with room to spare. */
const HEAD_CHARS = 64;

const HEAD =
  /^\[?(\d{1,4})\s?([./\-年년])\s?(\d{1,2})\s?[./\-月월]\s?(\d{1,4})[.日일]?[,،]?\s{0,2}([^\d\s:[\]]{1,8}\s)?([^\d\s:[\]]{1,4})?(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?\s?([^\d\s:\][-]{1,6}(?:\s[^\d\s:\][-]{1,3})?)?\s?(?:\]\s?|\s?[-–]\s|,\s)/;

/** Halves of the day in the languages whose telephones write them; another word before a time is none. */
const PM = /^(?:p\.?\s?m|م|下午|午後|오후|μ|пп|अपराह्न|ip\b|i\.?p|em\b|du\b|öö\b|ch\b|ptg)/i;
const AM = /^(?:a\.?\s?m|ص|上午|午前|凌晨|早上|오전|π|дп|पूर्वाह्न|ap\b|a\.?p|fm\b|de\b|öş\b|sa\b|pg)/i;

/** Null where a line goes on with the message before. */
export function lineHead(line: string): LineHead | null {
  const clean = line.replace(/^[\u200e\u200f\u202a-\u202e\ufeff]+/, '');
  const first = clean.charCodeAt(0);
  // Cheap first: nearly all lines that go on are told by this.
  if (!(first === 0x5b || isDigit(first))) return null;
  const head = asciiDigits(clean.slice(0, HEAD_CHARS)).replace(/[\u00a0\u202f\u200e\u200f]/g, (c) =>
    c === '\u00a0' || c === '\u202f' ? ' ' : '\u2063',
  );
  const found = HEAD.exec(head.replaceAll('\u2063', ''));
  if (found === null) return null;
  const [whole, a = '', separator = '', b = '', c = '', before = '', close = '', hour = '', minute = '', , after = ''] =
    found;
  const hours = Number(hour);
  const minutes = Number(minute);
  if (hours > 24 || minutes > 59) return null;
  const word = (before + close).trim() || after.trim();
  const half = hours > 12 ? null : PM.test(word) ? 'pm' : AM.test(word) ? 'am' : null;
  return {
    date: [Number(a), Number(b), Number(c)],
    hour: hours,
    minute: minutes,
    half,
    separator,
    rest: clean.slice(lengthIn(clean, whole.length)),
  };
}

/** Length in a text of so many characters that are no direction marks. */
function lengthIn(text: string, count: number): number {
  let at = 0;
  for (let seen = 0; at < text.length && seen < count; at++) {
    const code = text.charCodeAt(at);
    if (code !== 0x200e && code !== 0x200f) seen++;
  }
  return at;
}

function isDigit(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || ZEROS.some((zero) => code >= zero && code < zero + 10);
}

function asciiDigits(text: string): string {
  return text.replace(/[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u09e6-\u09ef]/g, (digit) => {
    const code = digit.charCodeAt(0);
    return String(code - (ZEROS.findLast((zero) => zero <= code) ?? code));
  });
}

/** Which number is the day: told by those above 12, else by what keeps the dates in order, else by the way of writing. */
export function dateOrder(heads: readonly LineHead[]): DateOrder {
  if (heads.some(({ date }) => date[0] > 31)) return 'ymd';
  if (heads.some(({ date }) => date[0] > 12)) return 'dmy';
  if (heads.some(({ date }) => date[1] > 12)) return 'mdy';
  const dmy = backwards(heads, 'dmy');
  const mdy = backwards(heads, 'mdy');
  if (dmy !== mdy) return dmy < mdy ? 'dmy' : 'mdy';
  return heads[0]?.separator === '/' && heads.some(({ half }) => half !== null) ? 'mdy' : 'dmy';
}

function backwards(heads: readonly LineHead[], order: DateOrder): number {
  let before = '';
  let count = 0;
  for (const head of heads) {
    const day = dayOf(head, order);
    if (day < before) count++;
    before = day;
  }
  return count;
}

/** YYYY-MM-DD; empty where it is no date. */
export function dayOf({ date }: LineHead, order: DateOrder): string {
  const [a, b, c] = date;
  const [year, month, day] = order === 'ymd' ? [a, b, c] : order === 'dmy' ? [c, b, a] : [c, a, b];
  const full = year < 100 ? 2000 + year : year;
  // Years of the Buddhist and the Islamic calendar are left as they are written.
  if (month < 1 || month > 12 || day < 1 || day > 31 || full > 9999) return '';
  return `${String(full).padStart(4, '0')}-${two(month)}-${two(day)}`;
}

/** HH:MM. */
export function timeOf({ hour, minute, half }: LineHead): string {
  const hours = half === null ? hour % 24 : (hour % 12) + (half === 'pm' ? 12 : 0);
  return `${two(hours)}:${two(minute)}`;
}

const two = (n: number): string => String(n).padStart(2, '0');
