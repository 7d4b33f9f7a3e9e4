import { t } from '@lingui/core/macro';
import type { ReactNode } from 'react';
import { GROUPS_PER_ROW, ROWS } from './key-text.ts';

function spoken(groups: readonly string[]): string {
  return groups.map((group) => [...group].join(' ')).join(', ');
}

/**
 * The 64 digits in rows A to D, each digit in its own cell, the two-character check at the end of each row.
 * @param groups 16 groups; null shows dots in their place and puts nothing secret into the page
 */
export function KeyGrid({
  groups,
  checks,
}: {
  groups: readonly string[] | null;
  checks?: readonly string[] | undefined;
}): ReactNode {
  return (
    <div className="key">
      {ROWS.map((row, r) => {
        const own = groups?.slice(r * GROUPS_PER_ROW, (r + 1) * GROUPS_PER_ROW) ?? null;
        const check = checks?.[r];
        return (
          <div key={row} className="krow">
            {own !== null && (
              <span className="sr">
                {check === undefined
                  ? t`Row ${row}: ${spoken(own)}`
                  : t`Row ${row}: ${spoken(own)}. Check: ${[...check].join(' ')}`}
              </span>
            )}
            <span className="kl" aria-hidden="true">
              {row}
            </span>
            {Array.from({ length: GROUPS_PER_ROW }, (_, g) => (
              <span key={g} className={`kg ${own === null ? 'kg-hidden' : ''}`} aria-hidden="true">
                {[...(own?.[g] ?? '••••')].map((digit, d) => (
                  <i key={d}>{digit}</i>
                ))}
              </span>
            ))}
            {checks !== undefined && (
              <span className="kc" aria-hidden="true">
                {own === null ? '' : check}
              </span>
            )}
          </div>
        );
      })}
    </div>
  );
}
