import { useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import type { Progress, RunSummary } from '../../../preload/contract.ts';
import { useAppState } from '../../state/app-state.tsx';
import { api, useCall } from '../../state/bridge.ts';
import type { UserError } from '../../state/user-error.ts';

/** True while a run still does something or waits to go on. */
export function isActive(progress: Progress | null): progress is Progress {
  return progress !== null && ['running', 'pausing', 'paused', 'stopping'].includes(progress.state);
}

/** The run of this moment, or null. */
export function useActiveRun(): Progress | null {
  return useAppState((state) => (isActive(state.progress) ? state.progress : null));
}

/** All runs, newest first as main sends them; read again whenever a run begins or ends. */
export function useRuns(): UseQueryResult<RunSummary[], UserError> {
  const client = useQueryClient();
  const moment = useAppState((state) => {
    const active = isActive(state.progress) ? state.progress.runId : '';
    return `${active} ${state.lastBackup?.id ?? ''}`;
  });
  const seen = useRef(moment);
  useEffect(() => {
    if (seen.current === moment) return;
    seen.current = moment;
    void client.invalidateQueries({ queryKey: ['activity'] });
  }, [client, moment]);
  return useCall(['activity', 'runs'], () => api.activity.runs(), { live: true });
}
