/**
 * A self-signed TLS certificate (RFC 5280): the bundle names its key, so that no public CA has to vouch for it.
 * node:crypto reads certificates but makes none; this is the one shape that the vault needs, written out in DER.
 */
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';

const YEARS = 10;
const DAY_MS = 24 * 3_600_000;
const NAME = 'Holdfast key vault';

export interface Certificate {
  /** PEM, PKCS #8. */
  key: string;
  /** PEM. */
  cert: string;
  /** SHA-256 of SubjectPublicKeyInfo, 32 bytes: what the bundle's `tlsKeys` lists. */
  spkiHash: Uint8Array;
}

/** Tag, length, contents. */
function der(tag: number, ...contents: Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  if (body.length < 0x80) return Buffer.concat([Buffer.of(tag, body.length), body]);
  if (body.length < 0x100) return Buffer.concat([Buffer.of(tag, 0x81, body.length), body]);
  return Buffer.concat([Buffer.of(tag, 0x82, body.length >>> 8, body.length & 0xff), body]);
}
const sequence = (...parts: Uint8Array[]): Buffer => der(0x30, ...parts);
const octets = (...parts: Uint8Array[]): Buffer => der(0x04, ...parts);
const bits = (bytes: Uint8Array): Buffer => der(0x03, Buffer.of(0), bytes);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const TRUE = Buffer.from('0101ff', 'hex');

const ECDSA_SHA256 = sequence(oid('2a8648ce3d040302'));
const COMMON_NAME = oid('550403');
const SUBJECT_ALTERNATIVE_NAME = oid('551d11');
const BASIC_CONSTRAINTS = oid('551d13');
const KEY_USAGE = oid('551d0f');
const EXTENDED_KEY_USAGE = oid('551d25');
const SERVER_AUTH = oid('2b06010505070301');

/** UTCTime up to 2049, GeneralizedTime after (RFC 5280 section 4.1.2.5). */
function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '');
  return digits < '2050' ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits));
}

function addressBytes(address: string): Uint8Array {
  if (isIP(address) === 4) return Uint8Array.from(address.split('.').map(Number));
  // The URL standard's one spelling: no dotted tail, at most one run of zeros left out.
  const text = new URL(`https://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = text.split('::');
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const all = [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
  return Buffer.concat(all.map((group) => Buffer.from(group.padStart(4, '0'), 'hex')));
}

/** dNSName [2] or iPAddress [7]. */
function alternativeName(name: string): Buffer {
  return isIP(name) === 0 ? der(0x82, Buffer.from(name, 'ascii')) : der(0x87, addressBytes(name));
}

function extension(id: Buffer, value: Buffer, critical: boolean): Buffer {
  return sequence(id, ...(critical ? [TRUE] : []), octets(value));
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/**
 * @param names host names and addresses that it is for
 * @param nowMs ms since 1970
 */
export function selfSigned(names: string[], nowMs: number): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const name = sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from(NAME)))));
  // Positive and without leading zeros, 127 bits.
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  const toBeSigned = sequence(
    der(0xa0, Buffer.from('020102', 'hex')), // version 3
    der(0x02, serial),
    ECDSA_SHA256,
    name,
    // A clock that is a little behind must not refuse a new certificate.
    sequence(time(nowMs - DAY_MS), time(nowMs + YEARS * 365 * DAY_MS)),
    name,
    spki,
    der(
      0xa3,
      sequence(
        extension(SUBJECT_ALTERNATIVE_NAME, sequence(...names.map(alternativeName)), false),
        extension(BASIC_CONSTRAINTS, sequence(), true),
        extension(KEY_USAGE, Buffer.from('03020780', 'hex'), true), // digitalSignature
        extension(EXTENDED_KEY_USAGE, sequence(SERVER_AUTH), false),
      ),
    ),
  );
  const signature = sign('sha256', toBeSigned, privateKey);
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    cert: pem(sequence(toBeSigned, ECDSA_SHA256, bits(signature))),
    spkiHash: new Uint8Array(createHash('sha256').update(spki).digest()),
  };
}
