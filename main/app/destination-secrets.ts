/** Connects the destinations' secrets with the keychain. */
import type { DestinationCredentials, DestinationKind } from '../destinations/spec.ts';
import type { DestinationSecrets } from '../jobs/destinations.ts';
import { forgetDestinationSecret, keepDestinationSecret, readDestinationSecret } from '../keys/destination-secrets.ts';
import type { SecretStore } from '../keys/store.ts';

const KINDS: readonly DestinationKind[] = ['google-drive', 's3', 'webdav', 'sftp'];

export function destinationSecrets(store: SecretStore): DestinationSecrets {
  return {
    read: async (id) => {
      const value = await readDestinationSecret(store, id);
      return isCredentials(value) ? value : null;
    },
    keep: async (id, credentials) => await keepDestinationSecret(store, id, credentials),
    forget: async (id) => await forgetDestinationSecret(store, id),
  };
}

/** What was kept by `keep`; anything else under that name is not ours, and the adapter says what is missing. */
function isCredentials(value: unknown): value is DestinationCredentials {
  return typeof value === 'object' && value !== null && 'kind' in value && KINDS.some((kind) => kind === value.kind);
}
