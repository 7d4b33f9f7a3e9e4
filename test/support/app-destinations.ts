/** The app's destinations as the app puts them together, with secrets in memory. */
import path from 'node:path';
import type { DestinationCredentials } from '../../main/destinations/spec.ts';
import type { ConfigStore } from '../../main/jobs/config.ts';
import { DestinationStates } from '../../main/jobs/destination-states.ts';
import { Destinations, type DestinationSecrets } from '../../main/jobs/destinations.ts';
import type { Clock } from '../../main/jobs/ports.ts';

export class MemorySecrets implements DestinationSecrets {
  readonly entries = new Map<string, DestinationCredentials>();
  async read(id: string): Promise<DestinationCredentials | null> {
    return this.entries.get(id) ?? null;
  }
  async keep(id: string, credentials: DestinationCredentials): Promise<void> {
    this.entries.set(id, credentials);
  }
  async forget(id: string): Promise<void> {
    this.entries.delete(id);
  }
}

export async function makeDestinations(
  folder: string,
  config: ConfigStore,
  clock: Clock,
  secrets: DestinationSecrets = new MemorySecrets(),
  findMoved: () => string | null = () => null,
): Promise<Destinations> {
  return new Destinations({
    config,
    secrets,
    states: await DestinationStates.load(path.join(folder, 'destinations.json')),
    clock,
    stateFolder: path.join(folder, 'engine'),
    findMoved: async () => findMoved(),
    changed: () => undefined,
  });
}
