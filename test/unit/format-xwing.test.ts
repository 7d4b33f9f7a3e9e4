import { ml_kem768_x25519 as reference } from '@noble/post-quantum/hybrid.js';
import { describe, expect, it } from 'vitest';
import {
  decapsulate,
  encapsulate,
  KEM_CIPHERTEXT_BYTES,
  READER_PUBLIC_KEY_BYTES,
  readerKeyPair,
} from '../../main/engine/format/reader-key.ts';
import { bytes, flipped, sha256Hex } from '../support/format.ts';

/**
 * The draft's own test vectors: spec/test-vectors.json of github.com/dconnolly/draft-connolly-cfrg-xwing-kem, which
 * Appendix C of draft-connolly-cfrg-xwing-kem-10 prints. Public key and ciphertext as their SHA-256.
 */
const VECTORS = [
  {
    seed: '7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26',
    eseed:
      '3cb1eea988004b93103cfb0aeefd2a686e01fa4a58e8a3639ca8a1e3f9ae57e235b8cc873c23dc62b8d260169afa2f75ab916a58d974918835d25e6a435085b2',
    pk: '2e816deebcd76c5c80d0cd2d174478871658e8e2ff42bc9d4a6e486372e856bb',
    ct: '17cd532d657e44c897ca6583e548a5424fc70bf54f99515a4d2bcf99e3469f33',
    ss: 'd2df0522128f09dd8e2c92b1e905c793d8f57a54c3da25861f10bf4ca613e384',
  },
  {
    seed: 'badfd6dfaac359a5efbb7bcc4b59d538df9a04302e10c8bc1cbf1a0b3a5120ea',
    eseed:
      '17cda7cfad765f5623474d368ccca8af0007cd9f5e4c849f167a580b14aabdefaee7eef47cb0fca9767be1fda69419dfb927e9df07348b196691abaeb580b32d',
    pk: 'c42ba5f8430d7d2c83739338203819f090e8303ce9c8b02107c272bfa5376916',
    ct: '1661ea86d608a1924ba30840cb0a65f13ae051e3aec9cf0f064efc0bc92f2154',
    ss: 'f2e86241c64d60f6649fbc6c5b7d17180b780a3f34355e64a85749949c45f150',
  },
  {
    seed: 'ef58538b8d23f87732ea63b02b4fa0f4873360e2841928cd60dd4cee8cc0d4c9',
    eseed:
      '22a96188d032675c8ac850933c7aff1533b94c834adbb69c6115bad4692d8619f90b0cdf8a7b9c264029ac185b70b83f2801f2f4b3f70c593ea3aeeb613a7f1b',
    pk: '6b080d6b84f095342092fa7a22423e58bd681397ad0ef00eac92bd254db4fa95',
    ct: 'd3ca5578500344b5896cffc4fd740c9311946b82951df155e6fd86a7966b43c6',
    ss: '953f7f4e8c5b5049bdc771d1dffada0dd961477d1a2ae0988baa7ea6898d893f',
  },
] as const;

describe('X-Wing', () => {
  it.each(VECTORS)('gives what the draft says for seed $seed', ({ seed, eseed, pk, ct, ss }) => {
    const pair = readerKeyPair(bytes(seed));
    expect(pair.publicKey.length).toBe(READER_PUBLIC_KEY_BYTES);
    expect(sha256Hex(pair.publicKey)).toBe(pk);
    const { ciphertext, shared } = encapsulate(pair.publicKey, bytes(eseed));
    expect(ciphertext.length).toBe(KEM_CIPHERTEXT_BYTES);
    expect(sha256Hex(ciphertext)).toBe(ct);
    expect(Buffer.from(shared).toString('hex')).toBe(ss);
    expect(Buffer.from(decapsulate(ciphertext, pair.secretKey)).toString('hex')).toBe(ss);
  });

  it('keeps the seed as the secret key, so that the keyring holds 32 bytes', () => {
    expect(Buffer.from(readerKeyPair(bytes(VECTORS[0].seed)).secretKey).toString('hex')).toBe(VECTORS[0].seed);
  });

  it('gives another secret, and no error, for a changed ciphertext or another key', () => {
    const pair = readerKeyPair(bytes(VECTORS[0].seed));
    const { ciphertext, shared } = encapsulate(pair.publicKey, bytes(VECTORS[0].eseed));
    for (const at of [0, 700, 1087, 1088, 1119]) {
      expect(decapsulate(flipped(ciphertext, at), pair.secretKey)).not.toEqual(shared);
    }
    expect(decapsulate(ciphertext, bytes(VECTORS[1].seed))).not.toEqual(shared);
  });

  it('agrees with an implementation apart from ours, both ways', () => {
    const seed = bytes(VECTORS[1].seed);
    const pair = readerKeyPair(seed);
    const theirs = reference.encapsulate(pair.publicKey);
    expect(decapsulate(theirs.cipherText, pair.secretKey)).toEqual(theirs.sharedSecret);
    const ours = encapsulate(reference.keygen(seed).publicKey, bytes(VECTORS[2].eseed));
    expect(reference.decapsulate(ours.ciphertext, seed)).toEqual(ours.shared);
    expect(seed).toEqual(bytes(VECTORS[1].seed));
  });

  it.each(['00', '01'])('gives another secret, and no error, for a point that makes every secret zero: %s', (first) => {
    const pair = readerKeyPair(bytes(VECTORS[0].seed));
    const { ciphertext, shared } = encapsulate(pair.publicKey, bytes(VECTORS[0].eseed));
    const hostile = ciphertext.slice();
    hostile.set(bytes(first + '00'.repeat(31)), KEM_CIPHERTEXT_BYTES - 32);
    expect(decapsulate(hostile, pair.secretKey)).not.toEqual(shared);
  });
});
