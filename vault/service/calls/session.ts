/** Sessions: V is given against a signature of the session's own key, and deleted when it is over. */
import { randomBytes } from 'node:crypto';
import { fromBase64url, toBase64url } from '../../protocol/bytes.ts';
import type { Request, Response, SessionFacts } from '../../protocol/messages.ts';
import { findSession, livingSessions, type RecordState } from '../../record/record.ts';
import { change, timeOf } from '../change.ts';
import { checkAny, checkOwner, checkProof, useChallenge } from '../proofs.ts';
import { receiptFor, refuseAs } from '../receipts.ts';
import { TITLES, VaultRefusal } from '../refusal.ts';
import type { Vault } from '../vault.ts';
import { byAny } from './account.ts';

function over(): VaultRefusal {
  return new VaultRefusal('unknown-session', TITLES['unknown-session']);
}

export async function sessionOpen(vault: Vault, request: Request<'sessionOpen'>): Promise<Response<'sessionOpen'>> {
  const recordId = fromBase64url(request.recordId);
  const sessionId = fromBase64url(request.sessionId);
  const { deviceId, idleMs, lifeMs, proof } = request;
  useChallenge(vault, recordId, proof);
  const v = new Uint8Array(randomBytes(32));
  const changed = await change(vault, recordId, (state) => {
    if (state !== null && state.version > 0) checkOwner(vault, 'sessionOpen', request, proof, state);
    return {
      type: 'sessionOpen',
      sessionId,
      publicKey: fromBase64url(request.publicKey),
      v,
      deviceId: deviceId === null ? null : fromBase64url(deviceId),
      idleMs,
      lifeMs,
    };
  });
  await refuseAs(vault, recordId, changed);
  const session = changed.state === null ? null : findSession(changed.state, sessionId, changed.now.ms);
  if (session === null) throw over();
  return {
    v: toBase64url(session.v),
    receipt: await receiptFor(vault, 'sessionOpen', recordId, proof.requestId, changed),
  };
}

/** @returns V */
async function use(
  vault: Vault,
  name: 'sessionGet' | 'sessionTouch',
  request: Request<'sessionGet'>,
): Promise<Uint8Array> {
  const recordId = fromBase64url(request.recordId);
  const sessionId = fromBase64url(request.sessionId);
  useChallenge(vault, recordId, request.proof);
  const changed = await change(vault, recordId, (state, now) => {
    const session = state === null ? null : findSession(state, sessionId, now.ms);
    // One that is over is left to the event, which deletes it.
    if (session !== null) checkProof(vault, name, request, request.proof, session.publicKey);
    return { type: 'sessionUse', sessionId };
  });
  await refuseAs(vault, recordId, changed);
  const session = changed.state === null ? null : findSession(changed.state, sessionId, changed.now.ms);
  if (session === null) throw over();
  return session.v;
}

export async function sessionGet(vault: Vault, request: Request<'sessionGet'>): Promise<Response<'sessionGet'>> {
  return { v: toBase64url(await use(vault, 'sessionGet', request)) };
}

export async function sessionTouch(vault: Vault, request: Request<'sessionTouch'>): Promise<Response<'sessionTouch'>> {
  await use(vault, 'sessionTouch', request);
  return {};
}

export async function sessionList(vault: Vault, request: Request<'sessionList'>): Promise<Response<'sessionList'>> {
  const { state } = await byAny(vault, 'sessionList', request, { type: 'sweep' });
  const now = timeOf(vault);
  return {
    sessions: livingSessions(state, now.ms).map((session): SessionFacts => ({
      sessionId: toBase64url(session.id),
      deviceId: session.deviceId === null ? null : toBase64url(session.deviceId),
      openedAt: session.openedAt,
      lastUsedAt: session.lastUsedAt,
      // By today's wall clock: the end itself is in service time, which stands still while the vault does.
      expiresAt: now.at + Math.max(0, session.endsMs - now.ms),
      idleMs: session.idleMs,
    })),
  };
}

export async function sessionRevoke(
  vault: Vault,
  request: Request<'sessionRevoke'>,
): Promise<Response<'sessionRevoke'>> {
  const recordId = fromBase64url(request.recordId);
  const sessionId = fromBase64url(request.sessionId);
  const { proof, self } = request;
  useChallenge(vault, recordId, proof);
  const check = (state: RecordState, nowMs: number): void => {
    if (!self) {
      checkAny(vault, 'sessionRevoke', request, proof, state);
      return;
    }
    // Of a session that is over there is no key to check with, and nothing to do.
    const session = findSession(state, sessionId, nowMs);
    if (session !== null) checkProof(vault, 'sessionRevoke', request, proof, session.publicKey);
  };
  const changed = await change(vault, recordId, (state, now) => {
    if (state !== null && state.version > 0) check(state, now.ms);
    return { type: 'sessionRevoke', sessionId };
  });
  await refuseAs(vault, recordId, changed);
  return { receipt: await receiptFor(vault, 'sessionRevoke', recordId, proof.requestId, changed) };
}
