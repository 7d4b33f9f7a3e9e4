import { gcm } from '@noble/ciphers/aes.js';
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import fc from 'fast-check';
import { hkdfSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { BlobIds, BlobKind } from '../../main/engine/format/blob.ts';
import { decodeCapability, encodeCapability, type Capability } from '../../main/engine/format/capability.ts';
import { encodeCbor } from '../../main/engine/format/cbor.ts';
import { Hedge } from '../../main/engine/format/envelope.ts';
import { open, positionNonce, seal, sealPieces } from '../../main/engine/format/gcm.ts';
import type { Suite } from '../../main/engine/format/suite.ts';
import { MAX_EPOCH, openKeyring, sealKeyring, type Keyring } from '../../main/engine/format/keyring.ts';
import {
  clientKeys,
  deriveKey,
  ed25519PublicKey,
  ed25519Sign,
  ed25519Verify,
  expand,
  extract,
  rootOf,
} from '../../main/engine/format/keys.ts';
import { padme, paddedPack, paddedPlaintext } from '../../main/engine/format/padme.ts';
import { newEpoch } from '../../main/engine/rotate.ts';
import { bytes, codeOf, flipped, made, vectors } from '../support/format.ts';

const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex');
const byteArray = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

describe('key labels', () => {
  const V = vectors<{
    rootKey: string;
    repoId: string;
    clientId: string;
    keys: Record<string, string>;
    repoOwnerPublicKey: string;
  }>('labels.json');
  const root = rootOf(bytes(V.rootKey), bytes(V.repoId));

  it('give the keys of the vectors', () => {
    const clientId = bytes(V.clientId);
    const client = clientKeys(root, root, clientId);
    const ours = {
      ...Object.fromEntries(['reader', 'repo-owner', 'vault-owner', 'keyring'].map((l) => [l, deriveKey(root, l)])),
      meta: client.meta,
      hedge: client.hedge,
      'local-cache': client.localCache,
      'blob-id': client.blobId,
      chunker: client.chunker,
    };
    expect(Object.fromEntries(Object.entries(ours).map(([label, key]) => [label, hex(key)]))).toEqual(V.keys);
    expect(hex(ed25519PublicKey(deriveKey(root, 'repo-owner')))).toBe(V.repoOwnerPublicKey);
    expect(new Set(Object.values(V.keys)).size).toBe(9);
  });

  it('are HKDF-SHA-256 as node:crypto computes it', () => {
    const label = fc.string({ maxLength: 40 });
    fc.assert(
      fc.property(byteArray(32), byteArray(16), byteArray(16), label, (rootKey, repoId, clientId, text) => {
        const info = Buffer.concat([Buffer.from(`holdfast/v1/${text}\0`), clientId]);
        const expected = Buffer.from(hkdfSync('sha256', rootKey, repoId, info, 32));
        expect(hex(deriveKey(rootOf(rootKey, repoId), text, clientId))).toBe(hex(expected));
        expect(hex(expand(extract(repoId, rootKey), info))).toBe(hex(expected));
      }),
    );
  });

  it('take blob-id and chunker from the epoch that the client joined in, the others from the current one', () => {
    const [one, two] = [made(32, 1), made(32, 2)];
    const id = made(16, 3);
    const keys = clientKeys(two, one, id);
    const first = clientKeys(one, one, id);
    const second = clientKeys(two, two, id);
    expect(keys).toEqual({ ...second, blobId: first.blobId, chunker: first.chunker });
    expect(keys.blobId).not.toEqual(second.blobId);
  });
});

describe('Ed25519', () => {
  it('signs as RFC 8032, 7.1, test 2 says', () => {
    const seed = bytes('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb');
    expect(hex(ed25519PublicKey(seed))).toBe('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c');
    const signature = ed25519Sign(seed, bytes('72'));
    expect(hex(signature)).toBe(
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    );
    expect(ed25519Verify(ed25519PublicKey(seed), bytes('72'), signature)).toBe(true);
    expect(ed25519Verify(ed25519PublicKey(seed), bytes('73'), signature)).toBe(false);
    expect(ed25519Verify(ed25519PublicKey(seed), bytes('72'), flipped(signature, 40))).toBe(false);
    expect(ed25519Verify(new Uint8Array(31), bytes('72'), signature)).toBe(false);
    expect(ed25519Verify(ed25519PublicKey(seed), bytes('72'), signature.subarray(1))).toBe(false);
  });
});

describe('AES-256-GCM', () => {
  const sizes = [0, 1, 15, 16, 17, 131_071, 131_072, 131_073, 400_000];
  it.each(sizes)('of %i bytes is the same by node:crypto and by @noble/ciphers', (size) => {
    const key = made(32, 1);
    const aad = made(32, 2);
    const nonce = positionNonce(5, true);
    const plaintext = made(size, 3);
    const native = seal(key, nonce, aad, plaintext);
    const noble = gcm(key, nonce, aad);
    const byNoble = noble.encrypt(plaintext);
    expect(Buffer.compare(byNoble, native)).toBe(0);
    expect(Buffer.compare(noble.decrypt(native), plaintext)).toBe(0);
    expect(Buffer.compare(open(key, nonce, aad, byNoble, 'x'), plaintext)).toBe(0);
    expect(codeOf(() => open(key, nonce, made(32, 4), native, 'x'))).toBe('object-damaged');
  });

  it('does not depend on how the plaintext is cut into pieces', () => {
    const all = made(300_001, 5);
    const whole = seal(made(32, 1), positionNonce(0, false), made(32, 2), all);
    fc.assert(
      fc.property(fc.array(fc.nat(300_001), { maxLength: 5 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), 300_001];
        const pieces = at.slice(1).map((to, i) => all.subarray(at[i], to));
        const sealed = Buffer.concat(sealPieces(made(32, 1), positionNonce(0, false), made(32, 2), pieces));
        expect(Buffer.compare(sealed, whole)).toBe(0);
      }),
      { numRuns: 20 },
    );
  });
});

describe('keyrings', () => {
  const rootKey = made(32, 1);
  const epoch = (number: number, seed: number) => ({
    number,
    id: made(16, seed),
    root: made(32, seed + 1),
    readerSeed: made(32, seed + 2),
    ownerPublicKey: made(32, seed + 3),
  });
  const keyring: Keyring = { repoId: made(16, 2), epochs: [epoch(0, 10), epoch(1, 20), epoch(1, 30)] };

  it('open with the root key that sealed them', () => {
    const sealed = sealKeyring(rootKey, keyring);
    expect(openKeyring(rootKey, sealed)).toEqual(keyring);
    expect(sealKeyring(rootKey, keyring)).not.toEqual(sealed);
  });

  it('hold no epoch of a number that leaves no room for the next one, and no next one is made past the end', () => {
    const highest = { ...epoch(0, 40), number: MAX_EPOCH };
    const ring = (last: typeof highest): Keyring => ({ ...keyring, epochs: [epoch(0, 10), last] });
    expect(openKeyring(rootKey, sealKeyring(rootKey, ring(highest)))).toEqual(ring(highest));
    const past = sealKeyring(rootKey, ring({ ...highest, number: MAX_EPOCH + 1 }));
    expect(codeOf(() => openKeyring(rootKey, past))).toBe('object-damaged');
    for (let i = 0; i < 20; i++) {
      expect(newEpoch([{ ...highest, number: MAX_EPOCH - 2 }], made(32, 5)).number).toBeLessThanOrEqual(MAX_EPOCH);
    }
    expect(codeOf(() => newEpoch([highest], made(32, 5)))).toBe('repository-damaged');
  });

  it('are XChaCha20-Poly1305 under the keyring key, as FORMAT.md lays them out', () => {
    const key = new Uint8Array(hkdfSync('sha256', rootKey, keyring.repoId, Buffer.from('holdfast/v1/keyring\0'), 32));
    const sealed = sealKeyring(rootKey, keyring);
    expect(Buffer.from(sealed.subarray(0, 9)).toString('latin1')).toBe('HOLDKEYR\x01');
    expect(sealed.slice(9, 25)).toEqual(keyring.repoId);
    const prefix = sealed.slice(0, 49);
    const plaintext = xchacha20poly1305(key, sealed.slice(25, 49), prefix).decrypt(sealed.slice(49));
    const epochs = keyring.epochs.map((e) => [e.number, e.id, e.root, e.readerSeed, e.ownerPublicKey]);
    const parts = [
      Uint8Array.of(0xa2, 0x01, 0x50),
      keyring.repoId,
      Uint8Array.of(0x02),
      encodeCbor(epochs as Parameters<typeof encodeCbor>[0]),
    ];
    expect(Buffer.compare(plaintext, Buffer.concat(parts))).toBe(0);
  });

  it('say no to another root key, and to every changed byte', () => {
    const sealed = sealKeyring(rootKey, keyring);
    expect(openKeyring(made(32, 9), sealed)).toBeNull();
    for (let at = 0; at < sealed.length; at++) {
      let outcome: string | null;
      try {
        outcome = openKeyring(rootKey, flipped(sealed, at)) === null ? 'null' : 'opened';
      } catch {
        outcome = codeOf(() => openKeyring(rootKey, flipped(sealed, at)));
      }
      expect([at, outcome]).toEqual([at, at < 8 ? 'object-damaged' : at === 8 ? 'newer-format' : 'null']);
    }
    for (const length of [0, 8, 64]) {
      expect(codeOf(() => openKeyring(rootKey, sealed.subarray(0, length)))).toBe('object-damaged');
    }
    expect(openKeyring(rootKey, sealed.subarray(0, sealed.length - 1))).toBeNull();
  });
});

describe('capabilities', () => {
  const capability: Capability = {
    repoId: made(16, 1),
    clientId: made(16, 2),
    suite: 2,
    epoch: 3,
    epochId: made(16, 4),
    domainEpoch: 1,
    keys: {
      meta: made(32, 5),
      hedge: made(32, 6),
      localCache: made(32, 7),
      blobId: made(32, 8),
      chunker: made(32, 9),
    },
    readerKeyHash: made(32, 10),
    ownerPublicKey: made(32, 11),
    keyring: made(32, 12),
    older: [{ epoch: 1, meta: made(32, 13), localCache: made(32, 14) }],
    earlierKeyrings: [made(32, 15)],
    writer: { number: 2, token: made(16, 16) },
    former: [{ epoch: 1, meta: made(32, 17), writer: 0 }],
  };

  it.each<Suite>([1, 2])('of suite %i come back as they were', (suite) => {
    expect(decodeCapability(encodeCapability({ ...capability, suite }))).toEqual({ ...capability, suite });
  });

  it('of a suite that is not known are of a newer version', () => {
    const newer = encodeCapability({ ...capability, suite: 3 as Suite });
    expect(codeOf(() => decodeCapability(newer))).toBe('newer-format');
  });

  it('cut short, or with fields of a wrong size, are damaged', () => {
    const encoded = encodeCapability(capability);
    for (let length = 0; length < encoded.length; length += 7) {
      expect(codeOf(() => decodeCapability(encoded.subarray(0, length)))).toBe('object-damaged');
    }
    const bad = { ...capability, keys: { ...capability.keys, hedge: made(31, 1) } };
    expect(codeOf(() => decodeCapability(encodeCapability(bad)))).toBe('object-damaged');
    expect(codeOf(() => decodeCapability(encodeCapability({ ...capability, repoId: made(17, 1) })))).toBe(
      'object-damaged',
    );
  });

  it('of another version are of a newer format', () => {
    const encoded = encodeCapability(capability);
    // Map of fifteen; key 0, value 1. Of suite 1, without what is there only later in a domain's life, it is a map of ten.
    expect([...encoded.subarray(0, 3)]).toEqual([0xaf, 0, 1]);
    const first: Capability = { ...capability, suite: 1, older: [], earlierKeyrings: [], writer: null, former: [] };
    expect(encodeCapability(first)[0]).toBe(0xaa);
    expect(decodeCapability(encodeCapability(first))).toEqual(first);
    encoded[2] = 2;
    expect(codeOf(() => decodeCapability(encoded))).toBe('newer-format');
  });
});

describe('blob ids', () => {
  const V = vectors<{ key: string; blobs: { kind: number; length: number; seed: number; ids: string[] }[] }>(
    'blob-ids.json',
  );
  const suites: Suite[] = [1, 2];
  const all = suites.flatMap((suite) =>
    V.blobs.map(({ ids, ...blob }) => ({ ...blob, suite, id: ids[suite - 1] ?? '' })),
  );

  it.each(all)('of suite $suite, kind $kind and $length bytes are those of the vectors', (blob) => {
    const ids = new BlobIds({ suite: blob.suite, key: bytes(V.key) });
    // Twice: one hash must leave nothing behind for the next.
    for (let i = 0; i < 2; i++) expect(hex(ids.of(blob.kind as BlobKind, made(blob.length, blob.seed)))).toBe(blob.id);
  });

  it.each(all)(
    'of suite $suite, kind $kind and $length bytes fit the same in both suites, and nothing else',
    (blob) => {
      const [kind, data, id] = [blob.kind as BlobKind, made(blob.length, blob.seed), bytes(blob.id)];
      for (const suite of suites) {
        const ids = new BlobIds({ suite, key: bytes(V.key) });
        expect(ids.fit(kind, data, id)).toBe(true);
        expect(ids.fit(kind, data, flipped(id, 31))).toBe(false);
        expect(ids.fit(kind, data, id.subarray(0, 16))).toBe(false);
        expect(ids.fit(kind === 1 ? 2 : 1, data, id)).toBe(false);
        expect(ids.fit(kind, made(blob.length + 1, blob.seed), id)).toBe(false);
        expect(new BlobIds({ suite, key: made(32, 1) }).fit(kind, data, id)).toBe(false);
      }
    },
  );

  it.each(suites)('of suite %i tell kinds apart, and need a kind', (suite) => {
    const ids = new BlobIds({ suite, key: made(32, 1) });
    const data = made(100, 2);
    const all = [BlobKind.data, BlobKind.tree, BlobKind.list].map((kind) => hex(ids.of(kind, data)));
    expect(new Set(all).size).toBe(3);
    expect(() => ids.of(9 as BlobKind, data)).toThrow(RangeError);
  });
});

describe('Padmé', () => {
  it('gives the lengths of the vectors', () => {
    for (const [length, padded] of vectors<{ lengths: [number, number][] }>('padme.json').lengths) {
      expect([length, padme(length)]).toEqual([length, padded]);
    }
  });

  it('keeps the highest bits of the length, as the paper defines it', () => {
    const bits = (n: bigint): bigint => BigInt(n.toString(2).length);
    fc.assert(
      fc.property(fc.bigInt({ min: 2n, max: 2n ** 47n }), (length) => {
        const e = bits(length) - 1n;
        const mask = (1n << (e - bits(e))) - 1n;
        const expected = e > bits(e) ? (length + mask) & ~mask : length;
        expect(BigInt(padme(Number(length)))).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it('costs at most 12 %, and is its own padding', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 2 ** 31 - 1 }), (length) => {
        const padded = padme(length);
        expect(padded).toBeGreaterThanOrEqual(length);
        expect(padded).toBeLessThan(length * 1.12 + 1);
        expect(padme(padded)).toBe(padded);
      }),
    );
  });

  it('has a floor of 64 KiB for objects and steps of powers of two for packs up to 8 MiB', () => {
    expect([0, 65_536, 65_537].map(paddedPlaintext)).toEqual([65_536, 65_536, padme(65_537)]);
    expect([1, 65_536, 65_537, 2 ** 23 - 1, 2 ** 23].map(paddedPack)).toEqual([
      65_536,
      65_536,
      131_072,
      2 ** 23,
      2 ** 23,
    ]);
    expect(paddedPack(2 ** 23 + 1)).toBe(padme(2 ** 23 + 1));
  });
});

describe('Hedge', () => {
  it('never repeats, and differs between threads and computers', () => {
    const seen = new Set<string>();
    for (const thread of [0, 1]) {
      const hedge = new Hedge(made(32, 1), thread);
      for (let i = 0; i < 500; i++) {
        const { salt, eseed } = hedge.draw(made(16, 2), new Uint8Array(0));
        expect([salt.length, eseed.length]).toEqual([32, 64]);
        seen.add(hex(salt)).add(hex(eseed));
        // The KEM's randomness must not follow from the salt, which stands in the clear.
        expect(hex(eseed)).not.toContain(hex(salt));
      }
    }
    expect(seen.size).toBe(2000);
  });
});
