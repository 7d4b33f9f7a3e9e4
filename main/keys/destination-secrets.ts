/** What opens destinations (tokens, passwords, keys), each in an entry of its own of the keychain. */
import { HoldfastError } from '../errors.ts';
import { Secret, wipe } from './secret.ts';
import { MAX_SECRET_BYTES, type SecretStore } from './store.ts';

/** What is kept says so; entries of before it did are of version 1 as well. */
const VERSION = 1;

const accountOf = (id: string): string => `destination:${id}`;

/**
 * The secrets of a destination, or null where there are none, or none that can be understood: a newer version's, too.
 * @param id of the plan's destination
 * @throws HoldfastError `keychain-unavailable`
 */
export async function readDestinationSecret(store: SecretStore, id: string): Promise<unknown> {
  const secret = await store.get(accountOf(id));
  if (secret === null) return null;
  try {
    const kept = secret.read((bytes) => JSON.parse(Buffer.from(bytes).toString('utf8')) as unknown);
    if (typeof kept !== 'object' || kept === null) return null;
    const { version = VERSION, ...value } = kept as { version?: unknown };
    return version === VERSION ? value : null;
  } catch {
    return null;
  } finally {
    secret.wipe();
  }
}

/**
 * Keeps the secrets of a destination, in place of what was kept.
 * @throws HoldfastError `bad-input` where they are longer than a keychain holds (1,875 bytes), `keychain-unavailable`
 */
export async function keepDestinationSecret(store: SecretStore, id: string, value: object): Promise<void> {
  const bytes = Buffer.from(JSON.stringify({ version: VERSION, ...value }), 'utf8');
  try {
    if (bytes.length > MAX_SECRET_BYTES) {
      throw new HoldfastError(
        'bad-input',
        'What opens this destination is too long for the keychain.',
        'Nothing was kept. Use a shorter key (Ed25519), or name its file instead of its text.',
      );
    }
    const secret = new Secret(bytes);
    try {
      await store.set(accountOf(id), secret);
    } finally {
      secret.wipe();
    }
  } finally {
    wipe(bytes);
  }
}

/** Forgets the secrets of a destination. @throws HoldfastError `keychain-unavailable` */
export async function forgetDestinationSecret(store: SecretStore, id: string): Promise<void> {
  await store.delete(accountOf(id));
}
