import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useState, type ReactNode } from 'react';
import type { PlaceToFree } from '../../../../preload/contract.ts';
import {
  Button,
  Bytes,
  Checkbox,
  ErrorNote,
  formatBytes,
  Note,
  Sheet,
  Skeleton,
  When,
} from '../../../components/index.ts';
import { Name } from '../../../components/name.tsx';
import { useAppState } from '../../../state/app-state.tsx';
import { api, UserError, useAction, useCall } from '../../../state/bridge.ts';
import { navigate } from '../../../state/route.ts';
import { useActiveRun } from '../../activity/use-runs.ts';

/** Below this the numbers are not worth a choice. */
const WORTH = 1_000_000;

function Place({ place, atOnce }: { place: PlaceToFree; atOnce: boolean }): ReactNode {
  const now = place.nowBytes + (atOnce && place.atOnce ? place.laterBytes : 0);
  const later = atOnce && place.atOnce ? 0 : place.laterBytes;
  return (
    <li>
      <p className="medium">
        <Name of={place.name} />
      </p>
      {place.error === null ? (
        <>
          <p className="dim num">
            {place.snapshots === 0
              ? t`No backup goes.`
              : plural(place.snapshots, { one: '# backup goes.', other: '# backups go.' })}{' '}
            {later > 0 && place.laterAt !== null ? (
              <Trans>
                About <Bytes of={now} /> are freed now, <Bytes of={later} /> by a clean-up after{' '}
                <When at={place.laterAt} future />.
              </Trans>
            ) : (
              <Trans>
                About <Bytes of={now} /> are freed now.
              </Trans>
            )}
          </p>
          {place.lockedBytes > WORTH && (
            <p className="t12 faint num">
              <Trans>While unlocked, about {formatBytes(place.lockedBytes)} more can be freed.</Trans>
            </p>
          )}
        </>
      ) : (
        <p className="dim">
          {place.error.message} {place.error.guidance}
        </p>
      )}
    </li>
  );
}

/** What a clean-up would free, shown before it is done. */
export function FreeSheet({ open, onClose }: { open: boolean; onClose: () => void }): ReactNode {
  const { keep, pins } = useAppState((state) => state.care);
  const locked = useAppState((state) => state.locked);
  const active = useActiveRun();
  const [atOnce, setAtOnce] = useState(false);
  const plan = useCall(['care', 'free', keep, pins, locked], () => api.care.freePlan(), { enabled: open, live: true });
  const free = useAction(() => api.care.free({ atOnce }), {
    failure: 'inline',
    onDone: ({ runId }) => {
      onClose();
      navigate({ screen: 'activity', runId });
    },
  });
  const places = plan.isFetching ? undefined : plan.data;
  const usable = (places ?? []).filter(({ error }) => error === null);
  const waits = usable.some((place) => place.atOnce && place.laterBytes > 0);
  return (
    <Sheet
      open={open}
      onClose={onClose}
      title={t`Free space now`}
      line={
        keep === null
          ? t`Every backup is kept, so only leftovers can go: what interrupted runs left behind.`
          : t`Old backups go by your rule, and then what only they needed. What any other backup needs stays.`
      }
      footer={
        <>
          <Button onPress={onClose}>
            <Trans>Not now</Trans>
          </Button>
          <Button
            variant="primary"
            pending={free.pending}
            isDisabled={usable.length === 0 || active !== null}
            onPress={() => free.run()}
          >
            <Trans>Free space now</Trans>
          </Button>
        </>
      }
    >
      {places === undefined && plan.error === null && <Skeleton lines={4} label={t`Counting what could go`} />}
      {plan.error !== null && <ErrorNote error={plan.error} />}
      {places !== undefined && (
        <ul className="keep-places">
          {places.map((place) => (
            <Place key={place.name} place={place} atOnce={atOnce} />
          ))}
        </ul>
      )}
      {waits && (
        <Checkbox selected={atOnce} onChange={setAtOnce}>
          <span>
            <span className="medium">
              <Trans>At once, in folders of this computer</Trans>
            </span>
            <span className="dim keep-why">
              <Trans>
                Otherwise the rest waits three days, for the sake of another computer that may be restoring from there
                now.
              </Trans>
            </span>
          </span>
        </Checkbox>
      )}
      {active !== null && (
        <Note>
          <Trans>Possible when the running job is done.</Trans>
        </Note>
      )}
      {free.error !== null && <ErrorNote error={new UserError(free.error)} />}
    </Sheet>
  );
}
