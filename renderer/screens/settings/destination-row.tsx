import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import {
  CopyPlus,
  Ellipsis,
  FolderOpen,
  Gauge,
  KeyRound,
  LogIn,
  Pencil,
  Plug,
  Trash2,
  type LucideIcon,
} from 'lucide-react';
import { lazy, Suspense, useState, type ReactNode } from 'react';
import type { Destination } from '../../../preload/contract.ts';
import { Button, ErrorNote, Icon, IconButton, Menu } from '../../components/index.ts';
import { longWords, spaceWords, trashWords } from '../../components/places/destination-words.ts';
import { iconOf } from '../../components/places/kinds.ts';
import { PlacePath } from '../../components/places/place-path.tsx';
import { hasSecret, RenewSheet } from '../../components/places/renew-sheet.tsx';
import { GoogleAgain, SignInAgain } from '../../components/places/sign-in-again.tsx';
import { TestLines, TestNotes } from '../../components/places/test-lines.tsx';
import { visibleName } from '../../components/visible.ts';
import { api, useAction } from '../../state/bridge.ts';
import { toast } from '../../state/toasts.ts';
import { DestinationHead, SpaceBar } from '../home/destinations-card.tsx';
import { useActiveRun } from '../activity/use-runs.ts';
import { limitWords } from './limit-words.ts';
import { LimitsSheet, RemoveSheet, RenameSheet } from './destination-sheets.tsx';

// The chart's code is only wanted on this page.
const UsagePlot = lazy(async () => ({ default: (await import('./usage-plot.tsx')).UsagePlot }));

type Asking = 'rename' | 'limits' | 'secret' | 'sign-in' | 'remove' | null;

/** One place of the plan: how it stands, what it takes, and everything that can be done with it. */
export function DestinationRow({ destination, last }: { destination: Destination; last: boolean }): ReactNode {
  const { id, kind, state } = destination;
  const [asking, setAsking] = useState<Asking>(null);
  const active = useActiveRun();
  const test = useAction(() => api.destinations.test({ id }), { failure: 'inline' });
  const show = useAction(() => api.destinations.show({ id }));
  const fill = useAction(() => api.destinations.catchUp({ id }), {
    onDone: ({ runId }) => {
      const place = visibleName(destination.name);
      toast.began(
        t`${visibleName(destination.name)} is being filled from the other places.`,
        runId,
        t`Copied to ${place}`,
      );
    },
  });
  const lacking = !last && (state === 'behind' || state === 'empty');
  const limited = limitWords(destination.limits);
  const says = longWords(destination);
  const trash = trashWords(destination.trashBytes);
  const close = (): void => setAsking(null);
  const entry = (asked: NonNullable<Asking>, word: string, icon: LucideIcon) => ({
    id: asked,
    word,
    icon,
    onAction: () => setAsking(asked),
  });
  return (
    <li className="dest">
      <Icon of={iconOf(kind)} size={20} className="faint" />
      <div className="source-text">
        <DestinationHead destination={destination} />
        <p className="t12 faint added-path">
          <PlacePath of={destination} />
        </p>
        {says !== '' && <p className="dim dest-says">{says}</p>}
        <div className="dest-room">
          <div className="dest-room-text">
            <p className="t12 faint num">{spaceWords(destination)}</p>
            <SpaceBar destination={destination} />
            {trash !== null && <p className="t12 faint num">{trash}.</p>}
            {limited !== null && <p className="t12 faint num">{limited}.</p>}
          </div>
          <Suspense fallback={<div className="usage-plot" />}>
            <UsagePlot usage={destination.usage} />
          </Suspense>
        </div>
        <div className="row row-wrap dest-acts">
          {state === 'sign-in' && <SignInAgain destination={destination} />}
          {lacking && (
            <Button
              size="s"
              icon={CopyPlus}
              pending={fill.pending}
              isDisabled={active !== null}
              onPress={() => fill.run()}
            >
              <Trans>Fill from the others</Trans>
            </Button>
          )}
          <Button size="s" icon={Plug} pending={test.pending} onPress={() => test.run()}>
            <Trans>Test it</Trans>
          </Button>
          {destination.isFolder && (
            <Button size="s" icon={FolderOpen} pending={show.pending} onPress={() => show.run()}>
              <Trans>Show in folder</Trans>
            </Button>
          )}
          <Menu
            label={t`More for ${visibleName(destination.name)}`}
            trigger={
              <IconButton
                label={t`More for ${visibleName(destination.name)}`}
                icon={Ellipsis}
                size="s"
                className="push"
              />
            }
            items={[
              entry('rename', t`Rename…`, Pencil),
              entry('limits', t`Limits…`, Gauge),
              ...(hasSecret(destination) ? [entry('secret', t`Change password or key…`, KeyRound)] : []),
              ...(kind === 'google-drive' && state !== 'sign-in' ? [entry('sign-in', t`Sign in again…`, LogIn)] : []),
              'separator',
              { ...entry('remove', t`Remove…`, Trash2), danger: !last, disabled: last },
            ]}
          />
        </div>
        {test.error !== null && !test.pending && <ErrorNote error={test.error} tone="amber" />}
        {test.data !== undefined && !test.pending && (
          <div className="test-out" role="status">
            <p className={`medium ${test.data.ok ? 'good' : 'bad'}`}>
              {test.data.ok ? t`Everything works` : t`Something doesn’t work`}
            </p>
            <TestLines test={test.data} />
            <TestNotes test={{ ...test.data, content: 'repository' }} />
          </div>
        )}
      </div>
      <RenameSheet destination={destination} open={asking === 'rename'} onClose={close} />
      <LimitsSheet destination={destination} open={asking === 'limits'} onClose={close} />
      <RenewSheet destination={destination} open={asking === 'secret'} onClose={close} />
      {asking === 'sign-in' && <GoogleAgain destination={destination} onClose={close} />}
      <RemoveSheet destination={destination} open={asking === 'remove'} onClose={close} />
    </li>
  );
}
