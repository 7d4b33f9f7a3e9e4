/** RegStart, RegStage, RegProve, RegProveFinish, RegExpose: a new password beside the old one, until it is proven. */
import { createHash, randomBytes } from 'node:crypto';
import { sealAnswer } from '../../protocol/blob.ts';
import { fromBase64url, toBase64url } from '../../protocol/bytes.ts';
import type { Request, Response } from '../../protocol/messages.ts';
import { checkKe1, checkKe3, checkRecord, registrationResponse } from '../../protocol/opaque-server.ts';
import { checkPoint } from '../../protocol/p256.ts';
import { checkKsf } from '../../protocol/suite.ts';
import { apply, decodeState, same, type Event, type RecordState } from '../../record/record.ts';
import { change, timeOf, type Changed, type Decide } from '../change.ts';
import { answerKe1, assertHsm, withHsm } from '../hsm-use.ts';
import { checkOwner, useChallenge } from '../proofs.ts';
import { receiptFor, refuseAs } from '../receipts.ts';
import { TITLES, VaultRefusal } from '../refusal.ts';
import type { Caller, Vault } from '../vault.ts';
import { hashKe1 } from './login.ts';

/** Uses that a key object of profile C gets beside the tries: the registration, and the owner's proofs. */
const REGISTRATION_USES = 6;

function pendingOf(state: RecordState | null, registrationId: Uint8Array): RecordState['registration'] {
  const registration = state?.registration ?? null;
  return registration !== null && same(registration.id, registrationId) ? registration : null;
}

function unknown(): VaultRefusal {
  return new VaultRefusal('unknown-registration', TITLES['unknown-registration']);
}

const sha256 = (...parts: (string | Uint8Array)[]): Uint8Array => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};

/** Throws what the event would be refused with now, and changes nothing. */
async function checkBefore(vault: Vault, recordId: Uint8Array, decide: Decide): Promise<void> {
  const stored = await vault.ledger.read(recordId);
  const state = stored === null ? null : decodeState(stored.state);
  const now = timeOf(vault);
  const { refusal } = apply(state, await decide(state, now), now);
  if (refusal !== null) throw new VaultRefusal(refusal.code, TITLES[refusal.code]);
}

export async function regStart(
  vault: Vault,
  request: Request<'regStart'>,
  caller: Caller,
): Promise<Response<'regStart'>> {
  const recordId = fromBase64url(request.recordId);
  const registrationId = fromBase64url(request.registrationId);
  const blinded = fromBase64url(request.blinded);
  checkPoint(blinded);
  await assertHsm(vault);
  const { proof, version, invite } = request;
  if (proof !== undefined) useChallenge(vault, recordId, proof);
  const nonce = new Uint8Array(randomBytes(32));
  let counted = false;
  const decide = (state: RecordState | null): Event => {
    if (state === null || state.version === 0) {
      vault.invites.check(invite);
      if (!counted && pendingOf(state, registrationId) === null && !vault.registrations.take(caller.address)) {
        throw new VaultRefusal('too-many-requests', TITLES['too-many-requests']);
      }
      counted = true;
    }
    const byOwner = proof !== undefined && state !== null;
    if (byOwner) checkOwner(vault, 'regStart', request, proof, state);
    return { type: 'regStart', registrationId, version, nonce, blindedHash: sha256(blinded), byOwner };
  };
  // Where each record has a key object of its own, it is there before a state names it, and only for who may begin.
  if (vault.hsm.profile === 'C') await checkBefore(vault, recordId, decide);
  await withHsm(vault, () =>
    vault.hsm.createRecordKey({ recordId, nonce }, vault.bundle.maxAttempts + REGISTRATION_USES),
  );

  let adopted = false;
  try {
    const started = await change(vault, recordId, decide);
    await refuseAs(vault, recordId, started);
    const registration = pendingOf(started.state, registrationId);
    if (registration === null) throw unknown();
    adopted = same(registration.nonce, nonce);
    const { evaluated } = await withHsm(vault, () =>
      registrationResponse(blinded, vault.bundle.akeKey, {
        oprfEvaluate: (point) => vault.hsm.evaluate({ recordId, nonce: registration.nonce }, point),
      }),
    );
    return {
      evaluated: toBase64url(evaluated),
      serverPublicKey: toBase64url(vault.bundle.akeKey),
      nonceCommitment: toBase64url(sha256('holdfast/v1/vault-nonce', recordId, registration.nonce)),
      receipt: await receiptFor(vault, 'regStart', recordId, request.registrationId, started),
    };
  } finally {
    if (!adopted) await vault.hsm.destroyRecordKey({ recordId, nonce });
  }
}

export async function regStage(vault: Vault, request: Request<'regStage'>): Promise<Response<'regStage'>> {
  const recordId = fromBase64url(request.recordId);
  const { ksf, maxAttempts } = request;
  const opaqueRecord = fromBase64url(request.opaqueRecord);
  checkRecord(opaqueRecord);
  checkKsf(ksf);
  if (maxAttempts > vault.bundle.maxAttempts) {
    throw new VaultRefusal('bad-request', `this vault allows at most ${vault.bundle.maxAttempts} tries`);
  }
  const changed = await change(vault, recordId, () => ({
    type: 'regStage',
    registrationId: fromBase64url(request.registrationId),
    opaqueRecord,
    blob: fromBase64url(request.blob),
    ksf,
    maxAttempts,
    ownerPublicKey: fromBase64url(request.ownerPublicKey),
  }));
  await refuseAs(vault, recordId, changed);
  return { receipt: await receiptFor(vault, 'regStage', recordId, request.registrationId, changed) };
}

export async function regProve(vault: Vault, request: Request<'regProve'>): Promise<Response<'regProve'>> {
  const recordId = fromBase64url(request.recordId);
  const registrationId = fromBase64url(request.registrationId);
  const ke1 = fromBase64url(request.ke1);
  const ke1Hash = hashKe1(ke1);
  checkKe1(ke1);
  await assertHsm(vault);
  useChallenge(vault, recordId, request.proof);
  let changed: Changed = await change(vault, recordId, (state) => {
    if (pendingOf(state, registrationId)?.staged != null && state !== null) {
      checkOwner(vault, 'regProve', request, request.proof, state);
    }
    return { type: 'regProve', registrationId, ke1Hash };
  });
  await refuseAs(vault, recordId, changed);
  const registration = pendingOf(changed.state, registrationId);
  if (registration?.staged == null || registration.proof === null) throw unknown();
  const { staged, nonce } = registration;
  if (registration.proof.answer === null) {
    const answer = await answerKe1(vault, { recordId, nonce }, staged, ke1);
    changed = await change(vault, recordId, () => ({ type: 'regAnswered', registrationId, ke1Hash, answer }));
    await refuseAs(vault, recordId, changed);
  }
  const answer = pendingOf(changed.state, registrationId)?.proof?.answer;
  if (answer == null) throw unknown();
  return { ke2: toBase64url(answer.ke2), ksf: staged.ksf };
}

export async function regProveFinish(
  vault: Vault,
  request: Request<'regProveFinish'>,
): Promise<Response<'regProveFinish'>> {
  const recordId = fromBase64url(request.recordId);
  const registrationId = fromBase64url(request.registrationId);
  const ke3 = fromBase64url(request.ke3);
  const changed = await change(vault, recordId, (state) => {
    const registration = pendingOf(state, registrationId);
    const answer = registration?.proof?.answer;
    if (registration?.staged == null || answer == null) throw unknown();
    const right = checkKe3(answer.clientMac, ke3);
    const { blob } = registration.staged;
    const place = { call: 'regProveFinish', recordId, requestId: registrationId } as const;
    const fresh = right && !registration.proven;
    const sealed = fresh ? sealAnswer(answer.sessionKey, { version: registration.version, blob }, place) : '';
    return { type: 'regProveFinish', registrationId, right, sealed: fromBase64url(sealed) };
  });
  await refuseAs(vault, recordId, changed);
  const sealed = pendingOf(changed.state, registrationId)?.proof?.sealed;
  if (sealed == null) throw unknown();
  return { sealed: toBase64url(sealed) };
}

export async function regExpose(vault: Vault, request: Request<'regExpose'>): Promise<Response<'regExpose'>> {
  const recordId = fromBase64url(request.recordId);
  const registrationId = fromBase64url(request.registrationId);
  useChallenge(vault, recordId, request.proof);
  const changed = await change(vault, recordId, (state) => {
    if (state !== null && (state.version > 0 || state.registration?.staged != null)) {
      checkOwner(vault, 'regExpose', request, request.proof, state);
    }
    return { type: 'regExpose', registrationId };
  });
  await refuseAs(vault, recordId, changed);
  return { receipt: await receiptFor(vault, 'regExpose', recordId, request.registrationId, changed) };
}
