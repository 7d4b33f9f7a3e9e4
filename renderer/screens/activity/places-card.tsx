import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Check, Clock } from 'lucide-react';
import type { ReactNode } from 'react';
import type { RunDetail } from '../../../preload/contract.ts';
import { Bytes, Card, formatCount, Icon } from '../../components/index.ts';
import { Name } from '../../components/name.tsx';
import { placeRows, type PlaceRow } from './place-rows.ts';

function Outcome({ row }: { row: PlaceRow }): ReactNode {
  if (row.complete === null) return <span className="faint">–</span>;
  return (
    <span className={`row ${row.complete ? 'good' : 'warn'}`} title={row.why ?? undefined}>
      <Icon of={row.complete ? Check : Clock} size={12} />
      <span className="clip">{row.complete ? t`Complete` : (row.why ?? t`Behind; it catches up by itself`)}</span>
    </span>
  );
}

/** How a run ended at each of its places. Nothing where it went to one folder of this computer alone. */
export function PlacesCard({ run }: { run: RunDetail }): ReactNode {
  const rows = placeRows(run);
  if (rows.length === 0 || (rows.length === 1 && rows[0]?.requests === null && rows[0].complete === true)) return null;
  return (
    <Card title={t`Places`} className="phasecard run-places">
      <table className="grid" aria-label={t`Places`}>
        <thead>
          <tr>
            <th scope="col">
              <Trans>Place</Trans>
            </th>
            <th scope="col">
              <Trans>Outcome</Trans>
            </th>
            <th scope="col" className="end">
              <Trans>Stored</Trans>
            </th>
            <th scope="col" className="end">
              <Trans>Requests</Trans>
            </th>
            <th scope="col" className="end">
              <Trans>Over the network</Trans>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              <td className="ink">
                <Name of={row.name} />
              </td>
              <td>
                <Outcome row={row} />
              </td>
              <td className="end">{row.storedBytes === null ? '–' : <Bytes of={row.storedBytes} />}</td>
              <td className="end">{row.requests === null ? '–' : formatCount(row.requests)}</td>
              <td className="end">{row.bytes === null ? '–' : <Bytes of={row.bytes} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}
