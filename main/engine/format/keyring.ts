/** Keyrings: the epochs of a repository, opened by the root key alone (FORMAT.md, "Keys"). */
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { randomBytes } from 'node:crypto';
import { CborReader, decodeCbor, encodeCbor, type Cbor } from './cbor.ts';
import { concat, equal, toHex, utf8 } from './bytes.ts';
import { damaged, newerFormat } from './damage.ts';
import { deriveKey, rootOf } from './keys.ts';

/** Highest number of an epoch: envelopes keep it in 32 bits, and there is room for one more step below their end. */
export const MAX_EPOCH = 0xff_ff_00_00;

export interface Epoch {
  /** 0 to MAX_EPOCH. */
  number: number;
  /** 16 random bytes: tells two epochs of one number apart. */
  id: Uint8Array;
  /** 32 bytes each. */
  root: Uint8Array;
  readerSeed: Uint8Array;
  ownerPublicKey: Uint8Array;
}
export interface Keyring {
  /** 16 bytes. */
  repoId: Uint8Array;
  epochs: Epoch[];
}

const MAGIC = utf8('HOLDKEYR');
const KEYRING_VERSION = 1;
const PREFIX_BYTES = 8 + 1 + 16 + 24;
const WHAT = 'The keyring';

/** All epochs of several keyrings: each once, told apart by its id, as the first of them has it; oldest first. */
export function unionOf(keyrings: readonly Keyring[]): Epoch[] {
  const byId = new Map<string, Epoch>();
  for (const { epochs } of keyrings) {
    for (const epoch of epochs) {
      const id = toHex(epoch.id);
      if (!byId.has(id)) byId.set(id, epoch);
    }
  }
  return [...byId.values()].sort((a, b) => a.number - b.number || Buffer.compare(a.id, b.id));
}

/** magic 8 || version 1 || repoId 16 || nonce 24 || XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03). */
export function sealKeyring(rootKey: Uint8Array, keyring: Keyring): Uint8Array {
  const prefix = concat(MAGIC, Uint8Array.of(KEYRING_VERSION), keyring.repoId, new Uint8Array(randomBytes(24)));
  const plaintext = encodeCbor(
    new Map<number, Cbor>([
      [1, keyring.repoId],
      [2, keyring.epochs.map((e) => [e.number, e.id, e.root, e.readerSeed, e.ownerPublicKey])],
    ]),
  );
  const key = deriveKey(rootOf(rootKey, keyring.repoId), 'keyring');
  return concat(prefix, xchacha20poly1305(key, prefix.subarray(25), prefix).encrypt(plaintext));
}

/** Whose keyring it is, 16 bytes: stands in the clear. */
export const keyringRepoId = (bytes: Uint8Array): Uint8Array => bytes.slice(9, 25);

/** Null where this root key does not open it. Errors: object-damaged, newer-format. */
export function openKeyring(rootKey: Uint8Array, bytes: Uint8Array): Keyring | null {
  if (bytes.length < PREFIX_BYTES + 16 || !equal(bytes.subarray(0, 8), MAGIC)) throw damaged(WHAT);
  if (bytes[8] !== KEYRING_VERSION) throw newerFormat(WHAT);
  const prefix = bytes.subarray(0, PREFIX_BYTES);
  const repoId = prefix.slice(9, 25);
  const key = deriveKey(rootOf(rootKey, repoId), 'keyring');
  let plaintext: Uint8Array;
  try {
    plaintext = xchacha20poly1305(key, prefix.subarray(25), prefix).decrypt(bytes.subarray(PREFIX_BYTES));
  } catch {
    return null;
  }
  const r = new CborReader(WHAT);
  const map = r.map(decodeCbor(plaintext, WHAT), 'keyring');
  if (!equal(r.bytes(map.get(1), 'repoId', 16), repoId)) throw damaged(WHAT, 'repoId');
  return {
    repoId,
    epochs: r.array(map.get(2), 'epochs').map((item) => {
      const e = r.array(item, 'epoch');
      return {
        number: epochNumber(r.uint(e[0], 'number')),
        id: r.bytes(e[1], 'id', 16),
        root: r.bytes(e[2], 'root', 32),
        readerSeed: r.bytes(e[3], 'reader seed', 32),
        ownerPublicKey: r.bytes(e[4], 'owner', 32),
      };
    }),
  };
}

function epochNumber(number: number): number {
  if (number > MAX_EPOCH) throw damaged(WHAT, 'epoch number');
  return number;
}
