/** Opens the domains that an access reaches, with their trees, for verbs that look across snapshots. */
import type { Access, DestinationSpec } from '../api.ts';
import { HoldfastError } from '../../errors.ts';
import { text } from '../../text.ts';
import type { RemotePacks } from '../fetch/remote-packs.ts';
import { openFor } from '../open.ts';
import type { VerbContext } from '../verb-context.ts';
import { loadDomain, type Domain, type LoadOptions, type StoredSnapshot } from './domain.ts';
import { tellUnread } from './storage-failure.ts';
import { sourceOf } from './pack-source.ts';
import { Repository } from './repository.ts';
import { TreeReader } from './tree-reader.ts';
import { toHex } from '../format/bytes.ts';

export interface OpenDomain {
  domain: Domain;
  trees: TreeReader;
  /** What fetches its packs; null where they are read in place. */
  source: RemotePacks | null;
  close(): Promise<void>;
}

/** A domain of which every pack can be read until it is closed. `context`: of the verb that reads it. */
export async function openDomain(
  repository: Repository,
  id: string,
  spec: DestinationSpec,
  context: VerbContext,
  options: Pick<LoadOptions, 'metadataOnly'> = {},
): Promise<OpenDomain> {
  const domain = await loadDomain(repository, id, { ...options, blocksOnly: true });
  tellUnread(domain, context);
  const source = sourceOf(domain, spec, context);
  const leave = source?.attend(context);
  const trees = treesOf(domain);
  return {
    domain,
    trees,
    source,
    close: async () => {
      trees.close();
      await leave?.();
      await source?.close();
    },
  };
}

function treesOf(domain: Domain): TreeReader {
  // All snapshots of a computer are named by the keys of the epoch that it joined in.
  const joined = domain.snapshots.at(-1)?.snapshot.domainEpoch;
  return new TreeReader(domain, joined === undefined ? null : domain.keys.blobIdFor(joined));
}

/**
 * Opens every domain that the access reaches, one after the other, and closes each when `use` is done with it.
 *
 * @param clientId only this one, in hex. Errors: snapshot-not-found where there is none of this id, those of opening
 */
export async function withDomains(
  spec: DestinationSpec,
  access: Access,
  clientId: string | undefined,
  context: VerbContext,
  use: (open: OpenDomain, repository: Repository) => Promise<void>,
): Promise<void> {
  const destination = await openFor(spec, context);
  try {
    const repository = await Repository.open(destination, access);
    for (const id of await reachableIds(repository, clientId)) {
      const open = await openDomain(repository, id, spec, context);
      try {
        await use(open, repository);
      } finally {
        await open.close();
      }
    }
  } finally {
    await destination.close();
  }
}

/** Client ids (hex) that an access reaches: its own with a capability, all with the key. Errors: snapshot-not-found. */
export async function reachableIds(repository: Repository, only?: string): Promise<string[]> {
  const { capability } = repository;
  const ids = capability === null ? await repository.clientIds() : [toHex(capability.clientId)];
  if (only === undefined) return ids;
  if (ids.includes(only)) return [only];
  throw new HoldfastError(
    'snapshot-not-found',
    text`There is no computer ${only} here, or its backups need the key.`,
    'Nothing was changed. List the snapshots to see the computers; give the key to see those of others.',
  );
}

/** The name that the newest snapshot gives the computer; its id where there is none. */
export const computerNameOf = (domain: { id: string; snapshots: StoredSnapshot[] }): string =>
  domain.snapshots.at(-1)?.snapshot.computerName ?? domain.id;
