/** Opens a computer's own domain to make it smaller: under the local lock, so that no backup of it runs meanwhile. */
import type { Destination } from '../destinations/destination.ts';
import { placeId } from '../destinations/place-id.ts';
import type { Access, DestinationSpec } from './api.ts';
import { bringAdoption } from './bring-adoption.ts';
import { copyLockKey } from './copy-run.ts';
import { toHex } from './format/bytes.ts';
import type { Capability } from './format/capability.ts';
import { endingOf } from './markers.ts';
import { openFor } from './open.ts';
import type { Domain } from './repository/domain.ts';
import { checkKnown } from './repository/known-state.ts';
import { takeLocalLock } from './repository/local-lock.ts';
import { closeSnapshot } from './repository/open-trees.ts';
import { sourceOf } from './repository/pack-source.ts';
import { Repository } from './repository/repository.ts';
import { refuseUnknownKeys } from './repository/writer-standing.ts';
import type { RemotePacks } from './fetch/remote-packs.ts';
import type { VerbContext } from './verb-context.ts';

export interface OwnDomain {
  destination: Destination;
  /** Opened with the capability. */
  repository: Repository;
  capability: Capability;
  /** Client id in hex. */
  id: string;
}

export interface OwnDomainInput {
  destination: DestinationSpec;
  access: Extract<Access, { kind: 'capability' }>;
  stateFolder: string;
}

/**
 * Nothing is copied to or from the place meanwhile by this computer either: a copy that looked before and puts after
 * would bring a snapshot whose packs are gone. Errors: busy, locked, repository-rolled-back, those of opening.
 */
export async function withOwnDomain<T>(
  input: OwnDomainInput,
  context: VerbContext,
  work: (own: OwnDomain) => Promise<T>,
): Promise<T> {
  const destination = await openFor(input.destination, context);
  try {
    return await inOwnDomain(destination, input, work);
  } finally {
    await destination.close();
  }
}

/** The same in a destination that is open already; the caller closes it. */
export async function inOwnDomain<T>(
  destination: Destination,
  input: OwnDomainInput,
  work: (own: OwnDomain) => Promise<T>,
): Promise<T> {
  const opened = await Repository.open(destination, input.access);
  const { capability } = opened;
  if (capability === null) throw new Error('a domain is opened with a capability');
  const { repoId, clientId } = capability;
  const lock = await takeLocalLock(`${toHex(repoId)}:${toHex(clientId)}`);
  try {
    const copies = await takeLocalLock(copyLockKey(repoId, placeId(input.destination)));
    try {
      // First: what shows an older state than before is refused, not brought up to date.
      await checkKnown(input.stateFolder, opened.file, input.destination);
      const repository = await bringAdoption(destination, opened, input.access, input.stateFolder);
      if (repository !== opened) await checkKnown(input.stateFolder, repository.file, input.destination);
      refuseUnknownKeys(capability, repository.file);
      return await work({ destination, repository, capability, id: toHex(clientId) });
    } catch (error) {
      throw await endingOf(destination, capability, error);
    } finally {
      await copies.release();
    }
  } finally {
    // What was kept open for browsing may name what is gone now.
    void closeSnapshot();
    await lock.release();
  }
}

/** Lets the domain's packs be read, wherever they lie, until the work is done. */
export async function reading<T>(
  domain: Domain,
  spec: DestinationSpec,
  context: VerbContext,
  work: (source: RemotePacks | null) => Promise<T>,
): Promise<T> {
  const source = sourceOf(domain, spec, context);
  const leave = source?.attend(context);
  try {
    return await work(source);
  } finally {
    await leave?.();
    await source?.close();
  }
}
