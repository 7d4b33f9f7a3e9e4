import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeBundle,
  encodeBundle,
  fingerprint,
  signBundle,
  verifyChain,
  type VaultBundle,
} from '../../vault/protocol/bundle.ts';
import { fromBase64url, toBase64url } from '../../vault/protocol/bytes.ts';
import { encodeCbor, type Cbor } from '../../vault/protocol/cbor.ts';
import type { Signer } from '../../vault/protocol/ecdsa.ts';
import { BundleChain, type SignedBundle } from '../../vault/protocol/messages.ts';
import { publicKeyOf, randomScalar } from '../../vault/protocol/p256.ts';
import {
  decodeFacts,
  encodeFacts,
  signFacts,
  verifyFacts,
  type Facts,
  type FactsKind,
} from '../../vault/protocol/receipt.ts';
import {
  fingerprintText,
  isOrigin,
  parseFingerprint,
  parseVaultUri,
  vaultUri,
} from '../../vault/protocol/vault-uri.ts';
import { protocolCode } from '../support/vault/opaque.ts';

/** A receipt key, as the token holds it. */
function receiptKey(): { publicKey: Uint8Array; sign: Signer } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x, y } = publicKey.export({ format: 'jwk' });
  const odd = (fromBase64url(y ?? '')[31] ?? 0) & 1;
  return {
    publicKey: Uint8Array.of(2 + odd, ...fromBase64url(x ?? '')),
    sign: (message) => Promise.resolve(signWith(privateKey, message)),
  };
}

const signWith = (key: KeyObject, message: Uint8Array): Uint8Array =>
  Uint8Array.from(sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' }));

const point = (): Uint8Array => publicKeyOf(randomScalar());
const one = receiptKey();
const two = receiptKey();

const first: VaultBundle = {
  vaultId: Uint8Array.from(randomBytes(16)),
  epoch: 1,
  suite: 'HKV1-P256-SHA256-A2ID',
  profile: 'A',
  oprfKey: point(),
  akeKey: point(),
  receiptKey: one.publicKey,
  maxAttempts: 10,
  embedded: false,
  sites: [{ name: 'north', url: 'https://north.example:8443', siteKey: point() }],
  tlsKeys: [Uint8Array.from(randomBytes(32))],
  inviteNeeded: true,
  previous: null,
  created: 1_790_000_000_000,
};
const firstBytes = encodeBundle(first);
const pinned = fingerprint(firstBytes);

const after = (previous: VaultBundle, change: Partial<VaultBundle> = {}): VaultBundle => ({
  ...previous,
  epoch: previous.epoch + 1,
  previous: fingerprint(encodeBundle(previous)),
  ...change,
});
const second = after(first, { receiptKey: two.publicKey });
const third = after(second);

async function chainOf(...links: [VaultBundle, Signer][]): Promise<SignedBundle[]> {
  return Promise.all(links.map(([bundle, by]) => signBundle(bundle, by)));
}
const none: SignedBundle = { bundle: '', signature: '' };
const good = (): Promise<SignedBundle[]> => chainOf([first, one.sign], [second, one.sign], [third, two.sign]);

describe('a bundle', () => {
  it('comes back as it was, and has one encoding', () => {
    expect(decodeBundle(firstBytes)).toEqual(first);
    const shuffled = Object.fromEntries(Object.entries(first).reverse()) as unknown as VaultBundle;
    expect(encodeBundle(shuffled)).toEqual(firstBytes);
  });

  it.each<[string, object]>([
    ['a field too many', { more: 1 }],
    ['another suite', { suite: 'HKV1-P256-SHA256-NONE' }],
    ['a profile that is not there', { profile: 'D' }],
    ['more than ten tries', { maxAttempts: 11 }],
    ['no tries', { maxAttempts: 0 }],
    ['a vault id of another size', { vaultId: new Uint8Array(15) }],
    ['an AKE key off the curve', { akeKey: Uint8Array.of(2, ...new Uint8Array(31), 1) }],
    ['the identity as receipt key', { receiptKey: new Uint8Array(33) }],
    ['profile A without an OPRF key', { oprfKey: null }],
    ['profile B with an OPRF key', { profile: 'B' }],
    ['no site', { sites: [] }],
    ['two sites of one name', { sites: [...first.sites, ...first.sites] }],
    ['a site without TLS', { sites: [{ ...first.sites[0], url: 'http://north.example' }] }],
    ['an address with a path', { sites: [{ ...first.sites[0], url: 'https://north.example/vault' }] }],
    ['an address with a user', { sites: [{ ...first.sites[0], url: 'https://me@north.example' }] }],
    ['epoch 0', { epoch: 0 }],
    ['epoch 2 with none before it', { epoch: 2 }],
    ['epoch 1 with one before it', { previous: new Uint8Array(32) }],
    ['a time before 1970', { created: -1 }],
    ['17 sites', { sites: longSites(17) }],
    ['more than 8,192 bytes', { sites: longSites(16), tlsKeys: Array.from({ length: 16 }, () => new Uint8Array(32)) }],
  ])('with %s is neither made nor taken', (_what, change) => {
    const bad = { ...first, ...change };
    expect(protocolCode(() => encodeBundle(bad))).toBe('malformed');
    expect(protocolCode(() => decodeBundle(encodeCbor(['HKV1', 'bundle', bad as unknown as Cbor])))).toBe('malformed');
  });

  it('may have long names and addresses', () => {
    const long = { ...first, sites: longSites(12) };
    expect(decodeBundle(encodeBundle(long))).toEqual(long);
  });

  it('junk, a receipt and a bent bundle are none', () => {
    for (const head of [
      ['HKV1', 'receipt'],
      ['HKV2', 'bundle'],
    ]) {
      const named = encodeCbor([...head, first as unknown as Cbor]);
      expect(protocolCode(() => decodeBundle(named))).toBe('malformed');
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (junk) => {
        expect(protocolCode(() => decodeBundle(junk))).toBe('malformed');
      }),
    );
    expect(protocolCode(() => decodeBundle(encodeFacts('receipt', samples.receipt)))).toBe('malformed');
    expect(protocolCode(() => decodeBundle(firstBytes.subarray(0, firstBytes.length - 1)))).toBe('malformed');
    expect(protocolCode(() => decodeBundle(Buffer.concat([firstBytes, Uint8Array.of(0)])))).toBe('malformed');
  });
});

/** Valid but for their length, 16 of them or more. */
function longSites(count: number): VaultBundle['sites'] {
  const url = `https://${`${'a'.repeat(59)}.`.repeat(4)}example`;
  return Array.from({ length: count }, (_, i) => ({ name: `${'\u20ac'.repeat(62)}${i}`, url, siteKey: point() }));
}

describe('the chain', () => {
  it('leads from the pinned bundle to the newest', async () => {
    const chain = await good();
    expect(BundleChain.safeParse({ chain }).success).toBe(true);
    expect(verifyChain(chain, pinned)).toEqual(third);
    expect(verifyChain(chain.slice(0, 1), pinned)).toEqual(first);
    expect(verifyChain(chain, pinned, { minEpoch: 3 })).toEqual(third);
  });

  it('may begin at a later bundle that was pinned', async () => {
    const chain = await good();
    const later = fingerprint(encodeBundle(second));
    expect(verifyChain(chain, later)).toEqual(third);
    expect(verifyChain(chain.slice(1), later)).toEqual(third);
  });

  it.each<[string, () => Promise<SignedBundle[]>]>([
    ['is empty', () => Promise.resolve([])],
    ['does not hold the pinned bundle', async () => (await good()).slice(1)],
    ['is of another vault with the same address', async () => chainOf([after({ ...first }, {}), one.sign])],
    ['has a first bundle that is not signed by itself', () => chainOf([first, two.sign])],
    ['lacks a link', async () => (await good()).filter((_, i) => i !== 1)],
    ['is in another order', async () => (await good()).map((_, i, all) => all[[0, 2, 1][i] ?? 0] ?? none)],
    ['has a successor signed by its own new key', () => chainOf([first, one.sign], [second, two.sign])],
    [
      'has a third one signed by the first key',
      () => chainOf([first, one.sign], [second, one.sign], [third, one.sign]),
    ],
    [
      'has a successor of another bundle',
      () => chainOf([first, one.sign], [{ ...second, previous: new Uint8Array(32) }, one.sign]),
    ],
    ['skips an epoch', () => chainOf([first, one.sign], [after(first, { epoch: 3 }), one.sign])],
    ['stays in an epoch', () => chainOf([first, one.sign], [{ ...second, epoch: 2, previous: pinned }, two.sign])],
    [
      'goes over to another vault',
      () => chainOf([first, one.sign], [after(first, { vaultId: new Uint8Array(16) }), one.sign]),
    ],
    ['turns into an embedded vault', () => chainOf([first, one.sign], [after(first, { embedded: true }), one.sign])],
  ])('that %s is refused', async (_what, make) => {
    const chain = await make();
    expect(protocolCode(() => verifyChain(chain, pinned))).toBe('not-the-vault');
  });

  it('that ends before what the client has seen is refused', async () => {
    const chain = (await good()).slice(0, 2);
    expect(protocolCode(() => verifyChain(chain, pinned, { minEpoch: 3 }))).toBe('not-the-vault');
  });

  it('with any bent byte is refused', async () => {
    const chain = await good();
    const last = chain[2] ?? none;
    for (const field of ['bundle', 'signature'] as const) {
      const value = fromBase64url(last[field]);
      for (let i = 0; i < value.length; i += 5) {
        const bent = value.slice();
        bent[i] = (bent[i] ?? 0) ^ 1;
        const shown = [...chain.slice(0, 2), { ...last, [field]: toBase64url(bent) }];
        expect(protocolCode(() => verifyChain(shown, pinned))).toMatch(/^(not-the-vault|malformed)$/);
      }
    }
  });

  it('has at most 64 bundles', async () => {
    const bundles = [first];
    for (let i = 1; i < 65; i++) bundles.push(after(bundles[i - 1] ?? first));
    const chain = await chainOf(...bundles.map((bundle): [VaultBundle, Signer] => [bundle, one.sign]));
    expect(verifyChain(chain.slice(0, 64), pinned).epoch).toBe(64);
    expect(protocolCode(() => verifyChain(chain, pinned))).toBe('not-the-vault');
  });
});

const ids = { recordId: new Uint8Array(32).fill(1), requestId: new Uint8Array(16).fill(2) };
const samples: { [K in FactsKind]: Facts<K> } = {
  'login-facts': {
    recordId: ids.recordId,
    loginId: ids.requestId,
    used: 3,
    limit: 10,
    version: 1,
    logIndex: 77,
    serviceMs: 123_456,
  },
  'refusal-facts': { ...ids, code: 'delayed', used: 5, limit: 10, waitMs: 300_000, logIndex: 78 },
  'status-facts': {
    ...ids,
    state: 'live',
    used: 0,
    limit: 10,
    lifetime: 4,
    lifetimeLimit: 100,
    waitMs: 0,
    version: 2,
    registrations: 2,
    logIndex: 79,
    serviceMs: 5,
  },
  receipt: { ...ids, type: 'regExpose', version: 2, logIndex: 80, head: new Uint8Array(32).fill(9), serviceMs: 6 },
};
const kinds = Object.keys(samples) as FactsKind[];

describe.each(kinds)('%s', (kind) => {
  it('comes back from its signed form, and only with the right key', async () => {
    const signed = await signFacts(kind, samples[kind], one.sign);
    expect(verifyFacts(kind, signed, one.publicKey)).toEqual(samples[kind]);
    expect(protocolCode(() => verifyFacts(kind, signed, two.publicKey))).toBe('bad-signature');
  });

  it('is never taken for another kind, though signed', async () => {
    const signed = await signFacts(kind, samples[kind], one.sign);
    for (const other of kinds.filter((k) => k !== kind)) {
      expect(protocolCode(() => verifyFacts(other, signed, one.publicKey))).toBe('malformed');
    }
  });

  it('with any bent byte is refused', async () => {
    const signed = await signFacts(kind, samples[kind], one.sign);
    const payload = fromBase64url(signed.payload);
    for (let i = 0; i < payload.length; i += 7) {
      const bent = payload.slice();
      bent[i] = (bent[i] ?? 0) ^ 4;
      const shown = { ...signed, payload: toBase64url(bent) };
      expect(protocolCode(() => verifyFacts(kind, shown, one.publicKey))).toBe('bad-signature');
    }
  });

  it('refuses a field too many, one too few, and counts below 0', () => {
    const facts: object = samples[kind];
    const encoded = (value: object) => encodeCbor(['HKV1', kind, value as unknown as Cbor]);
    expect(protocolCode(() => decodeFacts(kind, encoded(facts)))).toBeNull();
    expect(protocolCode(() => decodeFacts(kind, encodeCbor(['HKV1', 'other', facts as Cbor])))).toBe('malformed');
    expect(protocolCode(() => decodeFacts(kind, encodeCbor(['HKV2', kind, facts as Cbor])))).toBe('malformed');
    expect(protocolCode(() => decodeFacts(kind, encoded({ ...facts, more: 1 })))).toBe('malformed');
    expect(protocolCode(() => decodeFacts(kind, encoded({ ...facts, logIndex: -1 })))).toBe('malformed');
    const less = Object.fromEntries(Object.entries(facts).slice(1));
    expect(protocolCode(() => decodeFacts(kind, encoded(less)))).toBe('malformed');
  });
});

describe('fingerprints for people', () => {
  const known = Uint8Array.from({ length: 32 }, (_, i) => i);
  const text = '000G-40R4-0M30-E209-185G-R38E-1W81-24GK-2GAH-C5RR-34D1-P70X-3RFG';

  it('are 13 groups of Crockford base 32', () => {
    expect(fingerprintText(new Uint8Array(32).fill(255))).toBe(`${'ZZZZ-'.repeat(12)}ZZZG`);
    expect(fingerprintText(new Uint8Array(32))).toBe(`${'0000-'.repeat(12)}0000`);
    expect(fingerprintText(known)).toBe(text);
    expect(parseFingerprint(text)).toEqual(known);
  });

  it('come back, however they are typed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (hash) => {
        const typed = fingerprintText(hash);
        expect(parseFingerprint(typed)).toEqual(hash);
        expect(parseFingerprint(typed.toLowerCase().replaceAll('-', ' \n'))).toEqual(hash);
        expect(parseFingerprint(typed.replaceAll('0', 'o').replaceAll('1', 'l'))).toEqual(hash);
        expect(parseFingerprint(typed.replaceAll('1', 'I').replaceAll('-', '\u2013'))).toEqual(hash);
        expect(parseFingerprint(Buffer.from(hash).toString('hex'))).toEqual(hash);
      }),
    );
  });

  it.each([
    ['empty', ''],
    ['a character short', text.slice(1)],
    ['a character too long', `${text}0`],
    ['with U, which is none of the alphabet', `U${text.slice(1)}`],
    ['with bits left over', `${'0'.repeat(51)}1`],
    ['63 hexadecimal digits', 'a'.repeat(63)],
  ])('%s is refused', (_what, typed) => {
    expect(protocolCode(() => parseFingerprint(typed))).toBe('malformed');
  });
});

describe('the address of a vault', () => {
  const hash = new Uint8Array(32).fill(0xab);
  const urls = ['https://north.example:8443', 'https://south.example'];

  it('comes back, also in lower case', () => {
    const uri = vaultUri(hash, urls);
    expect(uri).toMatch(/^[0-9A-Z $%*+\-./:]+$/);
    expect(parseVaultUri(uri)).toEqual({ fingerprint: hash, urls });
    expect(parseVaultUri(` ${uri.toLowerCase()}\n`)).toEqual({ fingerprint: hash, urls });
  });

  it.each([
    ['another kind of code', 'HOLDFAST:KEY:V1:00:00'],
    ['without an address', vaultUri(hash, urls).split(':').slice(0, 4).join(':')],
    ['with an empty address', `${vaultUri(hash, urls)}+`],
    ['without TLS', vaultUri(hash, urls).replace('HTTPS', 'HTTP')],
    ['with a path', `${vaultUri(hash, urls)}/X`],
  ])('%s is refused', (_what, uri) => {
    expect(protocolCode(() => parseVaultUri(uri))).toBe('malformed');
  });

  it('is an origin of https and nothing else', () => {
    expect(['https://a.example', 'https://127.0.0.1:4000', 'https://[::1]:4000'].every(isOrigin)).toBe(true);
    const bad = [
      'https://a.example/',
      'https://a.example:443',
      'ftp://a.example',
      'https://A.example',
      'a.example',
      '',
    ];
    expect(bad.filter(isOrigin)).toEqual([]);
    expect(protocolCode(() => vaultUri(hash, []))).toBe('malformed');
  });
});
