import { t } from '@lingui/core/macro';
import { Check } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Progress } from '../../../preload/contract.ts';
import { Icon } from '../../components/icon.tsx';
import { milestone, phaseNumbers, phaseWord } from './run-words.ts';

const CLASS = { done: 'ph-done', running: 'ph-now', waiting: 'ph-next' };
const SPOKEN = { done: t`done`, running: t`now`, waiting: t`to come` };

/** The phases of a run from left to right, each with its own numbers. Spoken only at milestones. */
export function Phases({ progress }: { progress: Progress }): ReactNode {
  return (
    <>
      <ol className="phases">
        {progress.phases.map((phase) => (
          <li
            key={phase.phase}
            className={CLASS[phase.state]}
            {...(phase.state === 'running' ? { 'aria-current': 'step' } : {})}
          >
            <span className="ph-dot">
              {phase.state === 'done' && <Icon of={Check} size={12} />}
              {phase.state === 'running' && <b />}
            </span>
            <span className="ph-t">
              {phaseWord(phase.phase)}
              <span className="sr">, {SPOKEN[phase.state]}</span>
            </span>
            <span className="t12 ph-s num">{phaseNumbers(phase)}</span>
          </li>
        ))}
      </ol>
      <p className="sr" role="status">
        {milestone(progress)}
      </p>
    </>
  );
}
