/** The versions of one file, which of them is chosen, and how that one stands against the disk. */
import { useEffect, useState } from 'react';
import type { DiskState, FileVersion } from '../../../../preload/contract.ts';
import { api, useAction, useCall } from '../../../state/bridge.ts';
import type { UserError } from '../../../state/user-error.ts';

/** So long a row has to be chosen before its versions are read: arrows pass over many. */
const REST_MS = 150;

/** A value once it has not changed for a moment. */
function useRested<T>(value: T): T | null {
  const [rested, setRested] = useState<T | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), REST_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return rested === value ? rested : null;
}

export interface VersionsOf {
  /** Newest first; none while they are looked for. */
  readonly versions: readonly FileVersion[];
  /** Null while they are looked for. */
  readonly version: FileVersion | null;
  readonly unread: number;
  readonly choose: (at: number) => void;
  readonly error: UserError | null;
  readonly reading: boolean;
  readonly retry: () => void;
  /** Null where it was not asked for. */
  readonly disk: DiskState | null;
  readonly diskError: UserError | null;
  readonly comparing: boolean;
  readonly compare: () => void;
}

/** Which version of which file was picked; kept by whoever outlives the panel. */
export type PickedVersion = { key: string; at: number } | null;

/**
 * @param current snapshot that is looked at: its version is chosen first; the newest where it is null
 */
export function useVersions(
  clientId: string,
  entryId: string,
  current: string | null,
  [picked, setPicked]: [PickedVersion, (next: PickedVersion) => void],
): VersionsOf {
  const key = `${clientId} ${entryId}`;
  const rested = useRested(key);
  const answer = useCall(['browse', 'versions', clientId, entryId], () => api.look.versions({ clientId, entryId }), {
    enabled: rested !== null,
  });
  const disk = useAction((snapshotId: string) => api.look.onDisk({ snapshotId, entryId }), { failure: 'inline' });
  const versions = answer.data?.versions ?? [];
  const own = versions.findIndex((one) => current !== null && one.snapshotIds.includes(current));
  const at = picked?.key === key ? picked.at : Math.max(0, own);
  const version = versions[at] ?? null;
  const { reset } = disk;
  useEffect(() => reset(), [reset, key, at]);
  return {
    versions,
    version,
    unread: answer.data?.unread ?? 0,
    choose: (next) => setPicked({ key, at: next }),
    error: answer.error?.code === 'stopped' ? null : answer.error,
    reading: answer.isFetching,
    retry: () => void answer.refetch(),
    disk: disk.data ?? null,
    diskError: disk.error,
    comparing: disk.pending,
    compare: () => version !== null && disk.run(version.snapshotId),
  };
}
