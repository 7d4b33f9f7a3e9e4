/** Makes this computer able to back up without the root key: enrols it and seals what it gets. */
import type { DestinationSpec, Engines } from '../jobs/ports.ts';
import { sealCapability } from '../keys/capability-file.ts';
import { type RootKey, wipe } from '../keys/secret.ts';
import type { SecretStore } from '../keys/store.ts';

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
    const enrolled = await running;
    await sealCapability(parts.folder, enrolled, { kind: 'keychain', store: parts.store });
    wipe(enrolled.capability);
    return enrolled.clientId;
  } finally {
    wipe(rootKey);
    await engine.end();
  }
}
