/** From what the vault's client says to what the window shows. */
import type { PasswordAnswer, Tries, VaultProof, VaultReport, VaultSession } from '../../ipc/services.ts';
import { errorInfo } from '../../ipc/dispatch.ts';
import type { Attempts, SessionInfo, UnlockRefusal, VaultFacts, VaultStatus } from '../../keys/vault/api.ts';
import { shownIdentity } from './place.ts';

/** With fewer sites a broken disk can take the vault's records along, and with them the password's way in. */
const SITES_FOR_NO_KIT = 3;

/** The last try was wrong: the vault destroys its copy, at once or, where that could not be asked for, within a day. */
export function withEnd(refusal: UnlockRefusal): UnlockRefusal {
  const spent = refusal.kind === 'wrong-password' && refusal.attempts.left === 0;
  return spent ? { kind: 'destroyed', byOwner: false } : refusal;
}

/** @param nowMs this computer's time when the answer came */
export function shownTries({ used, limit, left, waitMs }: Attempts, nowMs: number): Tries {
  return { used, limit, left, waitUntil: waitMs > 0 ? nowMs + waitMs : null };
}

export function shownRefusal(refusal: UnlockRefusal, nowMs: number): PasswordAnswer {
  switch (refusal.kind) {
    case 'wrong-password':
    case 'delayed':
      return { kind: refusal.kind, tries: shownTries(refusal.attempts, nowMs) };
    case 'destroyed':
      return { kind: 'destroyed', byOwner: refusal.byOwner };
    case 'frozen':
      return { kind: 'frozen', until: nowMs + refusal.untilMs };
    case 'suspended':
    case 'unknown-record':
      return { kind: refusal.kind };
    case 'unreachable':
      return { kind: 'unreachable', charged: refusal.charged, error: errorInfo(refusal.error) };
    case 'not-the-vault':
      return { kind: 'not-the-vault', error: errorInfo(refusal.error) };
  }
}

/** True where the 64-digit kit must be made beside the password. */
export function kitNeeded(facts: VaultFacts): boolean {
  return facts.embedded || facts.sites.total < SITES_FOR_NO_KIT;
}

export function shownProof(facts: VaultFacts): VaultProof {
  const { profile, sites, maxAttempts, inviteNeeded, embedded } = facts;
  return {
    ...shownIdentity({ ...facts.place, embedded }),
    profile,
    sites,
    maxAttempts,
    inviteNeeded,
    kitNeeded: kitNeeded(facts),
  };
}

export function shownReport(status: VaultStatus, nowMs: number): VaultReport {
  const { lifetime, lifetimeLimit } = status.attempts;
  return {
    at: nowMs,
    state: status.state,
    tries: shownTries(status.attempts, nowMs),
    lifetime: { used: lifetime, limit: lifetimeLimit },
    failures: status.failures,
    registrations: status.registrations,
    unknownRegistrations: status.unknownRegistrations ?? 0,
    devices: status.devices,
    frozenUntil: status.frozenMs > 0 ? nowMs + status.frozenMs : null,
    sites: status.sites,
  };
}

export function shownSession({ id, thisComputer, openedAt, lastUsedAt, expiresAt }: SessionInfo): VaultSession {
  return { id, thisComputer, openedAt, lastUsedAt, expiresAt };
}
