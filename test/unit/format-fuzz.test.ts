/**
 * Decoders fed with bytes that are nearly right, before and after authentication: each ends in a value or a HoldfastError
 * (never `internal`), soon, and in memory that depends on what it was given. The valid bytes are the golden repository's.
 */
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { decodeCapability, encodeCapability, type Capability } from '../../main/engine/format/capability.ts';
import { decodeCbor, encodeCbor, type Cbor } from '../../main/engine/format/cbor.ts';
import { HEADER_BYTES, Kind, openHeader, parseHeader, tableKey } from '../../main/engine/format/envelope.ts';
import { sealKeyring, openKeyring } from '../../main/engine/format/keyring.ts';
import { clientKeys, deriveKey, ed25519PublicKey, ed25519Sign, rootOf } from '../../main/engine/format/keys.ts';
import { openObject } from '../../main/engine/format/object.ts';
import { openTable, openTrailer, PackTable, TRAILER_BYTES } from '../../main/engine/format/pack.ts';
import { readerKeyPair } from '../../main/engine/format/reader-key.ts';
import { decodeRepoFile } from '../../main/engine/format/repo-file.ts';
import { decodeSegment } from '../../main/engine/format/segment.ts';
import { decodeSnapshot } from '../../main/engine/format/snapshot.ts';
import { decodeTree } from '../../main/engine/format/tree.ts';
import { openCache, writeCache } from '../../main/engine/repository/local-cache.ts';
import { writeSealedFile } from '../../main/engine/repository/sealed-file.ts';
import { SealedReader } from '../../main/engine/repository/sealed-reader.ts';
import { compress, decompress } from '../../main/engine/repository/zstd.ts';
import { HoldfastError } from '../../main/errors.ts';
import { bytes, made, vectors } from '../support/format.ts';

const SOAK = process.env['HOLDFAST_SOAK'] === '1';
const RUNS = SOAK ? 50_000 : 150;
/** Of one call. A machine that is busy with other tests stops a process for longer than any decoder takes. */
const MAX_MS = 5000;
const MAX_BYTES = 64 * 1024 * 1024;

const GOLDEN = path.resolve(import.meta.dirname, '../golden/v1');
const { clientId: id } = JSON.parse(readFileSync(path.join(GOLDEN, 'expected.json'), 'utf8')) as { clientId: string };
const rootKey = bytes(readFileSync(path.join(GOLDEN, 'KEY.txt'), 'utf8').replace(/\s/g, '').toLowerCase());
const stored = (room: string): Uint8Array[] => {
  const folder = path.join(GOLDEN, 'repo', room === 'k' ? 'k' : `c/${id}/${room}`);
  return readdirSync(folder).flatMap((shard) =>
    readdirSync(path.join(folder, shard)).map((name) => new Uint8Array(readFileSync(path.join(folder, shard, name)))),
  );
};
const only = <T>([first]: T[]): T => {
  if (first === undefined) throw new Error('the golden repository has one of each');
  return first;
};
const repoFile = new Uint8Array(readFileSync(path.join(GOLDEN, 'repo/repo.json')));
const { repoId } = decodeRepoFile(repoFile);
const root = rootOf(rootKey, repoId);
const clientId = bytes(id);
const keys = clientKeys(root, root, clientId);
const ownerSeed = deriveKey(root, 'repo-owner');
const contents = (room: 's' | 'i', kind: number): Uint8Array =>
  openObject(only(stored(room)), kind, 'It', () => keys.meta).data;

const capability: Capability = {
  repoId,
  clientId,
  suite: 2,
  epoch: 0,
  epochId: made(16, 1),
  domainEpoch: 0,
  keys,
  readerKeyHash: made(32, 2),
  ownerPublicKey: made(32, 3),
  keyring: made(32, 4),
  older: [{ epoch: 1, meta: made(32, 8), localCache: made(32, 9) }],
  earlierKeyrings: [],
  writer: null,
  former: [],
};

/** One change of some bytes; positions are shares of the length. */
const change = fc.oneof(
  fc.record({ op: fc.constant('flip' as const), at: fc.double({ min: 0, max: 1, noNaN: true }), value: fc.nat(7) }),
  fc.record({ op: fc.constant('set' as const), at: fc.double({ min: 0, max: 1, noNaN: true }), value: fc.nat(255) }),
  fc.record({ op: fc.constant('cut' as const), at: fc.double({ min: 0, max: 1, noNaN: true }), value: fc.nat(64) }),
  fc.record({ op: fc.constant('more' as const), at: fc.double({ min: 0, max: 1, noNaN: true }), value: fc.nat(255) }),
  fc.record({ op: fc.constant('large' as const), at: fc.double({ min: 0, max: 1, noNaN: true }), value: fc.nat(8) }),
  fc.record({ op: fc.constant('twice' as const), at: fc.double({ min: 0, max: 1, noNaN: true }), value: fc.nat(200) }),
);
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function changed(given: Uint8Array, changes: readonly Change[]): Uint8Array {
  let data = Buffer.from(given);
  for (const { op, at: share, value } of changes) {
    const at = Math.min(Math.floor(share * data.length), Math.max(0, data.length - 1));
    const rest = data.subarray(at);
    if (op === 'cut') data = Buffer.concat([data.subarray(0, at), data.subarray(at + value)]);
    else if (op === 'more') data = Buffer.concat([data.subarray(0, at), Buffer.alloc(1 + (value & 15), value), rest]);
    else if (op === 'twice') data = Buffer.concat([data.subarray(0, at), rest.subarray(0, value), rest]);
    else if (op === 'large') data.fill(0xff, at, Math.min(data.length, at + value));
    else if (data.length > 0) data[at] = op === 'set' ? value : (data[at] ?? 0) ^ (1 << value);
  }
  return new Uint8Array(data);
}

const near = (valid: Uint8Array): fc.Arbitrary<Uint8Array> =>
  fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => changed(valid, changes));

/** Runs the decoder on bytes that are nearly the valid ones. */
function survives(valid: Uint8Array, decode: (data: Uint8Array) => unknown): void {
  expect(() => decode(valid)).not.toThrow();
  fc.assert(
    fc.property(near(valid), (data) => {
      const before = process.memoryUsage().arrayBuffers;
      const since = performance.now();
      try {
        decode(data);
      } catch (error) {
        if (!(error instanceof HoldfastError) || error.code === 'internal') throw error;
      }
      expect(performance.now() - since).toBeLessThan(MAX_MS);
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(MAX_BYTES);
    }),
    { numRuns: RUNS },
  );
}

const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-fuzz-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('before authentication', () => {
  it('snapshots and index segments', () => {
    survives(only(stored('s')), (data) => openObject(data, Kind.snapshot, 'It', () => keys.meta));
    survives(only(stored('i')), (data) => openObject(data, Kind.indexSegment, 'It', () => keys.meta));
  });

  it('headers, sealed to the reader or not', () => {
    const { secretKey } = readerKeyPair(deriveKey(root, 'reader'));
    survives(only(stored('p')).slice(0, 1232), (data) => openHeader(parseHeader(data, 'It'), secretKey));
    survives(only(stored('m')).slice(0, HEADER_BYTES), (data) => openHeader(parseHeader(data, 'It'), keys.meta));
  });

  it('trailers and sealed tables', () => {
    const pack = only(stored('p'));
    const header = parseHeader(pack, 'It');
    const aad = createHash('sha256').update(header.bytes).digest();
    const key = tableKey(header, aad, keys.meta);
    const sealed = pack.slice(pack.length - TRAILER_BYTES);
    survives(sealed, (data) => openTrailer(key, aad, data, pack.length, 'It'));
    const { tableOffset, tableLength } = openTrailer(key, aad, sealed, pack.length, 'It');
    survives(pack.slice(tableOffset, tableOffset + tableLength), (data) => openTable(key, aad, data, 'It'));
  });

  it('keyrings', () => survives(only(stored('k')), (data) => openKeyring(rootKey, data)));

  it('repo.json', () => survives(repoFile, decodeRepoFile));

  it('zstd frames, whose memory is bounded by the length that is due', () => {
    for (const text of ['a line of text\n'.repeat(4000), Buffer.from(made(3000, 1)).toString('base64')]) {
      const raw = Buffer.from(text);
      survives(compress(raw, 1), (data) => decompress(data, raw.length));
    }
  });
});

describe('after authentication', () => {
  it('snapshots', () => survives(contents('s', Kind.snapshot), (data) => decodeSnapshot(data)));

  it('index segments, with the tables in them', () => {
    survives(contents('i', Kind.indexSegment), (data) => {
      for (const { table, size, header } of decodeSegment(data).adds) {
        expect(new PackTable(table, size, header.length, 'It').blobCount).toBeGreaterThanOrEqual(0);
      }
    });
  });

  it('tables', () => {
    const { table, size, header } = only(decodeSegment(contents('i', Kind.indexSegment)).adds);
    survives(table, (data) => {
      const read = new PackTable(data, size, header.length, 'It');
      for (let i = 0; i < read.blobCount; i++) read.blob(i);
    });
  });

  it('trees', () => {
    survives(bytes(vectors<{ leaf: string }>('trees.json').leaf), (data) => decodeTree(data));
    survives(encodeCbor([1, [made(32, 1), made(32, 2)]]), (data) => decodeTree(data));
  });

  it('keyrings', () => {
    const epoch = {
      number: 0,
      id: made(16, 1),
      root: made(32, 2),
      readerSeed: made(32, 3),
      ownerPublicKey: made(32, 4),
    };
    const sealed = sealKeyring(rootKey, { repoId, epochs: [epoch] });
    const prefix = sealed.subarray(0, 49);
    const cipher = () => xchacha20poly1305(deriveKey(root, 'keyring'), prefix.subarray(25), prefix);
    survives(cipher().decrypt(sealed.subarray(49)), (data) =>
      openKeyring(rootKey, new Uint8Array(Buffer.concat([prefix, cipher().encrypt(data)]))),
    );
  });

  it('capabilities', () => {
    survives(encodeCapability(capability), decodeCapability);
  });

  it('payloads of repo.json that their owner signed, and base64 that is none', () => {
    const outer = JSON.parse(Buffer.from(repoFile).toString('utf8')) as { payload: string };
    const signed = (payload: Uint8Array): Uint8Array => {
      const signature = ed25519Sign(ownerSeed, Buffer.concat([Buffer.from('holdfast/v1/repo\0'), payload]));
      const base64 = (data: Uint8Array): string => Buffer.from(data).toString('base64');
      return Buffer.from(JSON.stringify({ payload: base64(payload), signature: base64(signature) }));
    };
    const payload = new Uint8Array(Buffer.from(outer.payload, 'base64'));
    const map = decodeCbor(payload, 'It') as Map<string, Cbor>;
    expect(map.get('owner')).toEqual(ed25519PublicKey(ownerSeed));
    survives(payload, (data) => decodeRepoFile(signed(data)));
    for (const wrong of [null, 5, [], {}, '', '====', 'ÿ', 'A'.repeat(100_000)]) {
      const text = JSON.stringify({ payload: wrong, signature: wrong });
      expect(() => decodeRepoFile(Buffer.from(text))).toThrow(HoldfastError);
    }
  });
});

describe('the local cache', () => {
  const file = path.join(folder, 'cache');
  const write = async (data: Uint8Array): Promise<void> =>
    await writeSealedFile(
      file,
      { suite: 2, kind: Kind.localCache, epoch: 0, repoId, clientId, salt: made(32, 5), to: { key: keys.localCache } },
      [data],
    );

  /** Folders that it names; null where it is ignored. */
  const foldersOf = async (): Promise<number | null> => {
    const cache = await openCache(file, capability);
    cache?.records.close();
    return cache?.folders.size ?? null;
  };

  it('is let go of when it is all written anew, and before it is replaced', async () => {
    const folders = [{ path: '/a' as never, tree: made(32, 6), records: Buffer.from(made(100, 7)) }];
    await writeCache(file, capability, { scannedMs: 1, files: 1, folders }, () => undefined);
    const first = readFileSync(file);
    const cache = await openCache(file, capability);
    if (cache === null) throw new Error('it does not open');
    const held = [...cache.folders].map(([one, { tree, from, to }]) => ({
      path: one,
      tree,
      records: { source: cache.records, from, to },
    }));
    let before: Buffer | null = null;
    await writeCache(file, capability, { scannedMs: 2, files: 1, folders: held }, () => {
      cache.records.close();
      before = readFileSync(file);
    });
    expect(before).toEqual(first);
    const next = await openCache(file, capability);
    expect(next?.scannedMs).toBe(2);
    next?.records.close();
  });

  it('that is nearly right is read, or ignored', async () => {
    const folders = [{ path: '/a' as never, tree: made(32, 6), records: Buffer.from(made(100, 7)) }];
    await writeCache(file, capability, { scannedMs: 1, files: 1, folders }, () => undefined);
    const whole = new Uint8Array(readFileSync(file));
    expect(await foldersOf()).toBe(1);
    const reader = SealedReader.open(file, Kind.localCache, 'It', () => keys.localCache);
    const data = reader.read(0, reader.length);
    reader.close();
    // Found here: more folders, or longer records, than there are bytes.
    for (const at of [20, 24 + 4]) {
      const more = Buffer.from(data);
      more.writeUInt32LE(0xfff0_0000, at);
      await write(more);
      expect(await foldersOf()).toBeNull();
    }
    const runs = { numRuns: Math.ceil(RUNS / 3) };
    const written = async (bytes: Uint8Array): Promise<void> => {
      writeFileSync(file, bytes);
      await foldersOf();
    };
    const sealed = async (changed: Uint8Array): Promise<void> => {
      await write(changed);
      await foldersOf();
    };
    await fc.assert(fc.asyncProperty(near(whole), written), runs);
    await fc.assert(fc.asyncProperty(near(new Uint8Array(data)), sealed), runs);
  });
});
