import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Check, Minus, X } from 'lucide-react';
import type { ReactNode } from 'react';
import type { DestinationTest } from '../../../preload/contract.ts';
import { bytesParts, formatBytes, formatRate } from '../format.ts';
import { Icon } from '../icon.tsx';
import { Note } from '../surfaces.tsx';

type Check = DestinationTest['checks'][number];

const SHORT: Record<Check['id'], string> = {
  reach: t`Reach`,
  write: t`Write`,
  'read-back': t`Read back`,
  list: t`List`,
  rename: t`Replace`,
  remove: t`Remove`,
  space: t`Free space`,
};

/** The check without which the ones after it would say nothing, where it failed. */
function blocking(checks: readonly Check[]): Check | undefined {
  return checks.find((check) => !check.ok && (check.id === 'reach' || check.id === 'write'));
}

/** "94 MB/s up, 260 down": only what was measured. */
function speed(test: DestinationTest): string {
  const { writeMBps: up, readMBps: down } = test;
  if (up === null) return down === null ? '' : t`${formatRate(down * 1e6)} down`;
  if (down === null) return t`${formatRate(up * 1e6)} up`;
  const [value, unit] = bytesParts(down * 1e6);
  const same = bytesParts(up * 1e6)[1] === unit;
  return t`${formatRate(up * 1e6)} up, ${same ? value : formatRate(down * 1e6)} down`;
}

/** "645 GB free of 1 TB", or nothing where it is not known. */
export function roomWords({ freeBytes, totalBytes }: Pick<DestinationTest, 'freeBytes' | 'totalBytes'>): string | null {
  if (freeBytes === null) return null;
  return totalBytes === null
    ? t`${formatBytes(freeBytes)} free`
    : t`${formatBytes(freeBytes)} free of ${formatBytes(totalBytes)}`;
}

/** What the real checks found, in one line; what failed with its reason below. */
export function TestLines({ test }: { test: DestinationTest }): ReactNode {
  const stopped = blocking(test.checks);
  // That it was reached goes without saying where the rest works; known room stands beside the name, in numbers.
  const shown = test.checks.filter(
    ({ id, ok }) => !ok || (id === 'reach' ? !test.ok : id !== 'space' || test.freeBytes === null),
  );
  const tried = (check: Check): boolean => check.ok || stopped === undefined || stopped === check;
  return (
    <>
      <div className="place-tests t12 num">
        <ul>
          {shown.map((check) => (
            <li
              key={check.id}
              className={check.ok ? 'good' : tried(check) ? 'bad' : 'faint'}
              title={`${check.label}. ${check.detail}`}
            >
              <Icon of={check.ok ? Check : tried(check) ? X : Minus} size={12} />
              {SHORT[check.id]}
              <span className="sr">{check.ok ? t`: works` : tried(check) ? t`: failed` : t`: not tried`}</span>
            </li>
          ))}
        </ul>
        <span className="push faint">{speed(test)}</span>
      </div>
      {test.checks
        .filter((check) => !check.ok && tried(check))
        .map((check) => (
          <p key={check.id} className="place-failed">
            <strong className="medium">
              <Trans>{check.label}: no.</Trans>
            </strong>{' '}
            {check.detail}
          </p>
        ))}
    </>
  );
}

/** Things worth knowing that are not failures. */
export function TestNotes({ test }: { test: DestinationTest }): ReactNode {
  return (
    <>
      {test.content === 'other-files' && (
        <Note>
          <p>
            <Trans>
              <strong>Other files are there too.</strong> Holdfast leaves them as they are. A folder of its own is
              tidier.
            </Trans>
          </p>
        </Note>
      )}
      {test.warnings.map((warning) => (
        <Note key={warning} tone="amber">
          <p>{warning}</p>
        </Note>
      ))}
    </>
  );
}
