/** What the owner and enrolled computers do with a record besides logging in. Who may is checked before (service/). */
import { destroyed } from './destroy.ts';
import { DAY_MS, DEVICES_MOST, FREEZE_MOST_MS, FREEZE_WINDOW_MS, HEADS_MOST } from './limits.ts';
import { same, type RecordState } from './state.ts';
import type { Now, Result, Step } from './transition.ts';
import { frozenMs } from './view.ts';

export interface Freeze {
  type: 'freeze';
  days: number;
}
export interface Unfreeze {
  type: 'unfreeze';
}
export interface ClearFailures {
  type: 'clearFailures';
}
export interface Destroy {
  type: 'destroy';
}
export interface DeviceAdd {
  type: 'deviceAdd';
  deviceId: Uint8Array;
  publicKey: Uint8Array;
}
export interface DeviceRevoke {
  type: 'deviceRevoke';
  deviceId: Uint8Array;
}
export interface HeadPut {
  type: 'headPut';
  clientId: Uint8Array;
  sequence: number;
  head: Uint8Array;
}

const NOTHING: Result = { step: null, refusal: null };

function changed(state: RecordState, type: Step['type'], facts: Step['facts'] = {}): Result {
  return { step: { state, type, facts }, refusal: null };
}

/** Frozen ms within the 180 days that end at `endMs`. */
function frozenBefore(freezes: RecordState['freezes'], endMs: number): number {
  const from = endMs - FREEZE_WINDOW_MS;
  return freezes.reduce((sum, freeze) => {
    return sum + Math.max(0, Math.min(freeze.untilMs, endMs) - Math.max(freeze.fromMs, from));
  }, 0);
}

/**
 * Refuses unknown computers from now on for `days`, or for as many of them as keep within 90 in any 180: a thief of a
 * computer must not lock the owner out for good.
 */
export function freeze(state: RecordState, event: Freeze, now: Now): Result {
  const past = state.freezes.map((one) => ({ ...one, untilMs: Math.min(one.untilMs, now.ms) }));
  const already = frozenMs(state, now.ms);
  for (let days = event.days; days > 0; days--) {
    const untilMs = now.ms + days * DAY_MS;
    if (days * DAY_MS <= already) return NOTHING;
    // The fullest window is the one that ends with the freeze: a longer one ends later and holds no less of it.
    if (frozenBefore(past, untilMs) + days * DAY_MS > FREEZE_MOST_MS) continue;
    const freezes = [...past.filter((one) => one.untilMs > one.fromMs), { fromMs: now.ms, untilMs }];
    return changed({ ...state, freezes }, 'freeze', { days });
  }
  return already > 0 ? NOTHING : { step: null, refusal: { code: 'too-many-requests', counts: null } };
}

export function unfreeze(state: RecordState, now: Now): Result {
  if (frozenMs(state, now.ms) === 0) return NOTHING;
  const freezes = state.freezes
    .map((one) => ({ ...one, untilMs: Math.min(one.untilMs, now.ms) }))
    .filter((one) => one.untilMs > one.fromMs);
  return changed({ ...state, freezes }, 'unfreeze');
}

/** The lifetime count only: the consecutive one goes down by a right password and by nothing else. */
export function clearFailures(state: RecordState): Result {
  if (state.failures.length === 0 && state.suspendedMs === null) return NOTHING;
  return changed({ ...state, failures: [], suspendedMs: null }, 'clear', { failures: state.failures.length });
}

/** Also of a record that failures ended: then its sessions go too. */
export function destroy(state: RecordState, now: Now): Result {
  if (state.destroyed?.by === 'owner') return NOTHING;
  return { step: destroyed(state, 'owner', now), refusal: null };
}

export function deviceAdd(state: RecordState, event: DeviceAdd, now: Now): Result {
  const { deviceId, publicKey } = event;
  const known = state.devices.find((device) => same(device.id, deviceId));
  if (known !== undefined && same(known.publicKey, publicKey)) return NOTHING;
  const others = state.devices.filter((device) => device !== known);
  if (others.length >= DEVICES_MOST) return { step: null, refusal: { code: 'too-many-requests', counts: null } };
  return changed({ ...state, devices: [...others, { id: deviceId, publicKey, addedAt: now.at }] }, 'device-add');
}

/** Its sessions go with it. Of one that is not there: done already. */
export function deviceRevoke(state: RecordState, event: DeviceRevoke): Result {
  const devices = state.devices.filter((device) => !same(device.id, event.deviceId));
  const sessions = state.sessions.filter((one) => one.deviceId === null || !same(one.deviceId, event.deviceId));
  if (devices.length === state.devices.length && sessions.length === state.sessions.length) return NOTHING;
  return changed({ ...state, devices, sessions }, 'device-revoke');
}

/** A chain of snapshots only grows: an older head is refused, and so is another one at the same place. */
export function headPut(state: RecordState, event: HeadPut): Result {
  const { clientId, sequence, head } = event;
  const known = state.heads.find((one) => same(one.clientId, clientId));
  if (known !== undefined) {
    if (known.sequence === sequence && same(known.head, head)) return NOTHING;
    if (known.sequence >= sequence) return { step: null, refusal: { code: 'version-mismatch', counts: null } };
  }
  const others = state.heads.filter((one) => one !== known);
  if (others.length >= HEADS_MOST) return { step: null, refusal: { code: 'too-many-requests', counts: null } };
  return changed({ ...state, heads: [...others, { clientId, sequence, head }] }, 'head');
}
