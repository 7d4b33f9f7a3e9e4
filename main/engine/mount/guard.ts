/**
 * Who may ask. The server listens on this computer only, but so does every other program, and web pages can make a
 * browser ask: so a request needs the secret, names this server as its host, and comes from no other page.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Name for programs that ask for one beside the password; any will do. */
export const MOUNT_USER = 'holdfast';

export type Verdict =
  /** `segments`: of the path behind the secret, percent-encoded; `base`: what stands before them in addresses. */
  { allowed: true; segments: string[]; base: string } | { allowed: false; status: 400 | 401 | 403; text: string };

export class Guard {
  readonly #secret: string;
  readonly #hosts: Set<string>;

  /** @param secret of letters, digits, `-` and `_` */
  constructor(secret: string, port: number) {
    this.#secret = secret;
    this.#hosts = new Set(['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${port}`));
  }

  judge({ url = '', headers }: Pick<IncomingMessage, 'url' | 'headers'>): Verdict {
    // A page of another name that was made to lead here (DNS rebinding) shows that name.
    if (!this.#hosts.has((headers.host ?? '').toLowerCase())) return refused(403, 'This address is not this server’s.');
    if (headers.origin !== undefined && !this.#isOwn(headers.origin)) {
      return refused(403, 'Web pages cannot read this.');
    }
    const path = pathOf(url);
    if (path === null) return refused(400, 'This is no path.');
    const [first = '', ...rest] = path.split('/').slice(1);
    if (this.#isSecret(first))
      return { allowed: true, segments: rest.filter((part) => part !== ''), base: `/${first}` };
    const password = passwordOf(headers.authorization);
    if (password !== null && this.#isSecret(password)) {
      return { allowed: true, segments: [first, ...rest].filter((part) => part !== ''), base: '' };
    }
    return refused(401, 'This needs the address, or the password, that holdfast mount has printed.');
  }

  #isOwn(origin: string): boolean {
    return origin.startsWith('http://') && this.#hosts.has(origin.slice('http://'.length).toLowerCase());
  }

  /** In a time that says nothing of how much of it is right. */
  #isSecret(text: string): boolean {
    const hash = (value: string): Buffer => createHash('sha256').update(value).digest();
    return timingSafeEqual(hash(text), hash(this.#secret));
  }
}

const refused = (status: 400 | 401 | 403, text: string): Verdict => ({ allowed: false, status, text });

/** Null for what is no path; some programs send the whole address. */
function pathOf(url: string): string | null {
  const path = url.replace(/^http:\/\/[^/]*/i, '').replace(/[?#].*$/s, '');
  if (path === '*') return '/';
  return path.startsWith('/') ? path : null;
}

function passwordOf(authorization: string | undefined): string | null {
  const found = /^basic +([a-z0-9+/=]+)$/i.exec(authorization ?? '');
  if (found === null) return null;
  const text = Buffer.from(found[1] ?? '', 'base64').toString('utf8');
  return text.slice(text.indexOf(':') + 1);
}

/** Raw bytes of a percent-encoded name; null where it is none that an entry can have. */
export function decodeName(segment: string): Buffer | null {
  const bytes: number[] = [];
  for (let i = 0; i < segment.length; i++) {
    const code = segment.charCodeAt(i);
    if (code !== 0x25) {
      if (code > 0x7f) return null;
      bytes.push(code);
      continue;
    }
    const hex = segment.slice(i + 1, i + 3);
    if (!/^[0-9a-f]{2}$/i.test(hex)) return null;
    bytes.push(Number.parseInt(hex, 16));
    i += 2;
  }
  return bytes.includes(0) || bytes.includes(0x2f) ? null : Buffer.from(bytes);
}

/** Percent-encoded for an address, whatever bytes it has. */
export function encodeName(name: Uint8Array): string {
  let out = '';
  for (const byte of name) {
    const char = String.fromCharCode(byte);
    out += /[A-Za-z0-9._~-]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}
