import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Fragment, type ReactNode } from 'react';
import { formatDay, KeyGrid, Mark } from '../../components/index.ts';
import { qrPath } from './qr-path.ts';

function Code({ qr }: { qr: { size: number; modules: readonly boolean[] } | null }): ReactNode {
  if (qr === null) return <span className="qr qr-hidden" />;
  return (
    <svg className="qr" viewBox={`0 0 ${qr.size} ${qr.size}`} shapeRendering="crispEdges">
      <path d={qrPath(qr.size, qr.modules)} />
    </svg>
  );
}

/** The kit as the page that is printed: the digits, the code, and what to do with them. A picture; its words are spoken once. */
export function KitPage({
  computer,
  destination,
  groups,
  checks,
  qr,
}: {
  computer: string;
  destination: string;
  groups: readonly string[] | null;
  checks: readonly string[] | null;
  qr: { size: number; modules: readonly boolean[] } | null;
}): ReactNode {
  const made = new Date();
  made.setFullYear(made.getFullYear() + 1); // a date of "another year" is written out in full
  return (
    <div
      className="kit-page"
      role="img"
      aria-label={t`The kit: one page with your 64 digits, a square code to scan, and three steps`}
    >
      <div className="kit-top">
        <Mark plain />
        <span>
          <Trans>Holdfast key kit</Trans>
        </span>
      </div>
      <div className="kit-main">
        <div>
          <p className="kit-l">
            <Trans>Opens the backup of</Trans>
          </p>
          <p className="kit-v">{computer}</p>
          <p className="kit-l">
            <Trans>Kept in</Trans>
          </p>
          <p className="kit-v">
            {destination.split(/(?<=[/\\])/).map((part, i) => (
              <Fragment key={i}>
                {part}
                <wbr />
              </Fragment>
            ))}
          </p>
          <p className="kit-l">
            <Trans>Made</Trans>
          </p>
          <p className="kit-v">{formatDay(Date.now(), made.getTime())}</p>
        </div>
        <Code qr={qr} />
      </div>
      <div className="kit-key" aria-hidden="true">
        <KeyGrid groups={groups} checks={checks ?? undefined} />
      </div>
      <ol className="kit-steps">
        <li>
          <Trans>Install Holdfast on any computer.</Trans>
        </li>
        <li>
          <Trans>Choose “Restore an existing backup”.</Trans>
        </li>
        <li>
          <Trans>Type the rows A to D, or scan the square.</Trans>
        </li>
      </ol>
      <p className="kit-sign">
        <Trans>
          Kept at
          <span />
        </Trans>
      </p>
    </div>
  );
}
