import { createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BLOB_BYTES, openAnswer, openBlob, sealAnswer, sealBlob } from '../../vault/protocol/blob.ts';
import { fromBase64url, toBase64url } from '../../vault/protocol/bytes.ts';
import { calls } from '../../vault/protocol/messages.ts';
import { SESSION_WRAP_BYTES, unwrapForSession, wrapForSession } from '../../vault/protocol/session-wrap.ts';
import { protocolCode } from '../support/vault/opaque.ts';

const random = (size: number): Uint8Array => Uint8Array.from(randomBytes(size));
const rootKey = random(32);
const vaultId = random(16);
const recordId = random(32);

/** Every single bit flip of every third byte. */
function bent(value: Uint8Array): Uint8Array[] {
  return Array.from({ length: Math.ceil(value.length / 3) }, (_, i) => {
    const copy = value.slice();
    copy[3 * i] = (copy[3 * i] ?? 0) ^ (1 << (i % 8));
    return copy;
  });
}

/** HKDF by node:crypto, straight from the specification's words. */
const hkdf = (secret: Uint8Array, label: string, ...ids: Uint8Array[]): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(0), Buffer.concat([Buffer.from(label), ...ids]), 32));

describe('the wrapped key', () => {
  const exportKey = random(32);
  const place = { recordId, version: 3, vaultId };
  const blob = sealBlob(exportKey, rootKey, place);

  it('has 60 bytes and opens in its place', () => {
    expect(blob.length).toBe(BLOB_BYTES);
    expect(openBlob(exportKey, blob, place)).toEqual(rootKey);
    expect(sealBlob(exportKey, rootKey, place)).not.toEqual(blob);
  });

  it('is AES-256-GCM as the specification says', () => {
    const key = hkdf(exportKey, 'holdfast/v1/vault-wrap');
    const decipher = createDecipheriv('aes-256-gcm', key, blob.subarray(0, 12), { authTagLength: 16 });
    decipher.setAAD(Buffer.concat([recordId, Uint8Array.of(0, 0, 0, 3), vaultId]));
    decipher.setAuthTag(blob.subarray(44));
    const plain = Buffer.concat([decipher.update(blob.subarray(12, 44)), decipher.final()]);
    expect(Uint8Array.from(plain)).toEqual(rootKey);
  });

  it.each([
    ['record', { ...place, recordId: random(32) }],
    ['version', { ...place, version: 2 }],
    ['vault', { ...place, vaultId: random(16) }],
  ])('does not open for another %s', (_what, other) => {
    expect(protocolCode(() => openBlob(exportKey, blob, other))).toBe('not-authentic');
  });

  it('does not open with another key, bent, or cut', () => {
    expect(protocolCode(() => openBlob(random(32), blob, place))).toBe('not-authentic');
    for (const each of bent(blob)) expect(protocolCode(() => openBlob(exportKey, each, place))).toBe('not-authentic');
    expect(protocolCode(() => openBlob(exportKey, blob.subarray(1), place))).toBe('malformed');
  });

  it('takes keys and ids of the right size only', () => {
    expect(protocolCode(() => sealBlob(exportKey, random(31), place))).toBe('malformed');
    expect(protocolCode(() => sealBlob(exportKey, rootKey, { ...place, recordId: random(31) }))).toBe('malformed');
    expect(protocolCode(() => sealBlob(exportKey, rootKey, { ...place, vaultId: random(32) }))).toBe('malformed');
  });
});

describe('the sealed answer', () => {
  const sessionKey = random(32);
  const place = { call: 'loginFinish', recordId, requestId: random(16) } as const;
  const answer = { blob: random(60), version: 2 };
  const sealed = sealAnswer(sessionKey, answer, place);

  it('opens in its place, and fits its message', () => {
    expect(openAnswer(sessionKey, sealed, place)).toEqual(answer);
    expect(calls.regProveFinish.output.safeParse({ sealed }).success).toBe(true);
  });

  it.each([
    ['call', { ...place, call: 'regProveFinish' as const }],
    ['record', { ...place, recordId: random(32) }],
    ['login', { ...place, requestId: random(16) }],
  ])('does not open for another %s', (_what, other) => {
    expect(protocolCode(() => openAnswer(sessionKey, sealed, other))).toBe('not-authentic');
  });

  it('does not open with another key, bent, cut or empty', () => {
    expect(protocolCode(() => openAnswer(random(32), sealed, place))).toBe('not-authentic');
    for (const each of bent(fromBase64url(sealed))) {
      expect(protocolCode(() => openAnswer(sessionKey, toBase64url(each), place))).toBe('not-authentic');
    }
    expect(protocolCode(() => openAnswer(sessionKey, toBase64url(random(20)), place))).toBe('not-authentic');
    expect(protocolCode(() => openAnswer(sessionKey, '', place))).toBe('not-authentic');
  });
});

describe('a session', () => {
  const secrets = { s: random(32), v: random(32), vaultId, recordId, sessionId: random(16) };
  const wrapped = wrapForSession(secrets, rootKey);

  it('opens with both halves, in 72 bytes', () => {
    expect(wrapped.length).toBe(SESSION_WRAP_BYTES);
    expect(SESSION_WRAP_BYTES).toBe(72);
    expect(unwrapForSession(secrets, wrapped)).toEqual(rootKey);
    expect(wrapForSession(secrets, rootKey)).not.toEqual(wrapped);
  });

  it('is XChaCha20-Poly1305 as the specification says', () => {
    const { s, v, sessionId } = secrets;
    const key = hkdf(Buffer.concat([s, v]), 'holdfast/v1/session', vaultId, recordId, sessionId);
    expect(xchacha20poly1305(key, wrapped.subarray(0, 24)).decrypt(wrapped.subarray(24))).toEqual(rootKey);
  });

  it.each(['s', 'v', 'vaultId', 'recordId', 'sessionId'] as const)('does not open with another %s', (field) => {
    fc.assert(
      fc.property(fc.nat({ max: secrets[field].length * 8 - 1 }), (bit) => {
        const other = secrets[field].slice();
        other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(protocolCode(() => unwrapForSession({ ...secrets, [field]: other }, wrapped))).toBe('not-authentic');
      }),
      { numRuns: 20 },
    );
    expect(protocolCode(() => wrapForSession({ ...secrets, [field]: random(8) }, rootKey))).toBe('malformed');
  });

  it('does not open with S and V exchanged, bent, or cut', () => {
    const exchanged = { ...secrets, s: secrets.v, v: secrets.s };
    expect(protocolCode(() => unwrapForSession(exchanged, wrapped))).toBe('not-authentic');
    for (const each of bent(wrapped)) {
      expect(protocolCode(() => unwrapForSession(secrets, each))).toBe('not-authentic');
    }
    expect(protocolCode(() => unwrapForSession(secrets, wrapped.subarray(0, 71)))).toBe('malformed');
  });
});
