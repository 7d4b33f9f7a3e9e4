import { Check, Minus, X } from 'lucide-react';
import type { ReactNode } from 'react';
import type { DestinationTest } from '../../../preload/contract.ts';
import { formatBytes } from '../format.ts';
import { Icon } from '../icon.tsx';
import { Note } from '../surfaces.tsx';

type Check = DestinationTest['checks'][number];

const SHORT: Record<Check['id'], string> = {
  reach: 'Reach',
  write: 'Write',
  'read-back': 'Read back',
  list: 'List',
  rename: 'Replace',
  remove: 'Remove',
  space: 'Free space',
};

/** The check without which the ones after it would say nothing, where it failed. */
function blocking(checks: readonly Check[]): Check | undefined {
  return checks.find((check) => !check.ok && (check.id === 'reach' || check.id === 'write'));
}

/** "94 MB/s up, 260 down": only what was measured. */
function speed(test: DestinationTest): string {
  const rate = (mbps: number): string => (mbps < 10 ? mbps.toFixed(1) : String(Math.round(mbps)));
  const parts = [
    test.writeMBps === null ? null : `${rate(test.writeMBps)} MB/s up`,
    test.readMBps === null ? null : `${rate(test.readMBps)}${test.writeMBps === null ? ' MB/s' : ''} down`,
  ];
  return parts.filter((part) => part !== null).join(', ');
}

/** "645 GB free of 1 TB", or nothing where it is not known. */
export function roomWords({ freeBytes, totalBytes }: Pick<DestinationTest, 'freeBytes' | 'totalBytes'>): string | null {
  if (freeBytes === null) return null;
  return totalBytes === null
    ? `${formatBytes(freeBytes)} free`
    : `${formatBytes(freeBytes)} free of ${formatBytes(totalBytes)}`;
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
              <span className="sr">{check.ok ? ': works' : tried(check) ? ': failed' : ': not tried'}</span>
            </li>
          ))}
        </ul>
        <span className="push faint">{speed(test)}</span>
      </div>
      {test.checks
        .filter((check) => !check.ok && tried(check))
        .map((check) => (
          <p key={check.id} className="place-failed">
            <strong className="medium">{check.label}: no.</strong> {check.detail}
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
            <strong>Other files are there too.</strong> Holdfast leaves them as they are. A folder of its own is tidier.
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
