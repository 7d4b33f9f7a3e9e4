import type { ReactNode } from 'react';
import type { FoundItem } from '../../../../preload/contract.ts';

const WIDTH = 120;
const HEIGHT = 16;
const INSET = 4;

/** From when to when snapshots have it, along the time since the oldest snapshot; a cross where it is gone. */
export function Life({ item, since }: { item: FoundItem; since: number }): ReactNode {
  const now = Date.now();
  const span = Math.max(1, now - since);
  const x = (at: number): number => INSET + Math.min(1, Math.max(0, (at - since) / span)) * (WIDTH - 2 * INSET);
  const from = x(item.oldestAt);
  const to = item.gone ? Math.max(from + 8, x(item.newestAt)) : WIDTH - INSET;
  return (
    <svg className="found-life" width={WIDTH} height={HEIGHT} aria-hidden="true">
      <path className="life-base" d={`M${INSET} 8.5H${WIDTH - INSET}`} />
      <path className={item.gone ? 'life life-gone' : 'life'} d={`M${from.toFixed(1)} 8.5H${to.toFixed(1)}`} />
      <circle className={item.gone ? 'life-dot life-dot-gone' : 'life-dot'} cx={from.toFixed(1)} cy="8.5" r="2.5" />
      {item.gone && <path className="life-x" d={`M${(to - 3).toFixed(1)} 5.5l6 6m0-6l-6 6`} />}
    </svg>
  );
}
