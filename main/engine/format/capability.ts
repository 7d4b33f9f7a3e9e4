/** The write capability of one computer (FORMAT.md, "Keys"): backs up, lists and verifies, and reads no contents. */
import { CborReader, decodeCbor, encodeCbor, type Cbor } from './cbor.ts';
import type { ClientKeys } from './keys.ts';
import { newerFormat } from './damage.ts';
import type { BlobIdKey } from './blob.ts';
import { suiteOf, type Suite } from './suite.ts';

export interface Capability {
  /** 16 bytes each. */
  repoId: Uint8Array;
  clientId: Uint8Array;
  /** The repository's. */
  suite: Suite;
  /** The epoch that new objects are written in. */
  epoch: number;
  epochId: Uint8Array;
  /** The epoch that the computer joined in. */
  domainEpoch: number;
  keys: ClientKeys;
  /** SHA-256 of the reader public key (1,216 bytes), which lies beside the capability file. */
  readerKeyHash: Uint8Array;
  ownerPublicKey: Uint8Array;
  /** SHA-256 name of the current keyring. */
  keyring: Uint8Array;
  /** Keys of the epochs between joining and now: what was written then is still read. Oldest first. */
  older: OlderKeys[];
  /** SHA-256 names of other keyrings that know no epoch which came after it: a place that is behind may name them. */
  earlierKeyrings: Uint8Array[];
  /** Which of the computers of this client id it is; null for the first one. */
  writer: WriterId | null;
  /** Keys of the computers that wrote the domain before: what they left is still read. */
  former: FormerKey[];
}

/** A computer that has taken over a domain. */
export interface WriterId {
  /** 1 for the first one that took it over, and so on. */
  number: number;
  /** 16 random bytes: of two that took the same number at two places, one counts. */
  token: Uint8Array;
}

export interface FormerKey {
  epoch: number;
  /** 32 bytes. */
  meta: Uint8Array;
  /** Its number: 0 for the first computer. */
  writer: number;
}

/** What is left to a computer of an epoch that it writes in no more. */
export interface OlderKeys {
  epoch: number;
  /** 32 bytes each. */
  meta: Uint8Array;
  localCache: Uint8Array;
}

const CAPABILITY_VERSION = 1;
const WHAT = 'The write capability of this computer';

/** What the computer names its blobs with. */
export const blobIdKeyOf = ({ suite, keys }: Capability): BlobIdKey => ({ suite, key: keys.blobId });

export function encodeCapability(c: Capability): Uint8Array {
  return encodeCbor(
    new Map<number, Cbor>([
      [0, CAPABILITY_VERSION],
      [1, c.repoId],
      [2, c.clientId],
      [3, c.epoch],
      [4, c.epochId],
      [5, c.domainEpoch],
      [6, [c.keys.meta, c.keys.hedge, c.keys.localCache, c.keys.blobId, c.keys.chunker]],
      [7, c.readerKeyHash],
      [8, c.ownerPublicKey],
      [9, c.keyring],
      ...(c.older.length === 0 ? [] : [[10, c.older.map((o) => [o.epoch, o.meta, o.localCache])] as const]),
      ...(c.earlierKeyrings.length === 0 ? [] : [[11, c.earlierKeyrings] as const]),
      ...(c.writer === null ? [] : [[12, [c.writer.number, c.writer.token] as Cbor[]] as const]),
      ...(c.former.length === 0 ? [] : [[13, c.former.map((f) => [f.epoch, f.meta, f.writer])] as const]),
      ...(c.suite === 1 ? [] : [[14, c.suite] as const]),
    ]),
  );
}

export function decodeCapability(bytes: Uint8Array): Capability {
  const r = new CborReader(WHAT);
  const m = r.map(decodeCbor(bytes, WHAT), 'capability');
  if (r.uint(m.get(0), 'version') !== CAPABILITY_VERSION) throw newerFormat(WHAT);
  const suite = m.has(14) ? suiteOf(r.uint(m.get(14), 'suite')) : 1;
  if (suite === null) throw newerFormat(WHAT);
  const keys = r.array(m.get(6), 'keys');
  return {
    repoId: r.bytes(m.get(1), 'repoId', 16),
    clientId: r.bytes(m.get(2), 'client id', 16),
    suite,
    epoch: r.uint(m.get(3), 'epoch'),
    epochId: r.bytes(m.get(4), 'epoch id', 16),
    domainEpoch: r.uint(m.get(5), 'domain epoch'),
    keys: {
      meta: r.bytes(keys[0], 'meta', 32),
      hedge: r.bytes(keys[1], 'hedge', 32),
      localCache: r.bytes(keys[2], 'local-cache', 32),
      blobId: r.bytes(keys[3], 'blob-id', 32),
      chunker: r.bytes(keys[4], 'chunker', 32),
    },
    readerKeyHash: r.bytes(m.get(7), 'reader key hash', 32),
    ownerPublicKey: r.bytes(m.get(8), 'owner', 32),
    keyring: r.bytes(m.get(9), 'keyring', 32),
    older: (m.has(10) ? r.array(m.get(10), 'older') : []).map((item) => {
      const o = r.array(item, 'older');
      return {
        epoch: r.uint(o[0], 'epoch'),
        meta: r.bytes(o[1], 'meta', 32),
        localCache: r.bytes(o[2], 'local-cache', 32),
      };
    }),
    earlierKeyrings: (m.has(11) ? r.array(m.get(11), 'keyrings') : []).map((name) => r.bytes(name, 'keyring', 32)),
    writer: m.has(12) ? decodeWriter(r, r.array(m.get(12), 'writer')) : null,
    former: (m.has(13) ? r.array(m.get(13), 'former') : []).map((item) => {
      const f = r.array(item, 'former');
      return {
        epoch: r.uint(f[0], 'epoch'),
        meta: r.bytes(f[1], 'meta', 32),
        writer: r.uint(f[2], 'writer'),
      };
    }),
  };
}

function decodeWriter(r: CborReader, parts: readonly Cbor[]): WriterId {
  return { number: r.uint(parts[0], 'writer'), token: r.bytes(parts[1], 'writer token', 16) };
}
