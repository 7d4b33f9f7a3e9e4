/**
 * Proves who we are: HTTP Basic (RFC 7617) and Digest (RFC 7616: MD5 and SHA-256, with or without `qop=auth`). Nothing
 * is sent before the server has said what it takes; where it takes both, the password itself stays here.
 */
import { createHash, randomBytes } from 'node:crypto';

interface Challenge {
  scheme: 'basic' | 'digest';
  fields: Record<string, string>;
}

const HASHES: Record<string, { name: 'md5' | 'sha256'; session: boolean }> = {
  md5: { name: 'md5', session: false },
  'md5-sess': { name: 'md5', session: true },
  'sha-256': { name: 'sha256', session: false },
  'sha-256-sess': { name: 'sha256', session: true },
};

export class Authenticator {
  readonly #user: string;
  readonly #password: string;
  #chosen: Challenge | null = null;
  /** How often this nonce has been used; every request counts on, also those side by side. */
  #count = 0;

  constructor(user: string, password: string) {
    this.#user = user;
    this.#password = password;
  }

  /** True once the server has said what it takes. */
  get ready(): boolean {
    return this.#chosen !== null;
  }

  /**
   * Takes the challenge of an answer 401. Tells whether the request is worth repeating: where the server took nothing
   * yet, or where only the nonce of Digest is used up.
   * @param header `WWW-Authenticate`
   * @param sent the `Authorization` that the refused request had
   */
  learn(header: string | undefined, sent: string | null): boolean {
    const challenges = parseChallenges(header ?? '');
    const digests = challenges.filter(
      ({ scheme, fields }) => scheme === 'digest' && (fields['algorithm'] ?? 'md5').toLowerCase() in HASHES,
    );
    const strongest = digests.find(({ fields }) => /^sha-256/i.test(fields['algorithm'] ?? '')) ?? digests[0];
    const chosen = strongest ?? challenges.find(({ scheme }) => scheme === 'basic') ?? null;
    const known = this.#chosen;
    if (chosen !== null && chosen.fields['nonce'] !== known?.fields['nonce']) this.#count = 0;
    this.#chosen = chosen;
    if (chosen === null) return false;
    if (sent === null) return true;
    return chosen.scheme === 'digest' && chosen.fields['stale']?.toLowerCase() === 'true';
  }

  /** The `Authorization` for one request; null before anything is known. `uri`: path and query as they are sent. */
  header(method: string, uri: string): string | null {
    if (this.#chosen === null) return null;
    if (this.#chosen.scheme === 'basic') {
      return `Basic ${Buffer.from(`${this.#user}:${this.#password}`).toString('base64')}`;
    }
    return this.#digest(this.#chosen.fields, method, uri);
  }

  #digest(fields: Record<string, string>, method: string, uri: string): string {
    const { realm = '', nonce = '', opaque, algorithm } = fields;
    const { name, session } = HASHES[(algorithm ?? 'md5').toLowerCase()] ?? { name: 'md5', session: false };
    const hash = (text: string): string => createHash(name).update(text).digest('hex');
    const qop = (fields['qop'] ?? '').split(/[ ,]+/).includes('auth') ? 'auth' : null;
    const cnonce = randomBytes(16).toString('hex');
    this.#count += 1;
    const nc = this.#count.toString(16).padStart(8, '0');
    const secret = hash(`${this.#user}:${realm}:${this.#password}`);
    const ha1 = session ? hash(`${secret}:${nonce}:${cnonce}`) : secret;
    const ha2 = hash(`${method}:${uri}`);
    const response = hash(qop === null ? `${ha1}:${nonce}:${ha2}` : `${ha1}:${nonce}:${nc}:${cnonce}:${qop}:${ha2}`);
    const parts = [
      `username="${quoted(this.#user)}"`,
      `realm="${quoted(realm)}"`,
      `nonce="${quoted(nonce)}"`,
      `uri="${uri}"`,
      `response="${response}"`,
      ...(algorithm === undefined ? [] : [`algorithm=${algorithm}`]),
      ...(opaque === undefined ? [] : [`opaque="${quoted(opaque)}"`]),
      ...(qop === null && !session ? [] : [`cnonce="${cnonce}"`]),
      ...(qop === null ? [] : [`qop=${qop}`, `nc=${nc}`]),
    ];
    return `Digest ${parts.join(', ')}`;
  }
}

/** Several challenges may stand in one header, separated by the same commas as their fields (RFC 9110, 11.6.1). */
function parseChallenges(header: string): Challenge[] {
  const challenges: Challenge[] = [];
  let fields: Record<string, string> | null = null;
  for (const [, key = '', quotedValue, plain] of header.matchAll(
    /([A-Za-z0-9_-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?/g,
  )) {
    const value = quotedValue?.replace(/\\(.)/g, '$1') ?? plain;
    if (value !== undefined) {
      if (fields !== null) fields[key.toLowerCase()] = value;
      continue;
    }
    const scheme = key.toLowerCase();
    fields = {};
    if (scheme === 'basic' || scheme === 'digest') challenges.push({ scheme, fields });
  }
  return challenges;
}

function quoted(text: string): string {
  return text.replace(/["\\]/g, '\\$&');
}
