import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { ChevronRight, LoaderCircle } from 'lucide-react';
import { lazy, Suspense, useEffect, useRef, useState, type ReactNode } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import type { PlaceDraft, PlaceOffers } from '../../../preload/contract.ts';
import { useAppState } from '../../state/app-state.tsx';
import { api, useCall } from '../../state/bridge.ts';
import { Icon } from '../icon.tsx';
import { ErrorState, Skeleton } from '../states.tsx';
import { FolderPane, SyncedPane, type Suggestion } from './folder-pane.tsx';
import { kindsOf, type Kind, type KindId } from './kinds.ts';
import type { Typed } from './typed.ts';
import { useGoogle, type Google } from './use-google.ts';
import './places.css';

// Forms are only wanted once their kind is.
const GooglePane = lazy(async () => ({ default: (await import('./google-pane.tsx')).GooglePane }));
const S3Form = lazy(async () => ({ default: (await import('./s3-form.tsx')).S3Form }));
const ServerForm = lazy(async () => ({ default: (await import('./server-form.tsx')).ServerForm }));

/** Which kind is open, and what a form starts with. */
export interface Picking {
  readonly kind: KindId | null;
  readonly start: Typed | null;
  /** Changes with every opening, so that a form begins anew. */
  readonly turn: number;
  open: (kind: KindId | null, start?: Typed | null) => void;
}

export function usePicking(first: KindId | null): Picking {
  const [at, setAt] = useState<{ kind: KindId | null; start: Typed | null; turn: number }>({
    kind: first,
    start: null,
    turn: 0,
  });
  return {
    ...at,
    open: (kind, start = null) => setAt((old) => ({ kind, start, turn: old.turn + 1 })),
  };
}

/** The kind whose form made this. */
export function kindOfTyped(typed: Typed): KindId {
  return typed.kind === 's3' ? 's3' : 'server';
}

interface PickerProps {
  picking: Picking;
  /** An existing backup is looked for, instead of a place for a new one. */
  find?: boolean;
  /** The form's button is the page's primary one. */
  prominent: boolean;
  suggestion?: Suggestion | null;
  needBytes?: number | null;
  onPlace: (place: PlaceDraft, typed: Typed | null) => void;
  /** Below the form: what was chosen already. */
  children?: ReactNode;
}

/** Kinds of storage at one side, the open kind's form at the other. The same wherever a place is chosen. */
export function PlacePicker(props: PickerProps): ReactNode {
  const { picking, children } = props;
  const platform = useAppState((state) => state.platform);
  const offers = useCall(['destinations', 'offers'], api.destinations.offers);
  const google = useGoogle();
  const kinds = kindsOf(offers.data, platform);
  const open = kinds.find(({ id }) => id === picking.kind) ?? null;
  return (
    <div className="pick">
      <nav aria-label={t`Kinds of storage`}>
        <ul className="kinds">
          {kinds.map((kind) => (
            <KindRow
              key={kind.id}
              kind={kind}
              here={kind.id === picking.kind}
              busy={kind.id === 'google-drive' && google.waiting}
              onPress={() => picking.open(kind.id)}
            />
          ))}
        </ul>
      </nav>
      <div className="stack">
        {open !== null && (
          <Suspense fallback={<Skeleton lines={4} label={t`Opening the form`} />}>
            <BringIntoView key={`scroll ${open.id} ${picking.turn}`} wanted={picking.turn > 0} />
            <Pane
              key={`${open.id} ${picking.turn}`}
              {...props}
              kind={open}
              google={google}
              offers={offers.data ?? null}
              looking={offers.isFetching}
              onLookAgain={() => void offers.refetch()}
            />
          </Suspense>
        )}
        {offers.error !== null && open !== null && open.id !== 'disk' && (
          <ErrorState error={offers.error} retrying={offers.isFetching} onRetry={() => void offers.refetch()} />
        )}
        {children}
      </div>
    </div>
  );
}

function KindRow({
  kind,
  here,
  busy,
  onPress,
}: {
  kind: Kind;
  here: boolean;
  busy: boolean;
  onPress: () => void;
}): ReactNode {
  return (
    <li>
      <AriaButton
        className={`kind ${here ? 'kind-on' : ''} ${kind.missing === null ? '' : 'kind-missing'}`}
        onPress={onPress}
        {...(here ? { 'aria-current': true } : {})}
      >
        <Icon of={kind.icon} size={20} />
        <span className="kind-text">
          <span className="medium clip">
            <bdi>{kind.word}</bdi>
          </span>
          <span className="sub2">{kind.line}</span>
        </span>
        {busy ? (
          <>
            <Icon of={LoaderCircle} className="spin good" />
            <span className="sr">
              <Trans>, waiting for you in the browser</Trans>
            </span>
          </>
        ) : (
          <Icon of={ChevronRight} className="kind-go" />
        )}
      </AriaButton>
    </li>
  );
}

/** In a narrow window a form opens below the kinds, where it may not be seen. */
function BringIntoView({ wanted }: { wanted: boolean }): ReactNode {
  const mark = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    if (wanted && window.matchMedia('(max-width: 860px)').matches) {
      mark.current?.scrollIntoView({ block: 'start' });
    }
  }, [wanted]);
  return <span ref={mark} className="pick-mark" aria-hidden="true" />;
}

function Pane({
  kind,
  google,
  offers,
  looking,
  onLookAgain,
  picking,
  find = false,
  prominent,
  suggestion = null,
  needBytes = null,
  onPlace,
}: PickerProps & {
  kind: Kind;
  google: Google;
  offers: PlaceOffers | null;
  looking: boolean;
  onLookAgain: () => void;
}): ReactNode {
  const shared = { find, prominent };
  const give = (place: PlaceDraft): void => onPlace(place, null);
  const { start } = picking;
  if (kind.id === 'disk') return <FolderPane {...shared} suggestion={suggestion} onPlace={give} />;
  if (offers === null) return <Skeleton lines={4} label={t`Looking at this computer`} />;
  switch (kind.id) {
    case 'google-drive':
      return (
        <GooglePane
          {...shared}
          google={google}
          builtIn={offers.googleClient}
          needBytes={needBytes}
          onPlace={(place) => {
            give(place);
            google.forget();
          }}
        />
      );
    case 's3':
      return <S3Form {...shared} presets={offers.s3} start={start?.kind === 's3' ? start : null} onPlace={onPlace} />;
    case 'server':
      return <ServerForm {...shared} agent={offers.sshAgent} start={start} onPlace={onPlace} />;
    default:
      return <SyncedPane {...shared} kind={kind} looking={looking} onLookAgain={onLookAgain} onPlace={give} />;
  }
}
