/**
 * Notes that the owner signs about one computer: `c/<client id>/retired` and `c/<client id>/domain` (FORMAT.md, "Session
 * markers and retired computers", "Adoption").
 */
import { CborReader, decodeCbor, encodeCbor, type Cbor } from './cbor.ts';
import { concat, equal, utf8 } from './bytes.ts';
import { damaged } from './damage.ts';
import { ed25519Sign, ed25519Verify } from './keys.ts';
import { writerNumber } from './repo-file.ts';

/** Whom a note is about, 16 bytes each. */
export interface About {
  repoId: Uint8Array;
  clientId: Uint8Array;
}

export interface RetiredNote extends About {
  /** ms since the epoch. */
  retiredMs: number;
  /** Number of the computer that wrote the domain then: one that takes it over later is not retired. */
  writer: number;
}

/** Which computer writes a domain, and what of those before it counts. */
export interface DomainNote extends About {
  /** As in repo.json: 1 for the first computer that took the domain over. */
  number: number;
  /** 16 bytes, as in repo.json. */
  token: Uint8Array;
  /** ms since the epoch. */
  adoptedMs: number;
  /** SHA-256 names (hex) of what earlier computers had stored. */
  names: ReadonlySet<string>;
}

const RETIRED = utf8('holdfast/v1/retired\0');
const DOMAIN = utf8('holdfast/v1/domain\0');
const SIGNATURE_BYTES = 64;
const HASH_BYTES = 32;
const WHAT = 'A note about a computer';
/** Largest note, in bytes, that is read: two million objects. Anybody who can write there may put more. */
export const MAX_NOTE_BYTES = 64 * 1024 * 1024;

/** Signature (64 bytes) || CBOR. @param ownerSeed Ed25519 seed, 32 bytes */
export function encodeRetired(note: RetiredNote, ownerSeed: Uint8Array): Uint8Array {
  const fields: [number, Cbor][] = [
    [0, 1],
    [1, note.repoId],
    [2, note.clientId],
    [3, note.retiredMs],
  ];
  if (note.writer > 0) fields.push([4, note.writer]);
  return signed(RETIRED, fields, ownerSeed);
}

/**
 * Null where the owner did not sign it, or about another computer. Errors: object-damaged (signed, and not of the format).
 *
 * @param ownerPublicKey pinned or derived, 32 bytes
 */
export function decodeRetired(bytes: Uint8Array, ownerPublicKey: Uint8Array, about: About): RetiredNote | null {
  const note = opened(RETIRED, bytes, ownerPublicKey, about);
  if (note === null) return null;
  const { r, m } = note;
  return { ...about, retiredMs: r.uint(m.get(3), 'time'), writer: m.has(4) ? r.uint(m.get(4), 'writer') : 0 };
}

/** As `encodeRetired`. */
export function encodeDomain(note: DomainNote, ownerSeed: Uint8Array): Uint8Array {
  return signed(
    DOMAIN,
    [
      [0, 1],
      [1, note.repoId],
      [2, note.clientId],
      [3, note.adoptedMs],
      [4, note.number],
      [5, note.token],
      [6, new Uint8Array(Buffer.from([...note.names].sort().join(''), 'hex'))],
    ],
    ownerSeed,
  );
}

/** As `decodeRetired`. */
export function decodeDomain(bytes: Uint8Array, ownerPublicKey: Uint8Array, about: About): DomainNote | null {
  const note = opened(DOMAIN, bytes, ownerPublicKey, about);
  if (note === null) return null;
  const { r, m } = note;
  const joined = Buffer.from(r.bytes(m.get(6), 'names'));
  if (joined.length % HASH_BYTES !== 0) throw damaged(WHAT, 'names');
  const names = new Set<string>();
  for (let at = 0; at < joined.length; at += HASH_BYTES) names.add(joined.toString('hex', at, at + HASH_BYTES));
  return {
    ...about,
    adoptedMs: r.uint(m.get(3), 'time'),
    number: writerNumber(r.uint(m.get(4), 'number'), WHAT),
    token: r.bytes(m.get(5), 'token', 16),
    names,
  };
}

/**
 * Of two notes about one domain the one that counts: of the later computer; of one computer, the one that names more.
 */
export const isNewerDomain = (a: DomainNote, b: DomainNote): boolean =>
  a.number > b.number || (a.number === b.number && a.names.size > b.names.size);

function signed(context: Uint8Array, fields: [number, Cbor][], ownerSeed: Uint8Array): Uint8Array {
  const payload = encodeCbor(new Map<number, Cbor>(fields));
  return concat(ed25519Sign(ownerSeed, concat(context, payload)), payload);
}

function opened(
  context: Uint8Array,
  bytes: Uint8Array,
  ownerPublicKey: Uint8Array,
  about: About,
): { r: CborReader; m: ReadonlyMap<number | string, Cbor> } | null {
  const payload = bytes.subarray(SIGNATURE_BYTES);
  const signature = bytes.subarray(0, SIGNATURE_BYTES);
  if (!ed25519Verify(ownerPublicKey, concat(context, payload), signature)) return null;
  const r = new CborReader(WHAT);
  const m = r.map(decodeCbor(payload, WHAT), 'note');
  const isAbout =
    equal(r.bytes(m.get(1), 'repoId', 16), about.repoId) && equal(r.bytes(m.get(2), 'client id', 16), about.clientId);
  return isAbout ? { r, m } : null;
}
