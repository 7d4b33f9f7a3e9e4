/** One mail: its headers, the text that is read, and its attachments (RFC 5322, RFC 2045 to 2049). */
import { htmlText } from './html-text.ts';
import { decodeCharset, decodeWords, fromQuoted, parameters, senderName } from './mail-words.ts';

const HEADER_CHARS = 256 * 1024;
const DEPTH = 20;
const PARTS = 500;
/** Characters of a text part that are decoded. */
const PART_CHARS = 400_000;

export interface Part {
  type: string;
  charset: string;
  /** Of an attachment; empty where it has none. */
  name: string;
  attached: boolean;
  encoding: string;
  /** One character a byte. */
  body: string;
}

export interface Mail {
  from: string;
  subject: string;
  /** ms since the epoch; null where it does not say. */
  sentMs: number | null;
  text: string;
  /** In their order; `Part.body` is still encoded. */
  attachments: Part[];
}

/** @param raw one character a byte. Never throws: what is not well-formed is shown as it is. */
export function readMail(raw: string): Mail {
  const { headers, body } = split(raw);
  const parts: Part[] = [];
  const text = textOfPart(headers, body, parts, 0);
  const date = (headers.get('date') ?? '').slice(0, 200).replace(/\([^()]*\)/g, '');
  const sent = Date.parse(date.trim());
  return {
    from: senderName(headers.get('from') ?? headers.get('sender') ?? ''),
    subject: decodeWords(headers.get('subject') ?? ''),
    sentMs: Number.isNaN(sent) ? null : sent,
    text: text.trim(),
    attachments: parts.filter(({ attached }) => attached),
  };
}

/** Decoded bytes of an attachment. */
export function partBytes({ encoding, body }: Part): Buffer {
  if (encoding === 'base64') return Buffer.from(body, 'base64');
  if (encoding === 'quoted-printable') return fromQuoted(body);
  return Buffer.from(body, 'latin1');
}

/** Fields in small letters, the first of each name, folded lines joined. */
function split(raw: string): { headers: Map<string, string>; body: string } {
  const end = /\r?\n\r?\n/.exec(raw.slice(0, HEADER_CHARS));
  const head = raw.slice(0, end?.index ?? Math.min(raw.length, HEADER_CHARS));
  const headers = new Map<string, string>();
  for (const line of head.replace(/\r?\n(?=[ \t])/g, '').split(/\r?\n/, 2_000)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trim().toLowerCase();
    if (colon > 0 && colon < 100 && !headers.has(name)) headers.set(name, line.slice(colon + 1).trim());
  }
  return { headers, body: end === null ? '' : raw.slice(end.index + end[0].length) };
}

/** Puts every leaf into `parts`, and gives the text that stands for this part. */
function textOfPart(headers: Map<string, string>, body: string, parts: Part[], depth: number): string {
  const { word: type, params } = parameters(headers.get('content-type') ?? 'text/plain');
  const disposition = parameters(headers.get('content-disposition') ?? '');
  const boundary = params.get('boundary') ?? '';
  if (type.startsWith('multipart/') && boundary !== '' && boundary.length <= 200 && depth < DEPTH) {
    const inner = pieces(body, boundary).map((piece) => {
      const one = split(piece);
      const kind = parameters(one.headers.get('content-type') ?? 'text/plain').word;
      return { kind, text: parts.length < PARTS ? textOfPart(one.headers, one.body, parts, depth + 1) : '' };
    });
    if (type !== 'multipart/alternative') {
      return inner
        .map(({ text }) => text)
        .filter((text) => text !== '')
        .join('\n\n');
    }
    const plain = inner.find(({ kind, text }) => kind === 'text/plain' && text.trim() !== '');
    return plain?.text ?? inner.findLast(({ text }) => text.trim() !== '')?.text ?? '';
  }
  const name = disposition.params.get('filename') ?? params.get('name') ?? '';
  const isText = type === 'text/plain' || type === 'text/html' || type === '';
  const attached = disposition.word === 'attachment' || !isText || (name !== '' && disposition.word !== 'inline');
  const part: Part = {
    type,
    charset: params.get('charset') ?? '',
    name: name !== '' ? name : type === 'message/rfc822' ? 'message.eml' : attached ? nameFor(type) : '',
    attached,
    encoding: (headers.get('content-transfer-encoding') ?? '').trim().toLowerCase(),
    body,
  };
  parts.push(part);
  if (attached) return '';
  const text = decodeCharset(partBytes({ ...part, body: body.slice(0, PART_CHARS) }), part.charset);
  return type === 'text/html' ? htmlText(text) : text.replace(/\r\n/g, '\n');
}

function nameFor(type: string): string {
  const ending = /^[a-z]+\/(?:x-)?([a-z0-9]{1,10})/.exec(type)?.[1] ?? 'bin';
  return `attachment.${ending === 'jpeg' ? 'jpg' : ending}`;
}

/** What stands between the lines of a boundary. */
function pieces(body: string, boundary: string): string[] {
  const found: string[] = [];
  const mark = `--${boundary}`;
  let begin = -1;
  for (
    let at = body.startsWith(mark) ? 0 : body.indexOf(`\n${mark}`);
    at !== -1;
    at = body.indexOf(`\n${mark}`, at + 1)
  ) {
    const line = at === 0 && body.startsWith(mark) ? 0 : at + 1;
    if (begin !== -1) found.push(body.slice(begin, at).replace(/\r$/, ''));
    const end = body.indexOf('\n', line + mark.length);
    begin = end === -1 ? -1 : end + 1;
    if (end === -1 || body.startsWith('--', line + mark.length) || found.length >= PARTS) return found;
  }
  if (begin !== -1) found.push(body.slice(begin)); // cut short
  return found;
}
