/** Makes this computer able to back up without the root key: enrols it and seals what it gets. */
import type { DestinationSpec } from '../jobs/ports.ts';
import type { EngineThreads } from '../jobs/engines.ts';
import { sealCapability } from '../keys/capability-file.ts';
import { type RootKey, wipe } from '../keys/secret.ts';
import type { SecretStore } from '../keys/store.ts';

export interface EnrolmentParts {
  engines: EngineThreads;
  store: SecretStore;
  /** Folder of the capability file. */
  folder: string;
  computerName: string;
}

/**
 * Enrols this computer in a repository that `key` opens.
 * @returns the client id, in hex
 * @throws HoldfastError of the engine's `enrol`, of the keychain, or `target-*`
 */
export async function enrolComputer(
  parts: EnrolmentParts,
  destination: DestinationSpec,
  key: RootKey,
): Promise<string> {
  const engine = parts.engines.fresh();
  const rootKey = key.copy();
  try {
    const running = engine.run('enrol', { destination, rootKey, computerName: parts.computerName });
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
