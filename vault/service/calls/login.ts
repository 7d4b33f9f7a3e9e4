/**
 * LoginStart, LoginFinish, LoginGiveUp. The order of LoginStart is the whole point: what is refused is refused before
 * the charge; the charge is committed before the HSM evaluates; the answer is kept before it is sent.
 */
import { createHash } from 'node:crypto';
import { fromBase64url, toBase64url } from '../../protocol/bytes.ts';
import { sealAnswer } from '../../protocol/blob.ts';
import type { Request, Response } from '../../protocol/messages.ts';
import { checkKe1, checkKe3 } from '../../protocol/opaque-server.ts';
import { signFacts } from '../../protocol/receipt.ts';
import { findLogin } from '../../record/record.ts';
import { change } from '../change.ts';
import { answerKe1, assertHsm, withHsm } from '../hsm-use.ts';
import { checkDevice, useChallenge } from '../proofs.ts';
import { receiptFor, refuseAs } from '../receipts.ts';
import { TITLES, VaultRefusal } from '../refusal.ts';
import type { Vault } from '../vault.ts';

export function hashKe1(ke1: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(ke1).digest());
}

const EMPTY = new Uint8Array();

export async function loginStart(vault: Vault, request: Request<'loginStart'>): Promise<Response<'loginStart'>> {
  const recordId = fromBase64url(request.recordId);
  const loginId = fromBase64url(request.loginId);
  const ke1 = fromBase64url(request.ke1);
  const ke1Hash = hashKe1(ke1);
  checkKe1(ke1);
  await assertHsm(vault);
  const { device } = request;
  if (device !== undefined) useChallenge(vault, recordId, device);

  const charged = await change(vault, recordId, (state) => {
    const known = state !== null && state.version > 0 && device !== undefined;
    const deviceId = known ? checkDevice(vault, 'loginStart', request, device, state) : null;
    return { type: 'loginStart', loginId, ke1Hash, deviceId };
  });
  await refuseAs(vault, recordId, charged, request.loginId);

  const answered = await answerOf(vault, recordId, loginId, ke1, ke1Hash, charged);
  const { state, logIndex, now } = answered;
  const login = state === null ? null : findLogin(state, loginId);
  // Destroyed or exposed anew while the HSM worked: what it answered is forgotten, and the client starts again.
  if (state?.lock == null || login?.answer == null) throw new VaultRefusal('unknown-login', TITLES['unknown-login']);
  const { lock } = state;
  const facts = {
    recordId,
    loginId,
    used: login.used,
    limit: lock.maxAttempts,
    version: lock.version,
    logIndex,
    serviceMs: now.ms,
  };
  return {
    ke2: toBase64url(login.answer.ke2),
    ksf: lock.ksf,
    version: lock.version,
    facts: await withHsm(vault, () => signFacts('login-facts', facts, (message) => vault.hsm.sign(message))),
  };
}

type Charged = Awaited<ReturnType<typeof change>>;

/** Evaluates under the charge that is committed, and keeps the answer; where one is kept already, that one stays. */
async function answerOf(
  vault: Vault,
  recordId: Uint8Array,
  loginId: Uint8Array,
  ke1: Uint8Array,
  ke1Hash: Uint8Array,
  charged: Charged,
): Promise<Charged> {
  const { state } = charged;
  if (state?.lock == null || findLogin(state, loginId)?.answer != null) return charged;
  const answer = await answerKe1(vault, { recordId, nonce: state.lock.nonce }, state.lock, ke1);
  const kept = await change(vault, recordId, () => ({ type: 'loginAnswered', loginId, ke1Hash, answer }));
  await refuseAs(vault, recordId, kept, toBase64url(loginId));
  return kept;
}

export async function loginFinish(vault: Vault, request: Request<'loginFinish'>): Promise<Response<'loginFinish'>> {
  const recordId = fromBase64url(request.recordId);
  const loginId = fromBase64url(request.loginId);
  const ke3 = fromBase64url(request.ke3);
  const changed = await change(vault, recordId, (state) => {
    const login = state === null ? null : findLogin(state, loginId);
    if (state?.lock == null || login?.answer == null)
      return { type: 'loginFinish', loginId, right: false, sealed: EMPTY };
    const right = checkKe3(login.answer.clientMac, ke3);
    // Sealed also for a wrong KE3, whose seal is dropped: both take as long.
    const { version, blob } = state.lock;
    const sealed =
      login.outcome === 'pending'
        ? sealAnswer(login.answer.sessionKey, { version, blob }, { call: 'loginFinish', recordId, requestId: loginId })
        : '';
    return { type: 'loginFinish', loginId, right, sealed: fromBase64url(sealed) };
  });
  await refuseAs(vault, recordId, changed, request.loginId);
  const login = changed.state === null ? null : findLogin(changed.state, loginId);
  if (login?.sealed == null) throw new VaultRefusal('unknown-login', TITLES['unknown-login']);
  return {
    sealed: toBase64url(login.sealed),
    receipt: await receiptFor(vault, 'loginFinish', recordId, request.loginId, changed),
  };
}

export async function loginGiveUp(vault: Vault, request: Request<'loginGiveUp'>): Promise<Response<'loginGiveUp'>> {
  const recordId = fromBase64url(request.recordId);
  const changed = await change(vault, recordId, () => ({
    type: 'loginGiveUp',
    loginId: fromBase64url(request.loginId),
    ke1Hash: fromBase64url(request.ke1Hash),
  }));
  await refuseAs(vault, recordId, changed, request.loginId);
  return { receipt: await receiptFor(vault, 'loginGiveUp', recordId, request.loginId, changed) };
}
