/** This computer's own key at the vault: it asks, freezes and ends sessions, and can neither replace nor destroy. */
import { randomBytes } from 'node:crypto';
import { newSigningKey, signingKey } from '../../../vault/protocol/ed25519.ts';
import { concat, ownCopy } from '../../../vault/protocol/bytes.ts';
import { Secret, wipe } from '../secret.ts';
import type { SecretStore } from '../store.ts';

const ID_BYTES = 16;
const SEED_BYTES = 32;

export interface DeviceKey {
  /** 16 bytes. */
  deviceId: Uint8Array;
  /** Ed25519 seed, 32 bytes; the caller wipes it. */
  seed: Uint8Array;
  publicKey: Uint8Array;
}

const accountOf = (recordId: string): string => `vault-device:${recordId}`;

/** Null where this computer has none for this record. @throws HoldfastError keychain-unavailable */
export async function readDevice(store: SecretStore, recordId: string): Promise<DeviceKey | null> {
  const secret = await store.get(accountOf(recordId));
  if (secret === null) return null;
  const bytes = secret.copy();
  secret.wipe();
  if (bytes.length !== ID_BYTES + SEED_BYTES) return null;
  const seed = ownCopy(bytes.subarray(ID_BYTES));
  const deviceId = bytes.slice(0, ID_BYTES);
  wipe(bytes);
  return { deviceId, seed, publicKey: signingKey(seed).publicKey };
}

/** The key that is there, or a new one, stored before the vault hears of it. */
export async function makeDevice(store: SecretStore, recordId: string): Promise<DeviceKey> {
  const known = await readDevice(store, recordId);
  if (known !== null) return known;
  const { seed, publicKey } = newSigningKey();
  const deviceId = new Uint8Array(randomBytes(ID_BYTES));
  const bytes = concat(deviceId, seed);
  const secret = new Secret(bytes);
  wipe(bytes);
  await store.set(accountOf(recordId), secret);
  secret.wipe();
  return { deviceId, seed, publicKey };
}

export async function forgetDevice(store: SecretStore, recordId: string): Promise<void> {
  await store.delete(accountOf(recordId));
}
