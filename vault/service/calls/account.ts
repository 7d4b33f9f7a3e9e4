/** What the owner and enrolled computers ask of a record besides logging in. */
import { fromBase64url, toBase64url } from '../../protocol/bytes.ts';
import type { Request, Response } from '../../protocol/messages.ts';
import { signFacts } from '../../protocol/receipt.ts';
import {
  countsOf,
  frozenMs,
  lifetimeOf,
  LIFETIME_LIMIT,
  livingSessions,
  same,
  type Event,
  type RecordState,
} from '../../record/record.ts';
import { change, type Changed } from '../change.ts';
import { checkAny, checkOwner, useChallenge } from '../proofs.ts';
import { receiptFor, refuseAs } from '../receipts.ts';
import { TITLES, VaultRefusal } from '../refusal.ts';
import type { Vault } from '../vault.ts';

type OwnerCall = 'unfreeze' | 'clearFailures' | 'destroy' | 'deviceAdd' | 'deviceRevoke';
type AnyCall = 'status' | 'freeze' | 'headPut' | 'headGet' | 'sessionList';

/** A record that is or was live; null where the event is to find out that there is none. */
function known(state: RecordState | null): RecordState | null {
  return state !== null && state.version > 0 ? state : null;
}

/** One owner-signed change, answered by a receipt. */
async function byOwner<N extends OwnerCall>(
  vault: Vault,
  name: N,
  request: Request<N>,
  event: Event,
): Promise<Response<N>> {
  const recordId = fromBase64url(request.recordId);
  useChallenge(vault, recordId, request.proof);
  const changed = await change(vault, recordId, (state) => {
    const record = known(state);
    if (record !== null) checkOwner(vault, name, request, request.proof, record);
    return event;
  });
  await refuseAs(vault, recordId, changed);
  return { receipt: await receiptFor(vault, name, recordId, request.proof.requestId, changed) } as Response<N>;
}

/** A change or a look that the owner or an enrolled computer signs; `sweep` looks, and applies what is due. */
export async function byAny<N extends AnyCall>(
  vault: Vault,
  name: N,
  request: Request<N>,
  event: Event,
): Promise<Changed & { state: RecordState; deviceId: Uint8Array | null }> {
  const recordId = fromBase64url(request.recordId);
  useChallenge(vault, recordId, request.proof);
  let deviceId: Uint8Array | null = null;
  const changed = await change(vault, recordId, (state) => {
    const record = known(state);
    if (record !== null) deviceId = checkAny(vault, name, request, request.proof, record);
    return event;
  });
  await refuseAs(vault, recordId, changed);
  const record = known(changed.state);
  if (record === null) throw new VaultRefusal('unknown-record', TITLES['unknown-record']);
  return { ...changed, state: record, deviceId };
}

export function unfreeze(vault: Vault, request: Request<'unfreeze'>): Promise<Response<'unfreeze'>> {
  return byOwner(vault, 'unfreeze', request, { type: 'unfreeze' });
}

export function clearFailures(vault: Vault, request: Request<'clearFailures'>): Promise<Response<'clearFailures'>> {
  return byOwner(vault, 'clearFailures', request, { type: 'clearFailures' });
}

export function destroy(vault: Vault, request: Request<'destroy'>): Promise<Response<'destroy'>> {
  return byOwner(vault, 'destroy', request, { type: 'destroy' });
}

export function deviceAdd(vault: Vault, request: Request<'deviceAdd'>): Promise<Response<'deviceAdd'>> {
  const deviceId = fromBase64url(request.deviceId);
  const publicKey = fromBase64url(request.publicKey);
  return byOwner(vault, 'deviceAdd', request, { type: 'deviceAdd', deviceId, publicKey });
}

export function deviceRevoke(vault: Vault, request: Request<'deviceRevoke'>): Promise<Response<'deviceRevoke'>> {
  return byOwner(vault, 'deviceRevoke', request, {
    type: 'deviceRevoke',
    deviceId: fromBase64url(request.deviceId),
  });
}

export async function freeze(vault: Vault, request: Request<'freeze'>): Promise<Response<'freeze'>> {
  const { state, now } = await byAny(vault, 'freeze', request, { type: 'freeze', days: request.days });
  return { frozenMs: frozenMs(state, now.ms) };
}

export async function status(vault: Vault, request: Request<'status'>): Promise<Response<'status'>> {
  const { state, now, logIndex, deviceId } = await byAny(vault, 'status', request, { type: 'sweep' });
  const counts = countsOf(state, deviceId !== null, now.ms);
  const life = state.destroyed !== null ? 'destroyed' : state.suspendedMs !== null ? 'suspended' : 'live';
  const limit = state.lock?.maxAttempts ?? vault.bundle.maxAttempts;
  const facts = {
    recordId: fromBase64url(request.recordId),
    requestId: fromBase64url(request.proof.requestId),
    state: life,
    used: counts.used,
    limit,
    lifetime: lifetimeOf(state),
    lifetimeLimit: LIFETIME_LIMIT,
    waitMs: counts.waitMs,
    version: state.version,
    registrations: state.registrations,
    logIndex,
    serviceMs: now.ms,
  } as const;
  return {
    state: life,
    version: state.version,
    attempts: {
      consecutive: counts.used,
      limit,
      lifetime: facts.lifetime,
      lifetimeLimit: LIFETIME_LIMIT,
      waitMs: counts.waitMs,
      failures: state.failures.map((failure) => ({
        at: failure.at,
        deviceId: failure.deviceId === null ? null : toBase64url(failure.deviceId),
      })),
    },
    registrations: state.registrations,
    devices: state.devices.map((device) => ({ deviceId: toBase64url(device.id), addedAt: device.addedAt })),
    sessions: livingSessions(state, now.ms).length,
    frozenMs: frozenMs(state, now.ms),
    sites: vault.bundle.sites.length,
    embedded: vault.bundle.embedded,
    receipt: await signFacts('status-facts', facts, (message) => vault.hsm.sign(message)),
  };
}

export async function headPut(vault: Vault, request: Request<'headPut'>): Promise<Response<'headPut'>> {
  const clientId = fromBase64url(request.clientId);
  const head = fromBase64url(request.head);
  await byAny(vault, 'headPut', request, { type: 'headPut', clientId, sequence: request.sequence, head });
  return {};
}

export async function headGet(vault: Vault, request: Request<'headGet'>): Promise<Response<'headGet'>> {
  const { state } = await byAny(vault, 'headGet', request, { type: 'sweep' });
  const clientId = fromBase64url(request.clientId);
  const found = state.heads.find((one) => same(one.clientId, clientId));
  return found === undefined
    ? { sequence: 0, head: null }
    : { sequence: found.sequence, head: toBase64url(found.head) };
}
