import { t } from '@lingui/core/macro';
import type { ReactNode } from 'react';
import type { Destination, Progress as RunProgress } from '../../../preload/contract.ts';
import { formatLeft, formatPercent, joined } from '../../components/format.ts';
import { Icon } from '../../components/icon.tsx';
import { Name } from '../../components/name.tsx';
import { goingShare, goingWords } from '../../components/places/destination-words.ts';
import { iconOf } from '../../components/places/kinds.ts';
import { Progress } from '../../components/progress.tsx';
import { Card } from '../../components/surfaces.tsx';
import { visibleName } from '../../components/visible.ts';
import { bytesOf, phaseShare } from './run-words.ts';

interface Going {
  readonly share: number | null;
  readonly words: string;
  /** What stands at the end of the name's line. */
  readonly end: string;
  /** It does not get all of this run. */
  readonly short?: boolean;
}

/** A run to one place is told by its phase, whose size is known; of several each has its own numbers. */
function goingOf(one: Destination, alone: boolean, progress: RunProgress): Going {
  const upload = progress.phases.find((phase) => phase.phase === 'upload');
  if (alone) {
    if (upload === undefined || upload.state === 'waiting')
      return { share: 0, words: t`Waits for the first files`, end: '' };
    const share = upload.totalBytes === null ? null : phaseShare(upload);
    const bytes = bytesOf(upload.bytes, upload.totalBytes);
    const words = progress.etaMs === null ? bytes : joined([bytes, formatLeft(progress.etaMs)]);
    return { share: share ?? 0, words, end: share === null ? '' : formatPercent(share) };
  }
  const own = progress.destinations.find(({ id }) => id === one.id);
  if (own === undefined) {
    return one.state === 'away' || one.state === 'sign-in' || one.state === 'error'
      ? { share: 0, words: one.message, end: t`Left out`, short: true }
      : { share: 0, words: t`Waits for the first files`, end: '' };
  }
  const share = goingShare(own);
  const end =
    own.state === 'behind' ? t`Behind` : own.state === 'done' ? t`Done` : share === null ? '' : formatPercent(share);
  return { share: share ?? 0, words: goingWords(own), end, short: own.state === 'behind' };
}

/** Where a running backup goes, each place with its own progress. */
export function ToCard({
  destinations,
  progress,
}: {
  destinations: readonly Destination[];
  progress: RunProgress;
}): ReactNode {
  const alone = destinations.length === 1;
  return (
    <Card title={alone ? t`Destination` : t`Destinations`}>
      <ul className="runlist">
        {destinations.map((one) => {
          const going = goingOf(one, alone, progress);
          return (
            <li key={one.id}>
              <Icon of={iconOf(one.kind)} size={20} />
              <div className="destlist-text">
                <div className="rowline">
                  <span className="clip dest-name">
                    <Name of={one.name} className="medium" />
                  </span>
                  <span className={`num push ${going.short === true ? 'warn' : 'dim'}`}>{going.end}</span>
                </div>
                <Progress label={t`Stored in ${visibleName(one.name)}`} value={going.share} />
                <p className="t12 faint num">{going.words}</p>
              </div>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
