/** Makes this computer able to back up without the root key: enrols it and seals what it gets. */
import path from 'node:path';
import type { BackupPlan } from '../jobs/plans.ts';
import { toHoldfastError } from '../errors.ts';
import type { DestinationSpec, Engines } from '../jobs/ports.ts';
import { hasCapability, sealCapability } from '../keys/capability-file.ts';
import { type RootKey, wipe } from '../keys/secret.ts';
import type { SecretStore } from '../keys/store.ts';

/** Where the capability of a plan beside the first lies. */
export function clientFolder(folder: string, clientId: string): string {
  return path.join(folder, 'clients', clientId);
}

export interface EnrolmentParts {
  engines: Engines;
  store: SecretStore;
  /** Folder of the capability file. */
  folder: string;
}

/**
 * Enrols this computer in a repository that `key` opens.
 * @param clientId the id that this computer has there already, if it has; its history goes on then
 * @param stateFolder the engine's: which keys the enrolment is of is remembered
 * @returns the client id, in hex
 * @throws HoldfastError of the engine's `enrol`, of the keychain, or `target-*`
 */
export async function enrolComputer(
  parts: EnrolmentParts,
  destination: DestinationSpec,
  key: RootKey,
  clientId?: string,
  stateFolder?: string,
): Promise<string> {
  const engine = parts.engines.fresh();
  const rootKey = key.copy();
  try {
    const running = engine.run('enrol', { destination, rootKey, clientId, stateFolder });
    wipe(rootKey);
    const enrolled = await running.catch((error: unknown) => {
      // Then it has nothing to renew: the next backup says that another computer goes on with them.
      if (clientId !== undefined && toHoldfastError(error).code === 'taken-over') return null;
      throw error;
    });
    if (enrolled === null) return clientId ?? '';
    await sealCapability(parts.folder, enrolled, { kind: 'keychain', store: parts.store });
    wipe(enrolled.capability);
    return enrolled.clientId;
  } finally {
    wipe(rootKey);
    await engine.end();
  }
}

/** A plan and a place that it goes to: which keys its names come from is told by what lies there. */
export interface PlanToEnrol {
  plan: Pick<BackupPlan, 'clientId'>;
  destination: DestinationSpec;
}

/**
 * Enrols each plan again under the id that it has. One beside the first whose places are away keeps what it has: where
 * that is too old, its next backup says so, and the next unlocking tries again.
 * @param plans the first one first
 * @throws HoldfastError where it fails for the first
 */
export async function enrolPlans(
  parts: EnrolmentParts,
  plans: readonly PlanToEnrol[],
  key: RootKey,
  stateFolder: string,
): Promise<void> {
  for (const [i, { plan, destination }] of plans.entries()) {
    const own = clientFolder(parts.folder, plan.clientId);
    const folder = i === 0 && !(await hasCapability(own)) ? parts.folder : own;
    try {
      await enrolComputer({ ...parts, folder }, destination, key, plan.clientId, stateFolder);
    } catch (error) {
      if (i === 0) throw error;
    }
  }
}
