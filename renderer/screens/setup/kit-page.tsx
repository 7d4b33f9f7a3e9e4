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
      aria-label="The kit: one page with your 64 digits, a square code to scan, and three steps"
    >
      <div className="kit-top">
        <Mark plain />
        <span>Holdfast key kit</span>
      </div>
      <div className="kit-main">
        <div>
          <p className="kit-l">Opens the backup of</p>
          <p className="kit-v">{computer}</p>
          <p className="kit-l">Kept in</p>
          <p className="kit-v">
            {destination.split(/(?<=[/\\])/).map((part, i) => (
              <Fragment key={i}>
                {part}
                <wbr />
              </Fragment>
            ))}
          </p>
          <p className="kit-l">Made</p>
          <p className="kit-v">{formatDay(Date.now(), made.getTime())}</p>
        </div>
        <Code qr={qr} />
      </div>
      <div className="kit-key" aria-hidden="true">
        <KeyGrid groups={groups} checks={checks ?? undefined} />
      </div>
      <ol className="kit-steps">
        <li>Install Holdfast on any computer.</li>
        <li>Choose “Restore an existing backup”.</li>
        <li>Type the rows A to D, or scan the square.</li>
      </ol>
      <p className="kit-sign">
        Kept at
        <span />
      </p>
    </div>
  );
}
