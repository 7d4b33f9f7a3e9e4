import type { ReactNode } from 'react';
import { useAppState } from '../../state/app-state.tsx';
import { isActive } from '../activity/use-runs.ts';
import { Calm } from './calm.tsx';
import { Running } from './running.tsx';
import '../../theme/runs.css';

/** How things stand: calm, or the backup that is running. */
export function Home(): ReactNode {
  const backingUp = useAppState((state) => isActive(state.progress) && state.progress.kind === 'backup');
  return backingUp ? <Running /> : <Calm />;
}
