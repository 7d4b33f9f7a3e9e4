import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { toBase64url } from '../../vault/protocol/bytes.ts';
import { newSigningKey, signEd25519, signingKey, verifyEd25519 } from '../../vault/protocol/ed25519.ts';
import { calls, type CallName } from '../../vault/protocol/messages.ts';
import {
  proofFields,
  proveCall,
  sessionSigningKey,
  signedBytes,
  vaultOwnerKey,
  verifyCall,
  type SignedCall,
  type Unsigned,
} from '../../vault/protocol/signing.ts';
import { bytes } from '../support/format.ts';
import { protocolCode } from '../support/vault/opaque.ts';

const hex = (value: Uint8Array): string => Buffer.from(value).toString('hex');
const random = (size: number): string => toBase64url(randomBytes(size));
const vaultId = new Uint8Array(16).fill(1);
const requestId = new Uint8Array(16).fill(3);
const challenge = toBase64url(new Uint8Array(48).fill(4));
const recordId = toBase64url(new Uint8Array(32).fill(2));

const requests: { [N in SignedCall]: Unsigned<N> } = {
  regStart: { recordId, registrationId: random(16), version: 2, blinded: random(33), invite: random(9) },
  regProve: { recordId, registrationId: random(16), ke1: random(98) },
  regExpose: { recordId, registrationId: random(16) },
  loginStart: { recordId, loginId: random(16), ke1: random(98) },
  status: { recordId },
  freeze: { recordId, days: 7 },
  unfreeze: { recordId },
  clearFailures: { recordId },
  destroy: { recordId },
  deviceAdd: { recordId, deviceId: random(16), publicKey: random(32) },
  deviceRevoke: { recordId, deviceId: random(16) },
  sessionOpen: {
    recordId,
    sessionId: random(16),
    deviceId: null,
    publicKey: random(32),
    idleMs: 900_000,
    lifeMs: 43_200_000,
  },
  sessionGet: { recordId, sessionId: random(16) },
  sessionTouch: { recordId, sessionId: random(16) },
  sessionList: { recordId },
  sessionRevoke: { recordId, sessionId: random(16), self: true },
  headPut: { recordId, clientId: random(16), sequence: 3, head: random(32) },
  headGet: { recordId, clientId: random(16) },
};
const names = Object.keys(requests) as SignedCall[];
const key = newSigningKey();

function prove<N extends SignedCall>(name: N) {
  return proveCall(name, requests[name], vaultId, requestId, challenge, key);
}

/** Every way in which one field of a request can be another. */
function others(name: SignedCall): Record<string, unknown>[] {
  const request: Record<string, unknown> = requests[name];
  return Object.entries(request).map(([field, value]) => {
    if (typeof value === 'number') return { ...request, [field]: value + 1 };
    if (typeof value === 'boolean') return { ...request, [field]: !value };
    return { ...request, [field]: random(typeof value === 'string' ? Buffer.from(value, 'base64url').length : 16) };
  });
}

describe('signed calls', () => {
  it('are all calls that can carry a signature', () => {
    const all = (Object.keys(calls) as CallName[]).filter((name) =>
      Object.keys(calls[name].input.shape).some((field) => field === 'proof' || field === 'device'),
    );
    expect(all.sort()).toEqual([...names].sort());
  });

  it.each(names)('%s: the example is valid, and signed by its whole schema', (name) => {
    const { success } = calls[name].input.partial().safeParse(requests[name]);
    expect(success).toBe(true);
    const fields = Object.keys(calls[name].input.shape).filter((f) => !['recordId', 'proof', 'device'].includes(f));
    expect(Object.keys(proofFields(name, requests[name])).sort()).toEqual(fields.sort());
  });

  it.each(names)('%s: verifies, and no field can be changed after signing', (name) => {
    const proof = prove(name);
    expect(verifyCall(name, requests[name], vaultId, proof, key.publicKey)).toBe(true);
    for (const other of others(name)) {
      expect(verifyCall(name, other as Unsigned<typeof name>, vaultId, proof, key.publicKey)).toBe(false);
    }
  });

  it('are bound to call, vault, request, challenge and key', () => {
    const proof = prove('unfreeze');
    const verify = (name: 'unfreeze' | 'destroy', vault: Uint8Array, p: typeof proof, by: Uint8Array): boolean =>
      verifyCall(name, requests[name], vault, p, by);
    expect(verify('unfreeze', vaultId, proof, key.publicKey)).toBe(true);
    expect(verify('destroy', vaultId, proof, key.publicKey)).toBe(false);
    expect(verify('unfreeze', new Uint8Array(16), proof, key.publicKey)).toBe(false);
    expect(verify('unfreeze', vaultId, { ...proof, requestId: random(16) }, key.publicKey)).toBe(false);
    expect(verify('unfreeze', vaultId, { ...proof, challenge: random(48) }, key.publicKey)).toBe(false);
    expect(verify('unfreeze', vaultId, { ...proof, signature: random(64) }, key.publicKey)).toBe(false);
    expect(verify('unfreeze', vaultId, proof, newSigningKey().publicKey)).toBe(false);
  });

  it('an optional field that is absent differs from every value of it', () => {
    const proof = prove('regStart');
    const { invite: _, ...without } = requests.regStart;
    expect(verifyCall('regStart', without, vaultId, proof, key.publicKey)).toBe(false);
    expect(proofFields('regStart', { ...without, invite: undefined })).toEqual(proofFields('regStart', without));
  });

  it('what is signed is no plain value: refused', () => {
    const odd = { recordId, sessionId: { toString: () => 'x' } } as unknown as Unsigned<'sessionGet'>;
    expect(protocolCode(() => proofFields('sessionGet', odd))).toBe('malformed');
  });

  it('signed bytes are the CBOR that the specification says', () => {
    const head = { vaultId, recordId: new Uint8Array(32).fill(2), requestId, challenge: new Uint8Array(2) };
    expect(hex(signedBytes('freeze', head, proofFields('freeze', requests.freeze)))).toBe(
      '87' + // array of 7
        `64${hex(Buffer.from('HKV1'))}` +
        `66${hex(Buffer.from('freeze'))}` +
        `50${'01'.repeat(16)}` +
        `5820${'02'.repeat(32)}` +
        `50${'03'.repeat(16)}` +
        '420000' +
        `a164${hex(Buffer.from('days'))}07`,
    );
  });
});

describe('keys', () => {
  it('Ed25519: test 2 of RFC 8032 section 7.1', () => {
    const own = signingKey(bytes('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb'));
    expect(hex(own.publicKey)).toBe('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c');
    const signature = signEd25519(own, Uint8Array.of(0x72));
    expect(hex(signature)).toBe(
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    );
    expect(verifyEd25519(own.publicKey, Uint8Array.of(0x72), signature)).toBe(true);
    expect(verifyEd25519(own.publicKey, Uint8Array.of(0x73), signature)).toBe(false);
    expect(verifyEd25519(own.publicKey.subarray(1), Uint8Array.of(0x72), signature)).toBe(false);
    expect(verifyEd25519(own.publicKey, Uint8Array.of(0x72), signature.subarray(1))).toBe(false);
  });

  it('of owner and session are derived as written down', () => {
    // Made with OpenSSL 3: openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt hexkey:... -kdfopt hexinfo:... HKDF
    const rk = new Uint8Array(32).fill(7);
    const record = new Uint8Array(32).fill(2);
    expect(hex(vaultOwnerKey(rk, record).seed)).toBe(
      '104238db7744494f22e9d79d2ba5d9e8e1bbc52cef92fca7fe2a96bb25f6e795',
    );
    const session = new Uint8Array(16).fill(5);
    expect(hex(sessionSigningKey(rk, vaultId, record, session).seed)).toBe(
      '6a2d5d8854b6e5279a350ce43b456eaf565047668377c781c2b8fb707b93d899',
    );
  });

  it('of two records have nothing in common', () => {
    const rk = randomBytes(32);
    expect(vaultOwnerKey(rk, randomBytes(32)).publicKey).not.toEqual(vaultOwnerKey(rk, randomBytes(32)).publicKey);
  });
});
