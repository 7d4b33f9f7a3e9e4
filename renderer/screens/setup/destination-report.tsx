import { Check, CircleDashed, HardDrive, LoaderCircle, Minus, X } from 'lucide-react';
import type { ReactNode } from 'react';
import type { DestinationTest, Place } from '../../../preload/contract.ts';
import { Badge, ErrorNote, formatBytes, Icon, Note, PathText } from '../../components/index.ts';
import type { UserError } from '../../state/user-error.ts';

/** What the checks will be called before they have run. */
const EXPECTED = [
  'The place can be reached',
  'Files can be stored',
  'They read back unchanged',
  'They can be listed',
  'They can be replaced in one step',
  'They can be removed',
  'The free space is known',
];

type Check = DestinationTest['checks'][number];

/** The check without which the ones after it would say nothing, where it failed. */
function blocking(checks: readonly Check[]): Check | undefined {
  return checks.find((check) => !check.ok && (check.id === 'reach' || check.id === 'write'));
}

function CheckRow({ check, tried }: { check: Check; tried: boolean }): ReactNode {
  if (!tried) {
    return (
      <li className="faint">
        <Icon of={Minus} />
        <span>
          {check.label}
          <span className="sr">: not tried</span>
        </span>
      </li>
    );
  }
  return (
    <li title={check.detail}>
      <Icon of={check.ok ? Check : X} className={check.ok ? 'good' : 'bad'} />
      <span>
        {check.label}
        <span className="sr">{check.ok ? ': works' : ': failed'}</span>
      </span>
      {!check.ok && check.detail !== '' && <span className="check-detail bad t12">{check.detail}</span>}
    </li>
  );
}

function Findings({ test }: { test: DestinationTest }): ReactNode {
  return (
    <>
      {!test.ok && (
        <Note tone="amber" live>
          <strong>This folder can’t be used as it is.</strong> Mend what is marked and test again, or choose another
          folder. Nothing of yours was changed.
        </Note>
      )}
      {test.content === 'repository' && (
        <Note tone="good" live>
          <strong>This folder already holds a Holdfast backup.</strong> Enter its key to go on with it.
        </Note>
      )}
      {test.content === 'other-files' && (
        <Note>
          <strong>Other files are in this folder too.</strong> Holdfast leaves them as they are. A folder of its own is
          tidier.
        </Note>
      )}
      {test.warnings.map((warning) => (
        <Note key={warning} tone="amber">
          {warning}
        </Note>
      ))}
    </>
  );
}

function speed(test: DestinationTest): string {
  const parts: string[] = [];
  if (test.writeMBps !== null) parts.push(`writes about ${Math.round(test.writeMBps)} MB a second`);
  if (test.readMBps !== null) parts.push(`reads about ${Math.round(test.readMBps)}`);
  if (test.freeBytes !== null && test.totalBytes !== null)
    parts.push(`${formatBytes(test.freeBytes)} free of ${formatBytes(test.totalBytes)}`);
  else if (test.freeBytes !== null) parts.push(`${formatBytes(test.freeBytes)} free`);
  const text = parts.join(', ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function Status({
  test,
  testing,
  failed,
}: {
  test: DestinationTest | undefined;
  testing: boolean;
  failed: boolean;
}): ReactNode {
  if (testing) return <Badge icon={LoaderCircle}>Testing</Badge>;
  if (test === undefined && !failed) return <Badge icon={CircleDashed}>Not tested yet</Badge>;
  return test?.ok === true ? (
    <Badge tone="good" icon={Check}>
      Works
    </Badge>
  ) : (
    <Badge tone="red" icon={X}>
      Doesn’t work yet
    </Badge>
  );
}

/** The chosen place with what the checks found: each by its name, the space, the speed, and what to know about it. */
export function DestinationReport({
  place,
  test,
  testing,
  error,
}: {
  place: Place | null;
  test: DestinationTest | undefined;
  testing: boolean;
  error: UserError | null;
}): ReactNode {
  if (place === null) return null;
  const stopped = test === undefined ? undefined : blocking(test.checks);
  const facts = test === undefined || testing ? '' : speed(test);
  return (
    <section className="where-report" aria-label="Test of this destination">
      <div className="card report">
        <div className="report-head">
          <Icon of={HardDrive} size={20} className="faint" />
          <p className="medium clip" title={place.name}>
            {place.name}
          </p>
          <span role="status">
            <Status test={test} testing={testing} failed={error !== null} />
          </span>
          <p className="report-path t12 faint">
            <PathText path={place.path} />
          </p>
        </div>
        <ul className="report-checks">
          {test === undefined || testing
            ? EXPECTED.map((label) => (
                <li key={label} className="faint">
                  <Icon of={testing ? LoaderCircle : CircleDashed} className={testing ? 'spin' : ''} />
                  <span>{label}</span>
                </li>
              ))
            : test.checks.map((check) => (
                <CheckRow key={check.id} check={check} tried={check.ok || stopped === undefined || stopped === check} />
              ))}
        </ul>
        {facts !== '' && <p className="report-foot t12 faint num">{facts}</p>}
      </div>
      {error !== null && <ErrorNote error={error} />}
      {test !== undefined && !testing && <Findings test={test} />}
    </section>
  );
}
