import { describe, expect, it } from 'vitest';
import {
  HEADER_BYTES,
  Kind,
  openHeader,
  parseHeader,
  SEALED_HEADER_BYTES,
  sealHeader,
  tableKey,
  type SealOptions,
} from '../../main/engine/format/envelope.ts';
import { openInto, positionNonce, seal } from '../../main/engine/format/gcm.ts';
import { openObject, sealObject, SEGMENT_BYTES } from '../../main/engine/format/object.ts';
import type { Suite } from '../../main/engine/format/suite.ts';
import { encapsulate, readerKeyPair } from '../../main/engine/format/reader-key.ts';
import { bytes, codeOf, flipped, made, sha256Hex, vectors } from '../support/format.ts';

const V = vectors<{
  repoId: string;
  clientId: string;
  metaKey: string;
  objects: {
    suite: Suite;
    size: number;
    dataSeed: number;
    salt: string;
    header: string;
    length: number;
    sha256: string;
  }[];
  sealed: {
    readerSeed: string;
    readerPublicKeySha256: string;
    eseed: string;
    salt: string;
    headerSha256: string;
    key: string;
    aad: string;
    tableKey: string;
    blockSeed: number;
    blockLength: number;
    blockIndex: number;
    block: string;
  };
}>('envelope.json');

const repoId = bytes(V.repoId);
const clientId = bytes(V.clientId);
const metaKey = bytes(V.metaKey);
const pair = readerKeyPair(bytes(V.sealed.readerSeed));
const options = (salt = made(32, 1), suite: Suite = 1): SealOptions => ({
  suite,
  kind: Kind.snapshot,
  epoch: 7,
  repoId,
  clientId,
  salt,
  to: { key: metaKey },
});
const toReader = (): SealOptions => ({
  ...options(),
  kind: Kind.dataPack,
  to: { readerPublicKey: pair.publicKey, eseed: made(64, 2) },
});
const open = (stored: Uint8Array, secret: Uint8Array = metaKey, kind: number = Kind.snapshot): Uint8Array =>
  openObject(stored, kind, 'An object', () => secret).data;

describe('objects', () => {
  it('takes no epoch that its 32 bits do not hold', () => {
    for (const epoch of [-1, 1.5, 2 ** 32, 2 ** 32 + 7]) {
      expect(() => sealObject({ ...options(), epoch }, made(10, 2))).toThrow(RangeError);
    }
    expect(parseHeader(sealObject({ ...options(), epoch: 2 ** 32 - 1 }, made(10, 2)), 'x').epoch).toBe(2 ** 32 - 1);
  });

  it.each(V.objects)('of suite $suite and $size bytes are what FORMAT.md says', (object) => {
    const { suite, size, dataSeed, salt, header, length, sha256 } = object;
    const data = made(size, dataSeed);
    const stored = sealObject(options(bytes(salt), suite), data);
    expect(parseHeader(stored, 'It').suite).toBe(suite);
    expect(Buffer.from(stored.subarray(0, HEADER_BYTES)).toString('hex')).toBe(header);
    expect(stored.length).toBe(length);
    expect(sha256Hex(stored)).toBe(sha256);
    expect(Buffer.compare(open(stored), data)).toBe(0);
  });

  it('are never smaller than 64 KiB', () => {
    expect(sealObject(options(), new Uint8Array(0)).length).toBe(HEADER_BYTES + 65_536 + 16);
  });

  it('with any byte of the header turned over do not open, or are of a newer format', () => {
    const stored = sealObject(options(), made(100, 3));
    for (let at = 0; at < HEADER_BYTES; at++) {
      for (const bit of [1, 0x80]) {
        const code = codeOf(() => open(flipped(stored, at, bit)));
        // Version, suite and flags come before the key: what they say cannot be told from a newer format.
        expect([at, code]).toEqual([
          at,
          [8, 9].includes(at) || (at === 11 && bit !== 1) ? 'newer-format' : 'object-damaged',
        ]);
      }
    }
  });

  it('with any byte after the header turned over do not open', () => {
    const stored = sealObject(options(), made(300_000, 4));
    const segments = [HEADER_BYTES, HEADER_BYTES + SEGMENT_BYTES + 16];
    const places = segments.flatMap((at) => [at, at + 1, at + 7, at + 8, at + 9, at + 5000]);
    for (let tag = 1; tag <= 16; tag++) places.push(stored.length - tag, HEADER_BYTES + SEGMENT_BYTES + tag - 1);
    places.push(stored.length - 17);
    for (const at of places) expect([at, codeOf(() => open(flipped(stored, at)))]).toEqual([at, 'object-damaged']);
  });

  it('turned over anywhere in 64 KiB do not open', { timeout: 60_000 }, () => {
    const stored = sealObject(options(), made(10, 5));
    const copy = stored.slice();
    // Every byte of 64 KiB, with a stride that is prime.
    for (let at = HEADER_BYTES; at < stored.length; at += 127) {
      copy[at] = (copy[at] ?? 0) ^ 0x10;
      expect(codeOf(() => open(copy))).toBe('object-damaged');
      copy[at] = (copy[at] ?? 0) ^ 0x10;
    }
    expect(open(copy)).toEqual(made(10, 5));
  });

  it('do not open with another key, and the commitment says so before anything is decrypted', () => {
    const stored = sealObject(options(), made(100, 6));
    const header = parseHeader(stored, 'An object');
    expect(openHeader(header, metaKey)).not.toBeNull();
    expect(openHeader(header, made(32, 7))).toBeNull();
    expect(codeOf(() => open(stored, made(32, 7)))).toBe('object-damaged');
    expect(codeOf(() => openObject(stored, Kind.snapshot, 'An object', () => null))).toBe('object-damaged');
  });

  it('do not open for a key that the tag would accept and the commitment does not', () => {
    // The key is right, the commitment is another's: a ciphertext made for two keys ends here.
    const { header, key, aad } = sealHeader(options());
    const forged = flipped(header, 90);
    const opened = openHeader(parseHeader(forged, 'An object'), metaKey);
    expect(opened).toBeNull();
    expect(openHeader(parseHeader(header, 'An object'), metaKey)).toEqual({ key, aad });
  });

  it('cut short anywhere do not open', () => {
    const stored = sealObject(options(), made(600_000, 8));
    const stride = SEGMENT_BYTES + 16;
    const lengths = [0, 1, 8, 111, HEADER_BYTES, HEADER_BYTES + 15, HEADER_BYTES + 16, HEADER_BYTES + stride];
    for (const length of [...lengths, HEADER_BYTES + 2 * stride, stored.length - 1, stored.length - 16]) {
      expect([length, codeOf(() => open(stored.subarray(0, length)))]).toEqual([length, 'object-damaged']);
    }
    expect(codeOf(() => open(Buffer.concat([stored, new Uint8Array(1)])))).toBe('object-damaged');
    expect(codeOf(() => open(Buffer.concat([stored, stored.subarray(-stride)])))).toBe('object-damaged');
  });

  it('with segments in another order do not open', () => {
    const stored = sealObject(options(), made(700_000, 9));
    const stride = SEGMENT_BYTES + 16;
    const segment = (i: number): Uint8Array =>
      stored.subarray(HEADER_BYTES + i * stride, HEADER_BYTES + (i + 1) * stride);
    expect(segment(1).length).toBe(stride);
    const swapped = Buffer.concat([stored.subarray(0, HEADER_BYTES), segment(1), segment(0), segment(2)]);
    expect(swapped.length).toBe(stored.length);
    expect(codeOf(() => open(swapped))).toBe('object-damaged');
    const repeated = Buffer.concat([stored.subarray(0, HEADER_BYTES), segment(0), segment(0), segment(2)]);
    expect(codeOf(() => open(repeated))).toBe('object-damaged');
  });

  it('do not take the segments of another object of the same key', () => {
    const data = made(100, 10);
    const one = sealObject(options(made(32, 11)), data);
    const other = sealObject(options(made(32, 12)), data);
    const mixed = Buffer.concat([one.subarray(0, HEADER_BYTES), other.subarray(HEADER_BYTES)]);
    expect(codeOf(() => open(mixed))).toBe('object-damaged');
  });

  it('are refused in the place of another kind', () => {
    const stored = sealObject(options(), made(100, 13));
    expect(codeOf(() => open(stored, metaKey, Kind.indexSegment))).toBe('object-damaged');
  });

  it('whose padding is longer than it must be are refused', () => {
    const { header, key, aad } = sealHeader(options());
    for (const length of [65_536, 66_000, 131_072]) {
      const plaintext = new Uint8Array(length);
      const stored = Buffer.concat([header, seal(key, positionNonce(0, true), aad, plaintext)]);
      expect([length, codeOf(() => open(stored))]).toEqual([length, length === 65_536 ? null : 'object-damaged']);
    }
    const tooLong = new Uint8Array(65_536);
    new DataView(tooLong.buffer).setBigUint64(0, 65_529n);
    const stored = Buffer.concat([header, seal(key, positionNonce(0, true), aad, tooLong)]);
    expect(codeOf(() => open(stored))).toBe('object-damaged');
    new DataView(tooLong.buffer).setBigUint64(0, 0xffff_ffff_ffff_ffffn);
    const huge = Buffer.concat([header, seal(key, positionNonce(0, true), aad, tooLong)]);
    expect(codeOf(() => open(huge))).toBe('object-damaged');
  });
});

describe('data packs, sealed to the reader', () => {
  it('are what FORMAT.md says', () => {
    const s = V.sealed;
    expect(sha256Hex(pair.publicKey)).toBe(s.readerPublicKeySha256);
    const sealed = sealHeader({
      suite: 2,
      kind: Kind.dataPack,
      epoch: 0,
      repoId,
      clientId,
      salt: bytes(s.salt),
      to: { readerPublicKey: pair.publicKey, eseed: bytes(s.eseed) },
    });
    expect(sealed.header.length).toBe(SEALED_HEADER_BYTES);
    expect(sha256Hex(sealed.header)).toBe(s.headerSha256);
    expect(sealed.key).toEqual(bytes(s.key));
    expect(sealed.aad).toEqual(bytes(s.aad));
    expect(tableKey({ salt: bytes(s.salt) }, sealed.aad, metaKey)).toEqual(bytes(s.tableKey));
    const plaintext = made(s.blockLength, s.blockSeed);
    const block = seal(sealed.key, positionNonce(s.blockIndex, true), sealed.aad, plaintext);
    expect(block).toEqual(Buffer.from(bytes(s.block)));
    const opened = openHeader(parseHeader(sealed.header, 'A pack'), pair.secretKey);
    expect(opened).toEqual({ key: bytes(s.key), aad: bytes(s.aad) });
  });

  it('open with the reader’s secret key, and with nothing that a computer that backs up has', () => {
    const { header, key } = sealHeader(toReader());
    const parsed = parseHeader(header, 'A pack');
    expect(openHeader(parsed, pair.secretKey)?.key).toEqual(key);
    for (const secret of [metaKey, pair.publicKey.subarray(0, 32), made(32, 20), new Uint8Array(32)]) {
      expect(openHeader(parsed, secret)).toBeNull();
    }
  });

  it('whose flag says that they are not sealed to the reader do not open with the meta key', () => {
    const { header } = sealHeader(toReader());
    const parsed = parseHeader(flipped(header, 11), 'A pack');
    expect(parsed.sealed).toBe(false);
    expect(openHeader(parsed, metaKey)).toBeNull();
  });

  it('with any byte of the header turned over do not open, or are of a newer format', { timeout: 60_000 }, () => {
    const { header } = sealHeader(toReader());
    const places = [...Array(HEADER_BYTES).keys()];
    for (let at = HEADER_BYTES; at < SEALED_HEADER_BYTES; at += 151) places.push(at);
    for (const at of [...places, 1087 + HEADER_BYTES, 1088 + HEADER_BYTES, SEALED_HEADER_BYTES - 1]) {
      const changed = flipped(header, at);
      const code = codeOf(() => {
        const parsed = parseHeader(changed, 'A pack');
        if (openHeader(parsed, parsed.sealed ? pair.secretKey : metaKey) !== null) expect.fail(`byte ${at}`);
      });
      if (code !== null) expect([at, code]).toEqual([at, at === 8 || at === 9 ? 'newer-format' : 'object-damaged']);
    }
  });

  it('cut inside the KEM ciphertext are damaged', () => {
    const { header } = sealHeader(toReader());
    expect(codeOf(() => parseHeader(header.subarray(0, SEALED_HEADER_BYTES - 1), 'A pack'))).toBe('object-damaged');
  });

  it('of another encapsulation share neither key nor associated data', () => {
    const other = { ...toReader(), to: { readerPublicKey: pair.publicKey, eseed: made(64, 21) } };
    const one = sealHeader(toReader());
    const two = sealHeader(other);
    expect(one.key).not.toEqual(two.key);
    expect(one.aad).not.toEqual(two.aad);
    expect(encapsulate(pair.publicKey, made(64, 2)).ciphertext).toEqual(one.header.slice(HEADER_BYTES));
  });
});

describe('openInto', () => {
  it('leaves no plaintext behind where the tag is wrong', () => {
    const key = made(32, 30);
    const plaintext = made(300_000, 31);
    const sealed = seal(key, positionNonce(0, true), new Uint8Array(32), plaintext);
    const target = new Uint8Array(300_000).fill(0xaa);
    const wrong = flipped(sealed, 299_999);
    expect(codeOf(() => openInto(key, positionNonce(0, true), new Uint8Array(32), wrong, target, 0, 'x'))).toBe(
      'object-damaged',
    );
    expect(target.every((byte) => byte === 0)).toBe(true);
  });

  it('refuses what is shorter than a tag, and a target that is too small', () => {
    const key = made(32, 30);
    const nonce = positionNonce(0, true);
    for (const length of [0, 15]) {
      const short = new Uint8Array(length);
      expect(codeOf(() => openInto(key, nonce, key, short, new Uint8Array(99), 0, 'x'))).toBe('object-damaged');
    }
    const sealed = seal(key, nonce, key, made(10, 1));
    expect(codeOf(() => openInto(key, nonce, key, sealed, new Uint8Array(9), 0, 'x'))).toBe('object-damaged');
  });
});

describe('positionNonce', () => {
  it('differs for every position and for the last one', () => {
    expect(Buffer.from(positionNonce(0x01020304, false)).toString('hex')).toBe('000000000000000102030400');
    expect(Buffer.from(positionNonce(0xffffffff, true)).toString('hex')).toBe('00000000000000ffffffff01');
    const seen = new Set<string>();
    for (let i = 0; i < 1000; i++) {
      for (const last of [false, true]) seen.add(Buffer.from(positionNonce(i, last)).toString('hex'));
    }
    expect(seen.size).toBe(2000);
  });
});
