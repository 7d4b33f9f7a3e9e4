import type { ReactNode } from 'react';
import { useRouteOf } from '../../state/route.ts';
import { RunList } from './run-list.tsx';
import { RunPage } from './run-page.tsx';
import { SkippedPage } from './skipped-page.tsx';
import '../../theme/runs.css';
import './activity.css';

/** All runs; or one of them; or what one of them could not read. */
export function Activity(): ReactNode {
  const route = useRouteOf('activity');
  if (route?.view === 'skipped') return <SkippedPage runId={route.runId ?? null} />;
  if (route?.runId !== undefined) return <RunPage key={route.runId} runId={route.runId} />;
  return <RunList />;
}
