import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Tries as Counts } from '../../../preload/contract.ts';
import { formatClock, formatDate, formatDuration } from '../format.ts';
import { Icon } from '../icon.tsx';
import { useMsUntil } from '../use-until.ts';

/** From here on a wrong try deserves a pause: the page says so. */
export const STOP_AND_THINK = 3;

/** One box for each try: used ones crossed, the ones that are left outlined. A picture; the words beside it say it. */
export function TryBoxes({ tries }: { tries: Counts }): ReactNode {
  return (
    <div className={`tries ${tries.left <= STOP_AND_THINK ? 'tries-few' : ''}`} aria-hidden="true">
      {Array.from({ length: tries.limit }, (_, i) => (
        <span key={i} className={i < tries.used ? 'try-used' : 'try-left'}>
          {i < tries.used && <Icon of={X} />}
        </span>
      ))}
    </div>
  );
}

const LONG_MS = 3 * 3_600_000;

/** The vault's pause: how long still, and until when. The running clock is not spoken; the time it ends is. */
export function WaitWords({ until }: { until: number }): ReactNode {
  const left = useMsUntil(until);
  return (
    <>
      <Trans>
        <strong>The vault asks for a pause.</strong> It takes the next try {formatDate(until)}
        <span className="num" aria-hidden="true">
          , in {left < LONG_MS ? formatClock(Math.ceil(left / 1000) * 1000) : formatDuration(left)}
        </span>
        . The pause runs at the vault; setting this computer’s clock changes nothing.
      </Trans>
    </>
  );
}

/** "6 tries left before the vault destroys its copy." */
export function leftWords(tries: Counts): string {
  return tries.left === 1
    ? t`One try is left before the vault destroys its copy.`
    : plural(tries.left, {
        one: '# try left before the vault destroys its copy.',
        other: '# tries left before the vault destroys its copy.',
      });
}

/** Pauses after so many wrong ones in a row, for everybody; after the eighth and ninth it depends on the computer. */
const PAUSES: Readonly<Record<number, string>> = { 4: t`1 minute`, 5: t`5 minutes`, 6: t`15 minutes`, 7: t`1 hour` };

/** What another wrong one would bring beside a try less; null where nothing or the end. */
export function nextPause(tries: Counts): ReactNode {
  const used = tries.used + 1;
  if (used >= tries.limit || tries.limit !== 10) return null;
  const pause = PAUSES[used];
  if (pause !== undefined) {
    return (
      <>
        <Trans>
          You can try now. After another wrong one, the vault takes no try for <strong>{pause}</strong>.
        </Trans>
      </>
    );
  }
  return used < 8 ? null : (
    <>
      <Trans>
        You can try now. After another wrong one, the vault makes this computer wait <strong>7 days</strong>; one that
        has unlocked this backup before waits 1 hour.
      </Trans>
    </>
  );
}
