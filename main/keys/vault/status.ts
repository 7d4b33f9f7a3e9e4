/** The vault's answer to Status as the app shows it: numbers from what is signed, lists from what came with it. */
import type { Response } from '../../../vault/protocol/messages.ts';
import type { StatusFacts } from '../../../vault/protocol/receipt.ts';
import type { VaultStatus } from './api.ts';
import { hexOfText, toHex } from './connection.ts';
import type { Witness } from './record-folder.ts';

/** @param seen what this computer knew before, its own registrations included */
export function statusOf(
  answer: Response<'status'>,
  facts: StatusFacts,
  seen: Readonly<Witness>,
  ownDeviceId: Uint8Array | null,
): VaultStatus {
  const own = ownDeviceId === null ? null : toHex(ownDeviceId);
  const { used, limit, waitMs, lifetime, lifetimeLimit } = facts;
  return {
    state: facts.state,
    version: facts.version,
    attempts: { used, limit, left: Math.max(0, limit - used), waitMs, lifetime, lifetimeLimit },
    failures: answer.attempts.failures.map(({ at, deviceId }) => ({
      at,
      known: deviceId !== null,
      thisComputer: deviceId !== null && hexOfText(deviceId) === own,
    })),
    registrations: facts.registrations,
    devices: answer.devices.map(({ deviceId, addedAt }) => {
      const id = hexOfText(deviceId);
      return { id, addedAt, thisComputer: id === own };
    }),
    sessions: answer.sessions,
    frozenMs: answer.frozenMs,
    sites: answer.sites,
    embedded: answer.embedded,
    // Where nothing was seen yet there is nothing to compare with.
    unknownRegistrations: seen.registrations === 0 ? 0 : Math.max(0, facts.registrations - seen.registrations),
  };
}
