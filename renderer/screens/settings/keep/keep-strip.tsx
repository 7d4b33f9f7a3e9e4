import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useMemo, type ReactNode } from 'react';
import type { KeepDecision } from '../../../../preload/contract.ts';
import { useSize } from '../../../components/use-size.ts';
import { layStrip } from './strip-layout.ts';

const HEIGHT = 64;
const BASE = 44;
const INSET = 3;
/** Words nearer than this to an end would be cut off, or stand on each other. */
const WORD_PX = 30;

/** Every backup of this computer on a line of time: tall ones stay, short ones go. */
export function KeepStrip({ decisions, now }: { decisions: readonly KeepDecision[]; now: number }): ReactNode {
  const { ref: box, size } = useSize();
  const { width } = size;
  const lay = useMemo(() => layStrip(decisions, now, Math.max(0, width - 2 * INSET)), [decisions, now, width]);
  const path = (xs: readonly number[], height: number): string =>
    xs.map((x) => `M${x + INSET} ${BASE}v-${height}`).join('');
  const stays = decisions.filter(({ keep }) => keep).length;
  const words = lay.marks.filter(({ x }, i) => {
    const next = lay.marks[i + 1]?.x ?? -WORD_PX;
    return x > WORD_PX && x < width - 2 * WORD_PX && x - next > 2 * WORD_PX - 8;
  });
  return (
    <div
      ref={box}
      className="keep-strip"
      role="img"
      aria-label={t`${plural(stays, { one: '# backup stays', other: '# backups stay' })} of ${decisions.length}, ${decisions.length - stays} would go`}
    >
      <svg width={width} height={HEIGHT} aria-hidden="true">
        {lay.marks.map(({ x, word }) => (
          <path key={word} className="keep-grid" d={`M${x + INSET + 0.5} 6V${BASE}`} />
        ))}
        <path className="keep-goes" d={path(lay.goes, 12)} />
        <path className="keep-stays" d={path(lay.stays, 28)} />
        <path className="keep-stays" d={path(lay.pinned, 34)} />
        {lay.pinned.map((x) => (
          <circle key={x} className="keep-knob" cx={x + INSET} cy={BASE - 36} r="3" />
        ))}
        <path className="keep-base" d={`M0 ${BASE + 0.5}H${width}`} />
        {words.map(({ x, word }) => (
          <text key={word} className="p-txt" x={x + INSET} y="58" textAnchor="middle">
            {word}
          </text>
        ))}
        <text className="p-txt" x={width} y="58" textAnchor="end">
          <Trans>now</Trans>
        </text>
      </svg>
    </div>
  );
}
