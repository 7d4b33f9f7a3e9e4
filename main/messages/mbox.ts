/** Mail in files: one message (.eml), or many in a row (mbox: RFC 4155, with the quoting of mboxo and mboxrd). */
import { phrase } from '../text.ts';
import { Collector, type Archive, UNNAMED } from './conversation.ts';
import { type Part, partBytes, readMail } from './mime.ts';
import { piecesOf, readAll, type Source } from './source.ts';

/** Bytes of a mailbox that are read, and of one message. */
const BOX_BYTES = 256 * 1024 * 1024;
const MAIL_BYTES = 48 * 1024 * 1024;
const LARGE = phrase('Only the first 256 MiB of it are shown.');

/** True where a text begins like a mailbox. */
export const isMbox = (beginning: string): boolean => /^From \S.{3,200}\d{4}\r?\n[A-Za-z-]{1,60}:/.test(beginning);

/** True where a text begins like a mail: several of the fields that every mail has. */
export function isMail(beginning: string): boolean {
  const head = /^[\s\S]*?(?=\r?\n\r?\n|$)/.exec(beginning.slice(0, 32_768))?.[0] ?? '';
  if (!/^[A-Za-z-]{2,60}:[ \t]/.test(head)) return false;
  const has = (name: string): boolean => new RegExp(`(?:^|\\n)${name}:`, 'i').test(head);
  return has('from') && (has('date') || has('received')) && (has('subject') || has('to') || has('message-id'));
}

/** One mail. Errors: those of reading. */
export async function readEml(source: Source, name: string): Promise<Archive> {
  const collector = new Collector();
  collector.begin(name.replace(/\.eml$/i, ''));
  const to = Math.min(source.size, MAIL_BYTES);
  add(collector, Buffer.from(await readAll(source, 0, to)).toString('latin1'), 0, to);
  return collector.end('mail', source.size > MAIL_BYTES ? phrase('Only the first 48 MiB of it are shown.') : null);
}

/** All mails of a box, in their order. Errors: those of reading. */
export async function readMbox(source: Source, name: string): Promise<Archive> {
  const collector = new Collector();
  collector.begin(name.replace(/\.mbox$/i, ''));
  for await (const { raw, from, to } of mailsOf(source)) {
    if (!collector.open) break;
    add(collector, raw, from, to);
  }
  return collector.end('mail', source.size > BOX_BYTES ? LARGE : null);
}

/** Gives decoded bytes of an attachment, null where it is not there. Errors: those of reading. */
type MailAttachments = (from: number, to: number, part: number) => Promise<Buffer | null>;

/** Keeps the mail that was read last: ten pictures of one mail of 40 MB are ten readings otherwise, for each look at them. */
export function mailAttachments(source: Source): MailAttachments {
  let last: { from: number; to: number; parts: readonly Part[] } | null = null;
  return async (from, to, part) => {
    if (last === null || last.from !== from || last.to !== to) {
      last = null; // let go of before the next one comes
      const raw = Buffer.from(await readAll(source, from, Math.min(to, from + MAIL_BYTES))).toString('latin1');
      last = { from, to, parts: readMail(withoutEnvelope(raw)).attachments };
    }
    const found = last.parts[part];
    return found === undefined ? null : partBytes(found);
  };
}

function add(collector: Collector, raw: string, from: number, to: number): void {
  const mail = readMail(withoutEnvelope(raw));
  const files = mail.attachments.map(({ name }, part) => ({ name, place: { in: 'mail' as const, from, to, part } }));
  const sender = mail.from === '' ? UNNAMED.sender : mail.from;
  collector.add(sender, { ...when(mail.sentMs), subject: mail.subject, text: mail.text }, files);
}

/** In this computer's time zone. */
function when(ms: number | null): { day: string; time: string } {
  if (ms === null || Math.abs(ms) > 8e15) return { day: '', time: '' };
  const date = new Date(ms);
  const two = (n: number): string => String(n).padStart(2, '0');
  const year = date.getFullYear();
  if (year < 1 || year > 9999) return { day: '', time: '' };
  return {
    day: `${String(year).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`,
    time: `${two(date.getHours())}:${two(date.getMinutes())}`,
  };
}

/** Takes the "From " line away, and the signs that keep lines of the text from looking like one. */
function withoutEnvelope(raw: string): string {
  if (!raw.startsWith('From ')) return raw;
  return raw.slice(raw.indexOf('\n') + 1).replace(/^>(>*From )/gm, '$1');
}

/** Characters that the beginning of a separator may have at the end of a piece. */
const TAIL = 300;
/** An empty line, then "From ", who, and when: the year tells it from a text that begins so. */
const SEPARATOR = /\n\r?\n(?=From \S[^\r\n]{0,250}\d{4})/g;

/** Each mail of a box with its place; no more than one of them, up to 48 MiB, is in memory. */
async function* mailsOf(source: Source): AsyncGenerator<{ raw: string; from: number; to: number }, undefined> {
  let held = ''; // of the mail so far, up to `tail`
  let tail = '';
  let base = 0; // place of `tail`
  let begin = 0; // of the mail
  for await (const piece of piecesOf(source, 0, BOX_BYTES)) {
    const text = tail + Buffer.from(piece).toString('latin1');
    let at = 0;
    for (const found of text.matchAll(SEPARATOR)) {
      const end = found.index + found[0].length;
      yield { raw: clipped(held, text.slice(at, end)), from: begin, to: base + end };
      begin = base + end;
      held = '';
      at = end;
    }
    const keep = Math.max(at, text.length - TAIL);
    held = clipped(held, text.slice(at, keep));
    tail = text.slice(keep);
    base += keep;
  }
  if (base + tail.length > begin) yield { raw: clipped(held, tail), from: begin, to: base + tail.length };
}

const clipped = (held: string, more: string): string =>
  held.length >= MAIL_BYTES ? held : (held + more).slice(0, MAIL_BYTES);
