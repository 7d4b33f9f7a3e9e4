/**
 * This computer's write capability on disk: the CBOR that the engine made, sealed under a 32-byte key that lies in the
 * keychain or, on a server, in a key file (FORMAT.md, Capability file). The reader public key lies beside it.
 */
import { createHash, randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { HoldfastError } from '../errors.ts';
import { sentence, text, type Text } from '../text.ts';
import { REPO_ID_BYTES, toHex } from './digits.ts';
import {
  createFile,
  openToOthers,
  readSmallFile,
  syncFolder,
  systemCode,
  writeFailed,
  writeFileAtomic,
} from './files.ts';
import { Secret, wipe } from './secret.ts';
import type { SecretStore } from './store.ts';

export const CAPABILITY_FILE = 'capability';
export const READER_KEY_FILE = 'reader.pub';

/** Size of the reader's X-Wing public key in bytes. */
export const READER_KEY_BYTES = 1216;
const CLIENT_ID_BYTES = 16;
const KEY_BYTES = 32;
const NONCE_BYTES = 24;
const TAG_BYTES = 16;
const MAGIC = Buffer.from('HOLDFCAP', 'latin1');
const VERSION = 1;
const VERSION_AT = MAGIC.length;
const REPO_ID_AT = VERSION_AT + 1;
const CLIENT_ID_AT = REPO_ID_AT + REPO_ID_BYTES;
const NONCE_AT = CLIENT_ID_AT + CLIENT_ID_BYTES;
const BODY_AT = NONCE_AT + NONCE_BYTES;
const MAX_FILE_BYTES = 65_536;

/** Where the 32-byte key is that seals the capability file. */
export type CapabilityKeySource = { kind: 'keychain'; store: SecretStore } | { kind: 'key-file'; path: string };

/** What enrolling gives (the engine's EnrolResult) and what opens a repository for writing. */
export interface Capability {
  /** CBOR of FORMAT.md, "Write capability". It holds the client's secret keys: wipe it when done. */
  capability: Uint8Array;
  /** 1,216 bytes. */
  readerPublicKey: Uint8Array;
  /** 16 bytes each, in hex. */
  repoId: string;
  clientId: string;
}

/**
 * Seals a capability into `folder` (made 0700 if missing), mode 0600, atomically. The key is the one that already
 * belongs to this client id, or a new random one, which is stored and read back before the file is written.
 *
 * @throws HoldfastError `keychain-unavailable`, `bad-input` (unfit key file), `target-full`, `target-denied`
 */
export async function sealCapability(folder: string, enrolled: Capability, source: CapabilityKeySource): Promise<void> {
  if (!namesReaderKey(enrolled.capability, enrolled.readerPublicKey)) {
    throw new RangeError('the capability does not name this reader key');
  }
  const header = Buffer.concat([
    MAGIC,
    Uint8Array.of(VERSION),
    idBytes(enrolled.repoId),
    idBytes(enrolled.clientId),
    randomBytes(NONCE_BYTES),
  ]);
  const key = (await findKey(source, header)) ?? (await makeKey(source, header));
  try {
    const sealed = key.read((bytes) =>
      xchacha20poly1305(bytes, header.subarray(NONCE_AT), header).encrypt(enrolled.capability),
    );
    // The reader key first: a capability that is there without it could not be used.
    await writeFileAtomic(join(folder, READER_KEY_FILE), enrolled.readerPublicKey);
    await writeFileAtomic(join(folder, CAPABILITY_FILE), Buffer.concat([header, sealed]));
  } finally {
    key.wipe();
  }
}

/**
 * Opens the capability in `folder`.
 *
 * @throws HoldfastError `capability-missing` (no file, or its key is gone), `capability-damaged`, `newer-format`,
 *   `keychain-unavailable`, `bad-input` (unfit key file)
 */
export async function openCapability(folder: string, source: CapabilityKeySource): Promise<Capability> {
  const file = await readPart(folder, CAPABILITY_FILE, MAX_FILE_BYTES);
  if (file === null) throw missing('This computer is not set up to back up yet.');
  if (file.length < BODY_AT + TAG_BYTES || Buffer.compare(file.subarray(0, MAGIC.length), MAGIC) !== 0) {
    throw damaged('not a capability file');
  }
  if (file[VERSION_AT] !== VERSION) {
    throw new HoldfastError(
      'newer-format',
      'This computer’s backup permission was made by another version of Holdfast.',
      'Update Holdfast. Nothing was changed.',
      { detail: `capability file version ${file[VERSION_AT] ?? 0}` },
    );
  }
  const header = file.subarray(0, BODY_AT);
  const key = await findKey(source, header);
  if (key === null) throw missing('The key to this computer’s backup permission is gone.');
  let capability: Uint8Array;
  try {
    capability = key.read((bytes) =>
      xchacha20poly1305(bytes, header.subarray(NONCE_AT), header).decrypt(file.subarray(BODY_AT)),
    );
  } catch (error) {
    throw damaged('authentication failed', error);
  } finally {
    key.wipe();
  }
  const readerPublicKey = await readPart(folder, READER_KEY_FILE, READER_KEY_BYTES);
  if (readerPublicKey === null || !namesReaderKey(capability, readerPublicKey)) {
    wipe(capability);
    throw damaged(`${READER_KEY_FILE} is not the key that the capability names`);
  }
  return {
    capability,
    readerPublicKey,
    repoId: toHex(header.subarray(REPO_ID_AT, CLIENT_ID_AT)),
    clientId: toHex(header.subarray(CLIENT_ID_AT, NONCE_AT)),
  };
}

/** True where `folder` holds a capability file, whether or not it can be opened. */
export async function hasCapability(folder: string): Promise<boolean> {
  return (await readPart(folder, CAPABILITY_FILE, MAX_FILE_BYTES)) !== null;
}

/** Account name of the sealing key in the keychain. */
export function capabilityAccount(repoId: string, clientId: string): string {
  return `capability:${repoId}:${clientId}`;
}

/** Whatever the layout of the CBOR, the SHA-256 of the reader key must stand in it as 32 consecutive bytes. */
function namesReaderKey(capability: Uint8Array, readerPublicKey: Uint8Array): boolean {
  if (readerPublicKey.length !== READER_KEY_BYTES) return false;
  const hash = createHash('sha256').update(readerPublicKey).digest();
  return Buffer.from(capability.buffer, capability.byteOffset, capability.byteLength).includes(hash);
}

async function findKey(source: CapabilityKeySource, header: Uint8Array): Promise<Secret | null> {
  if (source.kind === 'key-file') return readCapabilityKeyFile(source.path);
  const secret = await source.store.get(accountOf(header));
  return secret?.length === KEY_BYTES ? secret : null;
}

async function makeKey(source: CapabilityKeySource, header: Uint8Array): Promise<Secret> {
  const bytes = randomBytes(KEY_BYTES);
  const key = new Secret(bytes);
  wipe(bytes);
  if (source.kind === 'key-file') {
    await createCapabilityKeyFile(source.path, key);
    return key;
  }
  await source.store.set(accountOf(header), key);
  const stored = await source.store.get(accountOf(header));
  if (stored === null || !stored.equals(key)) {
    throw new HoldfastError(
      'keychain-unavailable',
      'The keychain did not keep what Holdfast stored in it.',
      'Sign out of your computer and in again, then try once more. Nothing was changed.',
    );
  }
  stored.wipe();
  return key;
}

function accountOf(header: Uint8Array): string {
  return capabilityAccount(
    toHex(header.subarray(REPO_ID_AT, CLIENT_ID_AT)),
    toHex(header.subarray(CLIENT_ID_AT, NONCE_AT)),
  );
}

/** A `--capability-key-file`: 64 hexadecimal digits and \n, mode 0600. Null if there is no such file. */
async function readCapabilityKeyFile(path: string): Promise<Secret | null> {
  let file: Awaited<ReturnType<typeof readSmallFile>>;
  try {
    file = await readSmallFile(path, 1024);
  } catch (error) {
    throw unfitKeyFile(
      text`Holdfast could not read ${path}.`,
      'Check that it is a file and that you may read it.',
      error,
    );
  }
  if (file === null) return null;
  if (openToOthers(file.mode)) {
    throw unfitKeyFile(
      text`Other users of this computer may read ${path}, so Holdfast does not use it.`,
      text`Run chmod 600 ${path}, or make a new one.`,
    );
  }
  const digits = Buffer.from(file.bytes ?? [])
    .toString('latin1')
    .trim();
  if (!/^[0-9a-f]{64}$/i.test(digits)) {
    throw unfitKeyFile(
      text`${path} is not a capability key file.`,
      'It holds 64 hexadecimal digits. Name the right file.',
    );
  }
  const bytes = Buffer.from(digits, 'hex');
  const key = new Secret(bytes);
  wipe(bytes);
  return key;
}

async function createCapabilityKeyFile(path: string, key: Secret): Promise<void> {
  const contents = Buffer.from(`${key.read(toHex)}\n`, 'latin1');
  try {
    await createFile(path, contents);
    await syncFolder(dirname(path));
  } catch (error) {
    throw writeFailed(path, error);
  } finally {
    wipe(contents);
  }
}

async function readPart(folder: string, name: string, limit: number): Promise<Uint8Array | null> {
  try {
    const file = await readSmallFile(join(folder, name), limit);
    if (file !== null && file.bytes === null) throw damaged(`${name} is too long`);
    return file?.bytes ?? null;
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    throw damaged(`${name}: ${systemCode(error)}`, error);
  }
}

function idBytes(hex: string): Buffer {
  if (!/^[0-9a-f]{32}$/.test(hex)) throw new RangeError('an id has 16 bytes in hex');
  return Buffer.from(hex, 'hex');
}

const ENROL_AGAIN = text`Unlock with your 64 digits once, and Holdfast sets this computer up again. Nothing stored is lost.`;

function missing(message: string | Text): HoldfastError {
  return new HoldfastError('capability-missing', message, ENROL_AGAIN);
}

function damaged(detail: string, cause?: unknown): HoldfastError {
  return new HoldfastError('capability-damaged', 'This computer’s backup permission is damaged.', ENROL_AGAIN, {
    detail,
    cause,
  });
}

function unfitKeyFile(message: string | Text, guidance: string | Text, cause?: unknown): HoldfastError {
  return new HoldfastError('bad-input', message, text`${sentence(guidance)} Nothing was changed.`, { cause });
}
