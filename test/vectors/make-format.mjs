/**
 * Writes labels.json, padme.json, blob-ids.json and envelope.json beside this file, straight from FORMAT.md. It shares
 * no code with the product: HKDF is node:crypto's, X-Wing is put together here from ML-KEM-768, X25519 and SHA-3, and
 * Padmé is computed with integers of any size. Run: node test/vectors/make-format.mjs
 *
 * Bytes `made(n, seed)`: AES-256-CTR keystream under SHA-256(seed as decimal text), counter 0.
 */
import {
  createCipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
} from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { blake3 } from '@noble/hashes/blake3.js';
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';

const hex = (bytes) => Buffer.from(bytes).toString('hex');
const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest();
const hmac = (key, ...parts) => createHmac('sha256', key).update(Buffer.concat(parts)).digest();
const made = (length, seed) =>
  createCipheriv('aes-256-ctr', sha256(Buffer.from(String(seed))), Buffer.alloc(16)).update(Buffer.alloc(length));
const be = (value, bytes) => Buffer.from(BigInt(value).toString(16).padStart(bytes * 2, '0'), 'hex');

/** HKDF-Expand alone, to 32 bytes. */
const expand = (prk, text) => hmac(prk, text, Buffer.of(1));
/** HKDF with SHA-256 and an output of 32 bytes (RFC 5869): Extract and Expand in one call. */
const hkdf = (ikm, salt, info) => Buffer.from(hkdfSync('sha256', ikm, salt, info, 32));

function write(name, value) {
  writeFileSync(new URL(name, import.meta.url), `${JSON.stringify(value, null, 2)}\n`);
}

// --- labels

const rootKey = made(32, 1);
const repoId = made(16, 2);
const clientId = made(16, 3);
const info = (label, client) => Buffer.concat([Buffer.from(`holdfast/v1/${label}\0`), client]);
const ofRepository = ['reader', 'repo-owner', 'vault-owner', 'keyring'];
const ofClient = ['meta', 'hedge', 'local-cache', 'blob-id', 'chunker'];
const keys = Object.fromEntries([
  ...ofRepository.map((label) => [label, hkdf(rootKey, repoId, info(label, Buffer.alloc(0)))]),
  ...ofClient.map((label) => [label, hkdf(rootKey, repoId, info(label, clientId))]),
]);
const pkcs8 = (oid, seed) => Buffer.concat([Buffer.from(`302e020100300506032b65${oid}04220420`, 'hex'), seed]);
const privateKey = (oid, seed) => createPrivateKey({ key: pkcs8(oid, seed), format: 'der', type: 'pkcs8' });
const publicBytes = (key) => createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32);

write('labels.json', {
  about: 'Keys of epoch 0, by make-format.mjs',
  rootKey: hex(rootKey),
  repoId: hex(repoId),
  clientId: hex(clientId),
  keys: Object.fromEntries(Object.entries(keys).map(([label, key]) => [label, hex(key)])),
  repoOwnerPublicKey: hex(publicBytes(privateKey('70', keys['repo-owner']))),
});

// --- Padmé

/** Nikitin et al., algorithm 1: keep the highest bits of the length. */
function padme(length) {
  const l = BigInt(length);
  const bits = (n) => BigInt(n.toString(2).length);
  const e = bits(l) - 1n;
  const s = bits(e);
  const lastBits = e - s;
  const mask = (1n << lastBits) - 1n;
  return (l + mask) & ~mask;
}

const lengths = new Set([2, 3, 9, 65_536, 65_537, 100_000, 262_152, 1_000_000, 8_388_609, 67_108_865, 10 ** 12]);
for (let bit = 2; bit <= 46; bit += 4) for (const by of [-1, 0, 1]) lengths.add(2 ** bit + by);
write('padme.json', {
  about: 'Length and padded length, by make-format.mjs',
  lengths: [...lengths].sort((a, b) => a - b).map((length) => [length, Number(padme(length))]),
});

// --- blob ids

write('blob-ids.json', {
  about:
    'ids: suite 1 HMAC-SHA-256(blob-id key, kind || plaintext), suite 2 BLAKE3(K(blob-id key, "blob-kind", kind), plaintext), by make-format.mjs; plaintext = made(length, seed)',
  key: hex(keys['blob-id']),
  blobs: [
    [1, 0],
    [1, 1],
    [1, 262_144],
    [2, 1],
    [2, 5000],
    [3, 64],
  ].map(([kind, length]) => ({
    kind,
    length,
    seed: 100 + kind,
    ids: [
      hex(hmac(keys['blob-id'], be(kind, 1), made(length, 100 + kind))),
      hex(blake3(made(length, 100 + kind), { key: expand(keys['blob-id'], info('blob-kind', be(kind, 1))) })),
    ],
  })),
});

// --- envelope

/** X-Wing (draft-connolly-cfrg-xwing-kem-10), sections 5.2 to 5.4, from its parts. */
function xwing(seed, eseed) {
  const expanded = createHash('shake256', { outputLength: 96 }).update(seed).digest();
  const mlkem = ml_kem768.keygen(new Uint8Array(expanded.subarray(0, 64)));
  const x25519 = privateKey('6e', expanded.subarray(64));
  const publicKey = Buffer.concat([mlkem.publicKey, publicBytes(x25519)]);
  const inner = ml_kem768.encapsulate(mlkem.publicKey, new Uint8Array(eseed.subarray(0, 32)));
  const ephemeral = privateKey('6e', eseed.subarray(32));
  const shared = diffieHellman({ privateKey: ephemeral, publicKey: createPublicKey(x25519) });
  const ephemeralPublic = publicBytes(ephemeral);
  const label = Buffer.from('5c2e2f2f5e5c', 'hex');
  return {
    publicKey,
    ciphertext: Buffer.concat([inner.cipherText, ephemeralPublic]),
    shared: createHash('sha3-256')
      .update(Buffer.concat([inner.sharedSecret, shared, ephemeralPublic, publicBytes(x25519), label]))
      .digest(),
  };
}

function sealHeader({ suite, kind, epoch, salt, ikm, ciphertext }) {
  const prefix = Buffer.concat([
    Buffer.from('HOLDFAST'),
    Buffer.of(1, suite, kind, ciphertext.length > 0 ? 1 : 0),
    be(epoch, 4),
    repoId,
    clientId,
    salt,
  ]);
  const h = sha256(prefix, ciphertext);
  const key = hkdf(ikm, salt, Buffer.concat([Buffer.from('holdfast/v1/key'), h]));
  const commitment = hkdf(ikm, salt, Buffer.concat([Buffer.from('holdfast/v1/commit'), h]));
  const header = Buffer.concat([prefix, commitment, ciphertext]);
  return { header, key, aad: sha256(header) };
}

function sealSegment({ key, aad }, index, last, plaintext) {
  const nonce = Buffer.concat([Buffer.alloc(7), be(index, 4), Buffer.of(last ? 1 : 0)]);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(aad);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

const SEGMENT = 262_144;

function sealObject(data, sealed) {
  const length = Math.max(65_536, Number(padme(8 + data.length)));
  const plaintext = Buffer.concat([be(data.length, 8), data, Buffer.alloc(length - 8 - data.length)]);
  const count = Math.ceil(length / SEGMENT);
  const segments = Array.from({ length: count }, (_, i) =>
    sealSegment(sealed, i, i === count - 1, plaintext.subarray(i * SEGMENT, (i + 1) * SEGMENT)),
  );
  return Buffer.concat([sealed.header, ...segments]);
}

const none = Buffer.alloc(0);
const objects = [0, 1, SEGMENT - 9, SEGMENT - 8, SEGMENT - 7, SEGMENT - 1, SEGMENT, SEGMENT + 1, 3 * SEGMENT].map(
  (size, i) => {
    const salt = made(32, 200 + i);
    const suite = 1 + (i % 2);
    const sealed = sealHeader({ suite, kind: 4, epoch: 7, salt, ikm: keys['meta'], ciphertext: none });
    const stored = sealObject(made(size, 300 + i), sealed);
    return {
      suite,
      size,
      dataSeed: 300 + i,
      salt: hex(salt),
      header: hex(sealed.header),
      length: stored.length,
      sha256: hex(sha256(stored)),
    };
  },
);

const eseed = made(64, 400);
const kem = xwing(keys['reader'], eseed);
const salt = made(32, 401);
const pack = sealHeader({ suite: 2, kind: 1, epoch: 0, salt, ikm: kem.shared, ciphertext: kem.ciphertext });
write('envelope.json', {
  about: 'Objects of kind 4, epoch 7, and the header of a data pack sealed to the reader, by make-format.mjs',
  repoId: hex(repoId),
  clientId: hex(clientId),
  metaKey: hex(keys['meta']),
  objects,
  sealed: {
    readerSeed: hex(keys['reader']),
    readerPublicKeySha256: hex(sha256(kem.publicKey)),
    eseed: hex(eseed),
    salt: hex(salt),
    headerSha256: hex(sha256(pack.header)),
    key: hex(pack.key),
    aad: hex(pack.aad),
    tableKey: hex(hkdf(keys['meta'], salt, Buffer.concat([Buffer.from('holdfast/v1/table'), pack.aad]))),
    blockSeed: 402,
    blockLength: 1000,
    blockIndex: 3,
    block: hex(sealSegment(pack, 3, true, made(1000, 402))),
  },
});
