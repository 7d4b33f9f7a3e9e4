/** R5: where things go and what happens to files that are there already, with the plan that main makes of it. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import type { Place, RestorePlan } from '../../../preload/contract.ts';
import { api, useAction, useCall } from '../../state/bridge.ts';
import { toUserError, type UserError } from '../../state/user-error.ts';

export type Where = 'folder' | 'original';
export type Conflict = 'keep-both' | 'skip' | 'replace';

export interface WhereState {
  readonly where: Where;
  readonly conflict: Conflict;
  /** The proposed or chosen folder; null while the proposal is on its way. */
  readonly folder: Place | null;
  /** True once the user chose another folder than the proposed one. */
  readonly chosen: boolean;
  readonly choosing: boolean;
  readonly plan: RestorePlan | null;
  /** True while the numbers shown belong to the choice before. */
  readonly planning: boolean;
  readonly error: UserError | null;
  readonly retry: () => void;
  readonly setWhere: (where: Where) => void;
  readonly setConflict: (conflict: Conflict) => void;
  readonly choose: () => void;
}

/** @param entryIds what to restore; empty means the whole snapshot. Must not change while the screen is open. */
export function useWhere(snapshotId: string, entryIds: string[]): WhereState {
  // The ids may be many thousands: the plan is kept under the screen's own name instead of under all of them.
  const name = useId();
  const [where, setWhere] = useState<Where>('folder');
  const [conflict, setConflict] = useState<Conflict>('keep-both');
  const [own, setOwn] = useState<Place | null>(null);
  const proposed = useCall(['restore', 'suggest'], () => api.restore.suggestTarget(), { live: true });
  const dialog = useAction(() => api.restore.chooseTarget(), {
    onDone: (place) => {
      if (place === null) return;
      setOwn(place);
      setWhere('folder');
    },
  });
  const folder = own ?? proposed.data ?? null;
  const plan = useQuery<RestorePlan, UserError>({
    queryKey: ['restore', 'plan', name, snapshotId, where, where === 'folder' ? folder?.cap : null, conflict],
    queryFn: () =>
      api.restore.plan({
        snapshotId,
        entryIds,
        target: where === 'original' ? { kind: 'original' } : { kind: 'folder', cap: folder?.cap ?? '' },
        conflict,
      }),
    enabled: where === 'original' || folder !== null,
    placeholderData: keepPreviousData,
    staleTime: 0,
    gcTime: 0,
  });
  const failure = where === 'folder' && own === null ? (proposed.error ?? plan.error) : plan.error;
  return {
    where,
    conflict,
    folder,
    chosen: own !== null,
    choosing: dialog.pending,
    plan: plan.data ?? null,
    planning: plan.isPending || plan.isPlaceholderData || plan.isFetching,
    error: failure === null ? null : toUserError(failure),
    retry: () => {
      if (proposed.error !== null) void proposed.refetch();
      else void plan.refetch();
    },
    setWhere,
    setConflict,
    choose: () => dialog.run(),
  };
}
