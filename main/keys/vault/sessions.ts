/**
 * Staying unlocked over a restart: S in the keychain, V in the vault, RK's ciphertext on disk. Two of them open nothing,
 * and V is gone when the vault says that the session is over.
 */
import { randomBytes } from 'node:crypto';
import { ProtocolError } from '../../../vault/protocol/errors.ts';
import { concat, fromBase64url, ownCopy, wipe } from '../../../vault/protocol/bytes.ts';
import { unwrapForSession, wrapForSession, type SessionSecrets } from '../../../vault/protocol/session-wrap.ts';
import { sessionSigningKey, vaultOwnerKey } from '../../../vault/protocol/signing.ts';
import { RootKey, Secret } from '../secret.ts';
import type { SecretStore } from '../store.ts';
import { toText, type Connection } from './connection.ts';
import type { DeviceKey } from './device.ts';
import { VaultProblem } from './failures.ts';
import type { RecordFolder } from './record-folder.ts';
import type { Witnessed } from './witnessed.ts';

const ID_BYTES = 16;
const S_BYTES = 32;

const accountOf = (recordId: string): string => `vault-session:${recordId}`;

/** What the keychain holds of this computer's session. */
export interface OwnSession {
  /** 16 bytes. */
  sessionId: Uint8Array;
  /** 32 bytes; the caller wipes it. */
  s: Uint8Array;
}

/** @param recordId hex @throws HoldfastError keychain-unavailable */
export async function readSession(store: SecretStore, recordId: string): Promise<OwnSession | null> {
  const secret = await store.get(accountOf(recordId));
  if (secret === null) return null;
  const bytes = secret.copy();
  secret.wipe();
  const whole = bytes.length === ID_BYTES + S_BYTES;
  const own = whole ? { sessionId: bytes.slice(0, ID_BYTES), s: ownCopy(bytes.subarray(ID_BYTES)) } : null;
  wipe(bytes);
  return own;
}

/** S and the ciphertext: both, whatever happens to one of them. Never throws. */
export async function eraseSession(store: SecretStore, recordId: string, folder: RecordFolder): Promise<void> {
  await Promise.allSettled([store.delete(accountOf(recordId)), folder.dropSession()]);
}

export interface SessionContext {
  connection: Connection;
  recordId: Uint8Array;
  folder: RecordFolder;
  store: SecretStore;
  /** Hex. */
  name: string;
}

/** @throws VaultProblem, HoldfastError vault-*, keychain-unavailable, target-* */
export async function openSession(
  context: SessionContext,
  witnessed: Witnessed,
  rootKey: RootKey,
  device: DeviceKey | null,
  times: { idleMs: number; lifeMs: number },
): Promise<void> {
  const { connection, recordId, folder, store, name } = context;
  const sessionId = new Uint8Array(randomBytes(ID_BYTES));
  const s = new Uint8Array(randomBytes(S_BYTES));
  const requestId = new Uint8Array(randomBytes(16));
  const key = sessionSigningKey(s, connection.vaultId, recordId, sessionId);
  const owner = rootKey.read((bytes) => vaultOwnerKey(bytes, recordId));
  const ask = (deviceId: Uint8Array | null) =>
    connection.signed(
      'sessionOpen',
      {
        recordId: toText(recordId),
        sessionId: toText(sessionId),
        deviceId: deviceId === null ? null : toText(deviceId),
        publicKey: toText(key.publicKey),
        ...times,
      },
      owner,
      requestId,
    );
  try {
    const answer = await ask(device?.deviceId ?? null).catch((error: unknown) => {
      // This computer was taken from the list; the owner's word is enough.
      if (error instanceof VaultProblem && error.code === 'unknown-device') return ask(null);
      throw error;
    });
    await witnessed.check('receipt', answer.receipt, [requestId]);
    const secrets = secretsOf(context, { sessionId, s }, fromBase64url(answer.v, 32));
    const sealed = rootKey.read((bytes) => wrapForSession(secrets, bytes));
    wipe(secrets.v);
    await folder.keepSession(sealed);
    const both = concat(sessionId, s);
    const secret = new Secret(both);
    wipe(both);
    await store.set(accountOf(name), secret);
    secret.wipe();
  } catch (error) {
    await eraseSession(store, name, folder);
    throw error;
  } finally {
    wipe(owner.seed, key.seed, s);
  }
}

/** RK, or null where the vault says that there is no such session, or one of the three parts is gone. */
export async function resumeSession(context: SessionContext): Promise<RootKey | null> {
  const { folder, store, name } = context;
  const own = await readSession(store, name);
  const sealed = await folder.session();
  try {
    if (own === null || sealed === null) throw new Over();
    const { v } = await bySession(context, own, 'sessionGet');
    const secrets = secretsOf(context, own, fromBase64url(v, 32));
    const bytes = unwrapForSession(secrets, sealed);
    wipe(secrets.v);
    const rootKey = new RootKey(bytes);
    wipe(bytes);
    return rootKey;
  } catch (error) {
    // A ciphertext that does not open is of another session: as good as none.
    if (!(error instanceof Over) && !(error instanceof ProtocolError)) throw error;
    await eraseSession(store, name, folder);
    return null;
  } finally {
    if (own !== null) wipe(own.s);
  }
}

/** False where it is over, and its remains are erased. */
export async function touchSession(context: SessionContext): Promise<boolean> {
  const own = await readSession(context.store, context.name);
  if (own === null) return false;
  try {
    await bySession(context, own, 'sessionTouch');
    return true;
  } catch (error) {
    if (!(error instanceof Over)) throw error;
    await eraseSession(context.store, context.name, context.folder);
    return false;
  } finally {
    wipe(own.s);
  }
}

/** Tells the vault; S and the file are erased by the caller, whatever comes of this. */
export async function revokeOwnSession(
  { connection, recordId }: Pick<SessionContext, 'connection' | 'recordId'>,
  own: OwnSession,
): Promise<void> {
  const key = sessionSigningKey(own.s, connection.vaultId, recordId, own.sessionId);
  const request = { recordId: toText(recordId), sessionId: toText(own.sessionId), self: true };
  await connection.signed('sessionRevoke', request, key);
  wipe(key.seed);
}

/** The vault says that the session is over, or there never was one. */
class Over extends Error {}

const GONE: ReadonlySet<string> = new Set(['unknown-session', 'unknown-record', 'destroyed', 'bad-proof']);

async function bySession<N extends 'sessionGet' | 'sessionTouch'>(
  { connection, recordId }: SessionContext,
  own: OwnSession,
  name: N,
) {
  const key = sessionSigningKey(own.s, connection.vaultId, recordId, own.sessionId);
  try {
    return await connection.signed(
      name,
      { recordId: toText(recordId), sessionId: toText(own.sessionId) } as Parameters<typeof connection.signed<N>>[1],
      key,
    );
  } catch (error) {
    if (error instanceof VaultProblem && GONE.has(error.code ?? '')) throw new Over();
    throw error;
  } finally {
    wipe(key.seed);
  }
}

const secretsOf = (
  { connection, recordId }: SessionContext,
  { sessionId, s }: OwnSession,
  v: Uint8Array,
): SessionSecrets => ({ s, v, vaultId: connection.vaultId, recordId, sessionId });
