import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  display,
  fromBytes,
  fromPath,
  fsPath,
  join,
  toBytes,
  type ByteString,
} from '../../main/engine/format/byte-path.ts';
import { decodeCbor, encodeCbor, type Cbor } from '../../main/engine/format/cbor.ts';
import { ed25519PublicKey, ed25519Sign } from '../../main/engine/format/keys.ts';
import { decodeRepoFile, encodeRepoFile, type RepoFile } from '../../main/engine/format/repo-file.ts';
import { decodeSegment, encodeSegment, type IndexSegment } from '../../main/engine/format/segment.ts';
import {
  decodeSnapshot,
  encodeSnapshot,
  MAX_SNAPSHOT_ERRORS,
  type Snapshot,
} from '../../main/engine/format/snapshot.ts';
import { codeOf, made } from '../support/format.ts';

const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const count = fc.maxSafeInteger().map(Math.abs);

/** Every field of a map in turn left out and replaced by values of other types; returns fields where nothing failed. */
function lenientFields(encoded: Uint8Array, decode: (bytes: Uint8Array) => unknown, wrong: Cbor[]): unknown[] {
  const map = decodeCbor(encoded, 'It') as Map<number | string, Cbor>;
  const lenient: unknown[] = [];
  for (const key of map.keys()) {
    const missing = new Map(map);
    missing.delete(key);
    if (codeOf(() => decode(encodeCbor(missing))) === null) lenient.push([key, 'missing']);
    for (const value of wrong) {
      const code = codeOf(() => decode(encodeCbor(new Map(map).set(key, value))));
      if (code === null || code === 'internal') lenient.push([key, value]);
    }
  }
  return lenient;
}
const WRONG: Cbor[] = [-1, 'text', new Uint8Array(3), [1], new Map<number, Cbor>([[1, 2]]), new Map()];

describe('index segments', () => {
  const segment: fc.Arbitrary<IndexSegment> = fc.record({
    adds: fc.array(
      fc.record({
        name: bytesOf(32),
        room: fc.constantFrom('p' as const, 'm' as const),
        size: count,
        header: fc.constantFrom(112, 1232).chain(bytesOf),
        table: fc.uint8Array(),
      }),
      { maxLength: 5 },
    ),
    doomed: fc.array(fc.record({ name: bytesOf(32), sinceMs: count }), { maxLength: 5 }),
    drops: fc.array(bytesOf(32), { maxLength: 5 }),
    forgotten: fc.array(fc.record({ sequence: count, hash: bytesOf(32) }), { maxLength: 5 }),
    replaces: fc.array(bytesOf(32), { maxLength: 5 }),
    lost: fc.array(fc.record({ room: fc.constantFrom('p', 'm', 'i', 's'), name: bytesOf(32) }), { maxLength: 5 }),
    lacking: fc.array(fc.record({ snapshot: bytesOf(32), entries: count }), { maxLength: 5 }),
  });

  it('come back as they were', () => {
    fc.assert(fc.property(segment, (s) => void expect(decodeSegment(encodeSegment(s))).toEqual(s)));
  });

  it('with fields of a wrong type or size, or cut short, are damaged', () => {
    const pack = { name: made(32, 1), room: 'p' as const, size: 5, header: made(112, 2), table: made(9, 3) };
    const encoded = encodeSegment({
      adds: [pack],
      doomed: [{ name: made(32, 4), sinceMs: 6 }],
      drops: [made(32, 5)],
      forgotten: [{ sequence: 7, hash: made(32, 8) }],
      replaces: [made(32, 9)],
      lost: [{ room: 's', name: made(32, 10) }],
      lacking: [{ snapshot: made(32, 11), entries: 12 }],
    });
    expect(lenientFields(encoded, decodeSegment, WRONG)).toEqual([
      // Not there in older ones; one time is what there is.
      [4, 'missing'],
      [4, [1]],
      [5, 'missing'],
      [6, 'missing'],
      [7, 'missing'],
      [8, 'missing'],
    ]);
    const withPack = (fields: Cbor[]): Uint8Array =>
      encodeCbor(new Map<number, Cbor>([[0, 1], [1, [fields]], [2, []], [3, []]])); // prettier-ignore
    const good: Cbor[] = [pack.name, 0, pack.size, pack.header, pack.table];
    expect(codeOf(() => decodeSegment(withPack(good)))).toBeNull();
    for (const [i, value] of [
      [0, made(31, 1)],
      [1, 'p'],
      [2, -5],
      [3, 'header'],
      [4, 1],
    ] as [number, Cbor][]) {
      expect(codeOf(() => decodeSegment(withPack(good.map((g, j) => (i === j ? value : g)))))).toBe('object-damaged');
    }
    for (let length = 0; length < encoded.length; length += 5) {
      expect(codeOf(() => decodeSegment(encoded.subarray(0, length)))).toBe('object-damaged');
    }
  });

  it('of before there were times, forgotten snapshots and replaced segments are read', () => {
    const old = encodeCbor(new Map<number, Cbor>([[0, 1], [1, []], [2, [made(32, 4)]], [3, []]])); // prettier-ignore
    expect(decodeSegment(old)).toEqual({
      adds: [],
      doomed: [{ name: made(32, 4), sinceMs: 0 }],
      drops: [],
      forgotten: [],
      replaces: [],
      lost: [],
      lacking: [],
    });
  });

  it('of another version, or with a room that is not known, are of a newer format', () => {
    const of = (version: number, room: number): Uint8Array =>
      encodeCbor(
        new Map<number, Cbor>([
          [0, version],
          [1, [[made(32, 1), room, 5, made(112, 2), made(9, 3)]]],
          [2, []],
          [3, []],
        ]),
      );
    expect(codeOf(() => decodeSegment(of(1, 1)))).toBeNull();
    expect(codeOf(() => decodeSegment(of(2, 1)))).toBe('newer-format');
    expect(codeOf(() => decodeSegment(of(1, 2)))).toBe('newer-format');
  });
});

const snapshotArbitrary: fc.Arbitrary<Snapshot> = fc.record({
  clientId: bytesOf(16),
  sequence: count,
  previous: fc.option(bytesOf(32)),
  live: fc.array(fc.record({ sequence: count, hash: bytesOf(32) }), { maxLength: 4 }),
  sources: fc.array(fc.uint8Array(), { maxLength: 4 }),
  root: bytesOf(32),
  startedMs: count,
  endedMs: count,
  stats: fc.record({
    files: count,
    folders: count,
    others: count,
    bytes: count,
    newFiles: count,
    changedFiles: count,
    unchangedFiles: count,
    removedFiles: count,
    readBytes: count,
    newBytes: count,
    storedBytes: count,
  }),
  errors: fc.array(fc.record({ path: fc.uint8Array(), reason: fc.string(), message: fc.string() }), { maxLength: 4 }),
  errorCount: count,
  partial: fc.boolean(),
  excludes: fc.array(fc.string(), { maxLength: 4 }),
  computerName: fc.string({ unit: 'grapheme' }),
  toolVersion: fc.string(),
  repoFile: bytesOf(32),
  domainEpoch: count,
  damaged: fc.array(bytesOf(32), { maxLength: 4 }),
  tags: fc.option(fc.array(fc.string(), { minLength: 1, maxLength: 4 }), { nil: undefined }),
});

describe('snapshots', () => {
  const one = fc.sample(snapshotArbitrary, { numRuns: 1, seed: 7 })[0];
  if (one === undefined) throw new Error('no sample');

  it('come back as they were', () => {
    fc.assert(fc.property(snapshotArbitrary, (s) => void expect(decodeSnapshot(encodeSnapshot(s))).toEqual(s)));
  });

  it('keep at most 10,000 errors, and their whole number', () => {
    const errors = Array.from({ length: MAX_SNAPSHOT_ERRORS + 5 }, () => ({
      path: made(3, 1),
      reason: 'denied',
      message: 'm',
    }));
    const back = decodeSnapshot(encodeSnapshot({ ...one, errors, errorCount: errors.length }));
    expect([back.errors.length, back.errorCount]).toEqual([MAX_SNAPSHOT_ERRORS, errors.length]);
  });

  it('with fields of a wrong type or size, or cut short, are damaged', () => {
    const encoded = encodeSnapshot(one);
    expect(lenientFields(encoded, decodeSnapshot, WRONG)).toEqual([
      // Text is what these are.
      [14, 'text'],
      [15, 'text'],
      // Not there in older ones.
      [19, 'missing'],
    ]);
    for (let length = 0; length < encoded.length; length += 11) {
      expect(codeOf(() => decodeSnapshot(encoded.subarray(0, length)))).toBe('object-damaged');
    }
  });

  it('of another version are of a newer format', () => {
    const map = decodeCbor(encodeSnapshot(one), 'It') as Map<number, Cbor>;
    expect(codeOf(() => decodeSnapshot(encodeCbor(new Map(map).set(0, 2))))).toBe('newer-format');
  });
});

describe('repo.json', () => {
  const seed = made(32, 1);
  const file: RepoFile = {
    repoId: made(16, 2),
    suite: 1,
    createdMs: 1_800_000_000_000,
    generation: 3,
    ownerPublicKey: ed25519PublicKey(seed),
    readFeatures: [],
    writeFeatures: [],
    chunker: 'gear-1',
    vault: null,
    retired: [made(16, 3)],
    writers: [{ clientId: made(16, 6), number: 2, token: made(16, 7) }],
    keyring: made(200, 4),
    replaces: made(32, 5),
  };
  interface Outer {
    payload: string;
    signature: string;
  }
  const outerOf = (encoded: Uint8Array): Outer => JSON.parse(Buffer.from(encoded).toString()) as Outer;
  const toFile = (outer: unknown): Uint8Array => new Uint8Array(Buffer.from(JSON.stringify(outer)));
  /** A file whose payload is changed and signed again by the same owner. */
  const signed = (change: (map: Map<string, Cbor>) => void, by = seed): Uint8Array => {
    const outer = outerOf(encodeRepoFile(file, seed));
    const map = decodeCbor(new Uint8Array(Buffer.from(outer.payload, 'base64')), 'It') as Map<string, Cbor>;
    change(map);
    const payload = encodeCbor(map);
    const message = Buffer.concat([Buffer.from('holdfast/v1/repo\0'), payload]);
    const base64 = (b: Uint8Array): string => Buffer.from(b).toString('base64');
    return toFile({ ...outer, payload: base64(payload), signature: base64(ed25519Sign(by, message)) });
  };

  it('comes back as it was, with its hash', () => {
    const encoded = encodeRepoFile(file, seed);
    const hash = new Uint8Array(createHash('sha256').update(encoded).digest());
    expect(decodeRepoFile(encoded)).toEqual({ ...file, bytes: encoded, hash });
    expect(codeOf(() => decodeRepoFile(signed(() => undefined)))).toBeNull();
  });

  it('with any byte of payload or signature changed is damaged', () => {
    const outer = outerOf(encodeRepoFile(file, seed));
    for (const field of ['payload', 'signature'] as const) {
      const raw = Buffer.from(outer[field], 'base64');
      for (let at = 0; at < raw.length; at++) {
        const changed = Buffer.from(raw);
        changed[at] = (changed[at] ?? 0) ^ 1;
        const bad = toFile({ ...outer, [field]: changed.toString('base64') });
        expect([field, at, codeOf(() => decodeRepoFile(bad))]).toEqual([field, at, 'object-damaged']);
      }
    }
  });

  it('signed by somebody who is not the owner inside is damaged', () => {
    expect(codeOf(() => decodeRepoFile(signed(() => undefined, made(32, 9))))).toBe('object-damaged');
  });

  it('that is no JSON, has no payload, or is far too long is damaged', () => {
    const outer = outerOf(encodeRepoFile(file, seed));
    const { payload: _, ...noPayload } = outer;
    for (const bad of [noPayload, { ...outer, signature: 5 }, { ...outer, payload: null }, null, 5, 'text', [], {}]) {
      expect(codeOf(() => decodeRepoFile(toFile(bad)))).toBe('object-damaged');
    }
    const encoded = encodeRepoFile(file, seed);
    for (const cut of [0, 1, 100, encoded.length - 3]) {
      expect(codeOf(() => decodeRepoFile(encoded.subarray(0, cut)))).toBe('object-damaged');
    }
    const long = Buffer.concat([encoded, Buffer.alloc(5 * 2 ** 20, ' ')]);
    expect(codeOf(() => decodeRepoFile(long))).toBe('object-damaged');
  });

  it.each<[string, (map: Map<string, Cbor>) => void]>([
    ['format', (m) => m.set('format', 2)],
    ['suite', (m) => m.set('suite', 3)],
    ['feature to read', (m) => m.set('read', ['sparse'])],
    ['feature to write', (m) => m.set('write', ['sparse'])],
    ['chunker', (m) => m.set('chunker', 'gear-2')],
  ])(
    'with a %s that is not known is of a newer format, where that is signed, and damaged where it is not',
    (_, change) => {
      expect(codeOf(() => decodeRepoFile(signed(change)))).toBe('newer-format');
      const changed = outerOf(signed(change));
      const original = outerOf(encodeRepoFile(file, seed));
      expect(codeOf(() => decodeRepoFile(toFile({ ...changed, signature: original.signature })))).toBe(
        'object-damaged',
      );
    },
  );

  it('with fields of a wrong type is damaged, though signed', () => {
    const cases: [string, Cbor | undefined][] = [
      ['magic', 'something else'],
      ['magic', undefined],
      ['repoId', made(15, 1)],
      ['repoId', 'text'],
      ['generation', -1],
      ['generation', '3'],
      ['created', null],
      ['owner', made(31, 1)],
      ['read', 'none'],
      ['write', [1]],
      ['retired', [made(15, 1)]],
      ['writers', [made(16, 1)]],
      ['writers', [[made(16, 1), 0, made(16, 2)]]],
      ['writers', [[made(16, 1), 65_536, made(16, 2)]]],
      ['writers', [[made(16, 1), 1, made(15, 2)]]],
      ['keyring', 'text'],
      ['keyring', undefined],
    ];
    for (const [key, value] of cases) {
      const bad = signed((m) => (value === undefined ? m.delete(key) : m.set(key, value)));
      expect([key, value, codeOf(() => decodeRepoFile(bad))]).toEqual([key, value, 'object-damaged']);
    }
  });

  it('carries the vault and refuses one that is malformed, though signed', () => {
    const vault = {
      vaultId: made(16, 5),
      recordId: made(32, 6),
      urls: ['https://a.example:8443'],
      fingerprint: made(32, 7),
    };
    const encoded = encodeRepoFile({ ...file, vault }, seed);
    expect(decodeRepoFile(encoded).vault).toEqual(vault);
    const map = (change: Record<string, Cbor>): Map<string, Cbor> =>
      new Map<string, Cbor>(
        Object.entries({
          id: vault.vaultId,
          record: vault.recordId,
          urls: vault.urls,
          fingerprint: vault.fingerprint,
          ...change,
        }),
      );
    expect(codeOf(() => decodeRepoFile(signed((m) => m.set('vault', map({ later: 1 })))))).toBeNull();
    expect(codeOf(() => decodeRepoFile(signed((m) => m.delete('vault'))))).toBeNull();
    const cases: Cbor[] = [
      'text',
      map({ id: made(15, 5) }),
      map({ record: made(33, 6) }),
      map({ fingerprint: null }),
      map({ urls: [] }),
      map({ urls: 'https://a.example' }),
      map({ urls: ['http://a.example'] }),
      map({ urls: ['https://a.example/path'] }),
      map({ urls: [`https://${'a'.repeat(300)}.example`] }),
      map({ urls: Array.from({ length: 17 }, () => 'https://a.example') }),
    ];
    for (const value of cases) {
      expect(codeOf(() => decodeRepoFile(signed((m) => m.set('vault', value))))).toBe('object-damaged');
    }
  });

  it('takes fields that it does not know, which later versions may add without harm', () => {
    expect(codeOf(() => decodeRepoFile(signed((m) => m.set('note', 'hello'))))).toBeNull();
  });
});

describe('byte paths', () => {
  it('keep every byte', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(new Uint8Array(toBytes(fromBytes(bytes)))).toEqual(bytes);
        expect(Buffer.from(fsPath(fromBytes(bytes)) as string, 'latin1')).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it('sort as bytes do', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
        const [x, y] = [fromBytes(a), fromBytes(b)];
        expect(x < y ? -1 : x > y ? 1 : 0).toBe(Buffer.compare(a, b));
      }),
    );
  });

  it('are given to the file system as text only where they are plain ASCII', () => {
    expect(fsPath(fromPath('/a b'))).toBe('/a b');
    expect(fsPath(fromPath('/é'))).toEqual(Buffer.from('/é'));
    expect(fsPath(fromBytes(Uint8Array.of(0x2f, 0xff)))).toEqual(Buffer.of(0x2f, 0xff));
  });

  it('are joined by one slash', () => {
    expect(join('/' as ByteString, 'a' as ByteString)).toBe('/a');
    expect(join('/a' as ByteString, 'b' as ByteString)).toBe('/a/b');
    expect(join('C:/' as ByteString, 'b' as ByteString)).toBe('C:/b');
  });

  it.each([
    ['plain', 'plain'],
    ['66c3bc72', 'für'],
    ['66ff72', 'f\\xffr'],
    ['c328', '\\xc3('],
    ['eda080', '\\xed\\xa0\\x80'],
    ['c0af', '\\xc0\\xaf'],
    ['f09f9880', '😀'],
    ['f09f98', '\\xf0\\x9f\\x98'],
    ['efbfbd', '\ufffd'],
    ['efbfbdff', '\ufffd\\xff'],
  ])('of the bytes %s are shown as %s', (hex, shown) => {
    const bytes = /^[0-9a-f]+$/.test(hex) ? Buffer.from(hex, 'hex') : Buffer.from(hex);
    expect(display(bytes)).toBe(shown);
  });

  it('are shown without loss of what is UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => void expect(display(Buffer.from(text))).toBe(text)),
    );
  });
});
