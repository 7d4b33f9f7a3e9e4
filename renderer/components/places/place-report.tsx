import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Check, CircleDashed, LoaderCircle, X } from 'lucide-react';
import { useEffect, useRef, type ReactNode } from 'react';
import type { DestinationTest, PlaceDraft } from '../../../preload/contract.ts';
import type { UserError } from '../../state/user-error.ts';
import { Icon } from '../icon.tsx';
import { Name } from '../name.tsx';
import { ErrorNote } from '../states.tsx';
import { Badge } from '../surfaces.tsx';
import { followed } from '../format.ts';
import { visibleName } from '../visible.ts';
import { PlacePath } from './place-path.tsx';
import { iconOf } from './kinds.ts';
import { roomWords, TestLines, TestNotes } from './test-lines.tsx';

function Status({
  test,
  testing,
  failed,
}: {
  test: DestinationTest | null;
  testing: boolean;
  failed: boolean;
}): ReactNode {
  if (testing)
    return (
      <Badge icon={LoaderCircle}>
        <Trans>Testing</Trans>
      </Badge>
    );
  if (test === null && !failed)
    return (
      <Badge icon={CircleDashed}>
        <Trans>Not tested yet</Trans>
      </Badge>
    );
  if (test?.ok !== true) {
    return (
      <Badge tone="red" icon={X}>
        <Trans>Doesn’t work yet</Trans>
      </Badge>
    );
  }
  return (
    <Badge tone="good" icon={Check}>
      <Trans>Works</Trans>
    </Badge>
  );
}

/** A chosen place with what the real checks found there. */
export function PlaceReport({
  place,
  test,
  testing,
  error,
  menu,
  actions,
}: {
  place: PlaceDraft;
  test: DestinationTest | null;
  testing: boolean;
  error: UserError | null;
  /** At the end of its first line. */
  menu?: ReactNode;
  /** What to do where it failed. */
  actions?: ReactNode;
}): ReactNode {
  const room = test === null || testing ? null : roomWords(test);
  const box = useRef<HTMLElement>(null);
  const begins = useRef(testing);
  // The form it came from is gone: what it was sent to takes the focus.
  useEffect(() => {
    if (begins.current) box.current?.focus({ preventScroll: true });
  }, []);
  const failed = !testing && (error !== null || test?.ok === false);
  return (
    <section
      ref={box}
      tabIndex={-1}
      className="card added"
      aria-label={t`Test of this destination: ${visibleName(place.name)}, ${visibleName(place.path)}`}
      aria-busy={testing}
    >
      <div className="added-head">
        <Icon of={iconOf(place.kind)} size={20} />
        <div className="added-name">
          <p className="medium clip">
            <Name of={place.name} />
          </p>
          <p className="t12 faint added-path">
            <PlacePath of={place} />
            {room !== null && <span className="nowrap num">{followed('', room)}</span>}
          </p>
        </div>
        <span role="status" className="row added-state">
          <Status test={test} testing={testing} failed={error !== null} />
        </span>
        {menu}
      </div>
      {testing && (
        <p className="place-tests t12 faint">
          <Trans>A few files are stored, read back, listed, replaced and removed. That takes a moment.</Trans>
        </p>
      )}
      {test !== null && !testing && <TestLines test={test} />}
      {failed && error === null && (
        <p className="dim added-failed">
          <Trans>
            <strong className="medium">It can’t be used as it is.</strong> Mend what is marked and test again, or choose
            another place. Nothing of yours was changed.
          </Trans>
        </p>
      )}
      {error !== null && !testing && <ErrorNote error={error} tone="amber" />}
      {failed && actions !== undefined && <div className="place-acts">{actions}</div>}
      {test !== null && test.ok && !testing && <TestNotes test={test} />}
    </section>
  );
}
