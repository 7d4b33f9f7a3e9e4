/** repo.json: the signed root of a repository, kept in three copies (FORMAT.md, "repo.json"). */
import { createHash } from 'node:crypto';
import { CborReader, decodeCbor, encodeCbor, type Cbor } from './cbor.ts';
import { concat, utf8 } from './bytes.ts';
import { damaged, newerFormat } from './damage.ts';
import { ed25519Sign, ed25519Verify } from './keys.ts';
import { suiteOf, type Suite } from './suite.ts';

export const REPO_FILES = ['repo.json', 'repo.1.json', 'repo.2.json'] as const;
export const CHUNKER_ID = 'gear-1';

/** The key vault that keeps this repository's key under a password, and what proves it. */
export interface RepoVault {
  /** 16 bytes. */
  vaultId: Uint8Array;
  /** 32 random bytes. */
  recordId: Uint8Array;
  /** `https://host:port`, 1 to 16 of at most 255 characters. */
  urls: string[];
  /** SHA-256 of the pinned bundle, 32 bytes. */
  fingerprint: Uint8Array;
}

/** Who may write a domain since it was taken over (FORMAT.md, "Adoption"). */
export interface DomainWriter {
  /** 16 bytes. */
  clientId: Uint8Array;
  /** 1 for the first computer that took it over, and so on: of two statements the higher one counts. */
  number: number;
  /** 16 random bytes of that computer's. */
  token: Uint8Array;
}

export interface RepoFile {
  /** 16 bytes. */
  repoId: Uint8Array;
  suite: Suite;
  createdMs: number;
  generation: number;
  /** Ed25519 public key, 32 bytes: a hint until checked against the derived or pinned one. */
  ownerPublicKey: Uint8Array;
  /** Features that a reader or writer must know. */
  readFeatures: string[];
  writeFeatures: string[];
  chunker: string;
  /** Null where the 64 digits are the only way in. */
  vault: RepoVault | null;
  /** Client ids whose writers have stopped for ever. */
  retired: Uint8Array[];
  /** Domains that another computer has taken over, and which one writes there now; sorted by client id. */
  writers: DomainWriter[];
  /** The current keyring, whole. */
  keyring: Uint8Array;
  /** Owner's public key (32 bytes) before the root key was changed; null where it never was. Says so, proves nothing. */
  replaces: Uint8Array | null;
}

export interface ReadRepoFile extends RepoFile {
  /** The whole file. */
  bytes: Uint8Array;
  /** Their SHA-256. */
  hash: Uint8Array;
}

const WHAT = 'repo.json';
const CONTEXT = utf8('holdfast/v1/repo\0');
const MAGIC = 'holdfast-repository';
const FORMAT_VERSION = 1;
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_WRITER = 65_535;
const MAX_URLS = 16;
const MAX_URL_LENGTH = 255;

/** @param ownerSeed Ed25519 seed of the repository's owner, 32 bytes */
export function encodeRepoFile(file: RepoFile, ownerSeed: Uint8Array): Uint8Array {
  const payload = encodeCbor(
    new Map<string, Cbor>([
      ['magic', MAGIC],
      ['format', FORMAT_VERSION],
      ['repoId', file.repoId],
      ['suite', file.suite],
      ['created', file.createdMs],
      ['generation', file.generation],
      ['owner', file.ownerPublicKey],
      ['read', file.readFeatures],
      ['write', file.writeFeatures],
      ['chunker', file.chunker],
      ['vault', file.vault === null ? null : encodeVault(file.vault)],
      ['retired', file.retired],
      ...(file.writers.length === 0
        ? []
        : [['writers', file.writers.map((w) => [w.clientId, w.number, w.token])] as const]),
      ['keyring', file.keyring],
      ...(file.replaces === null ? [] : [['replaces', file.replaces] as const]),
    ]),
  );
  const signature = ed25519Sign(ownerSeed, concat(CONTEXT, payload));
  const text = JSON.stringify(
    {
      about: 'A Holdfast backup. Do not edit. Restore with Holdfast, or with restore.mjs and your 64-digit key.',
      payload: Buffer.from(payload).toString('base64'),
      signature: Buffer.from(signature).toString('base64'),
    },
    null,
    2,
  );
  return utf8(text + '\n');
}

/** Reads and checks one copy against the key inside it. Errors: object-damaged, newer-format. */
export function decodeRepoFile(bytes: Uint8Array): ReadRepoFile {
  if (bytes.length > MAX_BYTES) throw damaged(WHAT, 'too long');
  let outer: unknown;
  try {
    outer = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    throw damaged(WHAT, error instanceof Error ? error.message : undefined);
  }
  const field = (name: 'payload' | 'signature'): Uint8Array => {
    const value = typeof outer === 'object' && outer !== null ? (outer as Record<string, unknown>)[name] : undefined;
    if (typeof value !== 'string') throw damaged(WHAT, name);
    return new Uint8Array(Buffer.from(value, 'base64'));
  };
  const payload = field('payload');
  const r = new CborReader(WHAT);
  const m = r.map(decodeCbor(payload, WHAT), 'payload');
  if (m.get('magic') !== MAGIC) throw damaged(WHAT, 'magic');
  const owner = r.bytes(m.get('owner'), 'owner', 32);
  if (!ed25519Verify(owner, concat(CONTEXT, payload), field('signature'))) throw damaged(WHAT, 'signature');
  // Only a signed statement may say "newer": damage must never be taken for it.
  const suite = suiteOf(r.uint(m.get('suite'), 'suite'));
  if (r.uint(m.get('format'), 'format') !== FORMAT_VERSION || suite === null) throw newerFormat('This backup');
  const texts = (name: string): string[] => r.array(m.get(name), name).map((item) => r.text(item, name));
  const chunker = r.text(m.get('chunker'), 'chunker');
  const readFeatures = texts('read');
  const writeFeatures = texts('write');
  if (readFeatures.length > 0 || writeFeatures.length > 0 || chunker !== CHUNKER_ID) throw newerFormat('This backup');
  return {
    repoId: r.bytes(m.get('repoId'), 'repoId', 16),
    suite,
    createdMs: r.uint(m.get('created'), 'created'),
    generation: r.uint(m.get('generation'), 'generation'),
    ownerPublicKey: owner,
    readFeatures,
    writeFeatures,
    chunker,
    vault: decodeVault(r, m.get('vault')),
    retired: r.array(m.get('retired'), 'retired').map((item) => r.bytes(item, 'retired', 16)),
    writers: (m.has('writers') ? r.array(m.get('writers'), 'writers') : []).map((item) => {
      const w = r.array(item, 'writer');
      return {
        clientId: r.bytes(w[0], 'writer', 16),
        number: writerNumber(r.uint(w[1], 'writer number'), WHAT),
        token: r.bytes(w[2], 'writer token', 16),
      };
    }),
    keyring: r.bytes(m.get('keyring'), 'keyring'),
    replaces: m.has('replaces') ? r.bytes(m.get('replaces'), 'replaces', 32) : null,
    bytes,
    hash: new Uint8Array(createHash('sha256').update(bytes).digest()),
  };
}

/** Each number costs whoever reads a key to try. Errors: object-damaged. */
export function writerNumber(number: number, what: string): number {
  if (number < 1 || number > MAX_WRITER) throw damaged(what, 'writer number');
  return number;
}

function encodeVault(vault: RepoVault): Map<string, Cbor> {
  return new Map<string, Cbor>([
    ['id', vault.vaultId],
    ['record', vault.recordId],
    ['urls', vault.urls],
    ['fingerprint', vault.fingerprint],
  ]);
}

/** Files of before the vault was known have null in its place; other members are of later versions and do no harm. */
function decodeVault(r: CborReader, value: Cbor | undefined): RepoVault | null {
  if (value === null || value === undefined) return null;
  const m = r.map(value, 'vault');
  const urls = r.array(m.get('urls'), 'vault urls').map((url) => r.text(url, 'vault url'));
  if (urls.length === 0 || urls.length > MAX_URLS || !urls.every(isVaultUrl)) throw damaged(WHAT, 'vault urls');
  return {
    vaultId: r.bytes(m.get('id'), 'vault id', 16),
    recordId: r.bytes(m.get('record'), 'vault record', 32),
    urls,
    fingerprint: r.bytes(m.get('fingerprint'), 'vault fingerprint', 32),
  };
}

/** True for `https://host` with an optional port and nothing else: no user, path, query or fragment. */
export function isVaultUrl(text: string): boolean {
  if (text.length > MAX_URL_LENGTH || !URL.canParse(text)) return false;
  const url = new URL(text);
  return url.protocol === 'https:' && (text === url.origin || text === `${url.origin}/`);
}
