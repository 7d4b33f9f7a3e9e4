/** Shows snapshots to file managers: a read-only WebDAV server on this computer. */
import { randomBytes } from 'node:crypto';
import type { Access, DestinationSpec } from './api.ts';
import { HoldfastError } from '../errors.ts';
import { MOUNT_USER } from './mount/guard.ts';
import { topFolder, type Computer } from './mount/items.ts';
import { DavServer } from './mount/server.ts';
import { openFor } from './open.ts';
import { loadDomain, type Domain } from './repository/domain.ts';
import { computerNameOf, openDomain, reachableIds, type OpenDomain } from './repository/open-domains.ts';
import { Repository } from './repository/repository.ts';
import { markedDamaged } from './repository/snapshot-finder.ts';
import type { VerbContext } from './verb-context.ts';

export interface MountInput {
  destination: DestinationSpec;
  /** The key: contents open with nothing else. */
  access: Access;
  /** Computer (client id in hex); all of them where it is not given. */
  clientId?: string | undefined;
  /** Of this computer; any that is free where it is not given. */
  port?: number | undefined;
}

export interface Mount {
  /** `http://127.0.0.1:PORT/SECRET/`: enough to read everything. */
  url: string;
  /** The same without the secret, which is then the password; any user name does. */
  plainUrl: string;
  user: string;
  password: string;
  computers: { name: string; snapshots: number }[];
  /** Ends it; nothing is left on this computer. */
  close(): Promise<void>;
}

/**
 * Starts the server. It shows the snapshots that are there now; contents are decrypted piece by piece, in memory, as they
 * are read. Errors: locked (no key), snapshot-not-found (no such computer), bad-input (the port), those of opening.
 */
export async function mount(input: MountInput, context: VerbContext): Promise<Mount> {
  if (input.access.kind !== 'key') {
    throw new HoldfastError(
      'locked',
      'The contents of this backup are sealed: they open with your 64-digit key only.',
      'Nothing was changed. Give the key with --key-file, or the password with --password, then try again.',
    );
  }
  const destination = await openFor(input.destination, context);
  const opened: Promise<OpenDomain>[] = [];
  const closeAll = async (): Promise<void> => {
    for (const one of await Promise.allSettled(opened)) if (one.status === 'fulfilled') await one.value.close();
    await destination.close();
  };
  try {
    const repository = await Repository.open(destination, input.access);
    const computers: Computer[] = [];
    for (const id of await reachableIds(repository, input.clientId)) {
      const domain = await loadDomain(repository, id, { snapshotsOnly: true });
      const open = onceOpened(async () => {
        const opening = openDomain(repository, id, input.destination, context);
        opened.push(opening);
        return await opening;
      });
      computers.push({ name: computerNameOf(domain), snapshots: domain.snapshots, latest: latestOf(domain), open });
    }
    const secret = randomBytes(18).toString('base64url');
    const server = await DavServer.start({
      top: topFolder(computers),
      secret,
      port: input.port ?? 0,
      warn: (text) => context.emit({ type: 'message', level: 'warning', text }),
    });
    const plainUrl = `http://127.0.0.1:${server.port}/`;
    return {
      url: `${plainUrl}${secret}/`,
      plainUrl,
      user: MOUNT_USER,
      password: secret,
      computers: computers.map(({ name, snapshots }) => ({ name, snapshots: snapshots.length })),
      close: async () => {
        await server.close();
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** Opens with the first call; a failure is tried again by the next. */
function onceOpened(open: () => Promise<OpenDomain>): () => Promise<OpenDomain> {
  let opening: Promise<OpenDomain> | null = null;
  return () => {
    opening ??= open().catch((error: unknown) => {
      opening = null;
      throw error;
    });
    return opening;
  };
}

function latestOf(domain: Domain): Domain['snapshots'][number] | null {
  const damaged = markedDamaged(domain);
  return domain.snapshots.findLast(({ id, snapshot }) => !snapshot.partial && !damaged.has(id)) ?? null;
}
