/** Who signed a request: the owner, an enrolled computer, or a session. */
import { fromBase64url } from '../protocol/bytes.ts';
import type { Proof, Request } from '../protocol/messages.ts';
import { verifyCall, type SignedCall, type Unsigned } from '../protocol/signing.ts';
import { ownerKeyOf, same, type RecordState } from '../record/record.ts';
import { VaultRefusal } from './refusal.ts';
import type { Vault } from './vault.ts';

/** Of a device, with its id in it. */
export type DeviceProof = Proof & { deviceId: string };
export type AnyProof = Proof | DeviceProof;

/**
 * To be called once for each request, before anything is read: the challenge is used up whatever comes of it.
 *
 * @throws VaultRefusal `bad-challenge`
 */
export function useChallenge(vault: Vault, recordId: Uint8Array, proof: Proof): void {
  vault.challenges.consume(fromBase64url(proof.challenge), recordId);
}

/** @throws VaultRefusal `bad-proof` */
export function checkProof<N extends SignedCall>(
  vault: Vault,
  name: N,
  request: Request<N>,
  proof: Proof,
  publicKey: Uint8Array | null,
): void {
  const unsigned = request as unknown as Unsigned<N>;
  if (publicKey === null || !verifyCall(name, unsigned, vault.ledger.vaultId, proof, publicKey)) {
    throw new VaultRefusal('bad-proof', 'the signature is not that of a key that may do this');
  }
}

/** @throws VaultRefusal `bad-proof` */
export function checkOwner<N extends SignedCall>(
  vault: Vault,
  name: N,
  request: Request<N>,
  proof: Proof,
  state: RecordState,
): void {
  checkProof(vault, name, request, proof, ownerKeyOf(state));
}

/**
 * @returns the computer that signed
 * @throws VaultRefusal `unknown-device`, `bad-proof`
 */
export function checkDevice<N extends SignedCall>(
  vault: Vault,
  name: N,
  request: Request<N>,
  proof: DeviceProof,
  state: RecordState,
): Uint8Array {
  const deviceId = fromBase64url(proof.deviceId);
  const device = state.devices.find((one) => same(one.id, deviceId));
  if (device === undefined) throw new VaultRefusal('unknown-device', 'the record does not know this computer');
  checkProof(vault, name, request, proof, device.publicKey);
  return deviceId;
}

/**
 * @returns the computer that signed, or null for the owner
 * @throws VaultRefusal `unknown-device`, `bad-proof`
 */
export function checkAny<N extends SignedCall>(
  vault: Vault,
  name: N,
  request: Request<N>,
  proof: AnyProof,
  state: RecordState,
): Uint8Array | null {
  if ('deviceId' in proof) return checkDevice(vault, name, request, proof, state);
  checkOwner(vault, name, request, proof, state);
  return null;
}
