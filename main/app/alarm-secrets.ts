/** Keeps the addresses of the alarms in the keychain, each in an entry of its own. */
import type { AlarmSecrets } from '../jobs/alarms/alarms.ts';
import type { AlarmKind } from '../jobs/alarms/settings.ts';
import { Secret } from '../keys/secret.ts';
import type { SecretStore } from '../keys/store.ts';

const accountOf = (kind: AlarmKind): string => `alarm:${kind}`;

export function alarmSecrets(store: SecretStore): AlarmSecrets {
  return {
    read: async (kind) => {
      const secret = await store.get(accountOf(kind));
      if (secret === null) return null;
      try {
        return secret.read((bytes) => Buffer.from(bytes).toString('utf8'));
      } finally {
        secret.wipe();
      }
    },
    keep: async (kind, address) => {
      const secret = new Secret(Buffer.from(address, 'utf8'));
      try {
        await store.set(accountOf(kind), secret);
      } finally {
        secret.wipe();
      }
    },
    forget: async (kind) => {
      await store.delete(accountOf(kind));
    },
  };
}
