import { t } from '@lingui/core/macro';
import { Plural, Trans } from '@lingui/react/macro';
import { ArrowRight, CircleHelp, Check, SearchX } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { PlaceDraft } from '../../../preload/contract.ts';
import {
  Badge,
  Button,
  ErrorNote,
  Icon,
  Note,
  PathText,
  Spinner,
  WizardScaffold,
  type WizardStep,
} from '../../components/index.ts';
import { iconOf } from '../../components/places/kinds.ts';
import { kindOfTyped, PlacePicker, usePicking } from '../../components/places/picker.tsx';
import type { Typed } from '../../components/places/typed.ts';
import { Name } from '../../components/name.tsx';
import type { UserError } from '../../state/user-error.ts';
import { api, useAction } from '../../state/bridge.ts';

export type Connection = Awaited<ReturnType<typeof api.restore.connect>>;

interface Asked {
  readonly place: PlaceDraft;
  readonly typed: Typed | null;
}

/** R1: where the backup lies, of every kind that it can be made to. */
export function ConnectPage({
  steps,
  connection,
  onConnection,
  onBack,
  onNext,
}: {
  steps: readonly WizardStep[];
  connection: Connection | null;
  onConnection: (connection: Connection | null) => void;
  onBack: () => void;
  onNext: () => void;
}): ReactNode {
  const picking = usePicking('disk');
  const [asked, setAsked] = useState<Asked | null>(null);
  const connect = useAction(async (cap: string) => await api.restore.connect({ cap }), {
    failure: 'inline',
    onDone: onConnection,
  });
  const look = (place: PlaceDraft, typed: Typed | null): void => {
    setAsked({ place, typed });
    picking.open(null);
    connect.run(place.cap);
  };
  const other = (again: Asked | null): void => {
    onConnection(null);
    connect.reset();
    setAsked(null);
    if (again?.typed != null) picking.open(kindOfTyped(again.typed), again.typed);
    else picking.open(again?.place.kind === 'google-drive' ? 'google-drive' : 'disk');
  };
  const choosing = connection === null && asked === null;
  return (
    <WizardScaffold
      label={t`Restore`}
      steps={steps}
      current="connect"
      pageKey="connect"
      reading={!choosing}
      width={choosing ? 880 : 720}
      title={t`Where is your backup?`}
      line={t`Choose what Holdfast wrote to. Looking changes nothing there.`}
      onBack={onBack}
      note={
        connection === null
          ? t`Have your 64 digits ready, or your password.`
          : connection.vault === null
            ? t`Next, your 64 digits.`
            : t`Next, your password.`
      }
      primary={
        connection !== null && (
          <Button variant="primary" size="wizard" iconEnd={ArrowRight} onPress={onNext}>
            <Trans>Continue</Trans>
          </Button>
        )
      }
    >
      {choosing && <PlacePicker find picking={picking} prominent onPlace={look} />}
      {connection !== null && <Found connection={connection} onOther={() => other(null)} />}
      {connection === null && asked !== null && (
        <Looking
          asked={asked}
          error={connect.error}
          retrying={connect.pending}
          onChange={() => other(asked)}
          onRetry={() => connect.run(asked.place.cap)}
        />
      )}
    </WizardScaffold>
  );
}

function Found({ connection, onOther }: { connection: Connection; onOther: () => void }): ReactNode {
  const { place, computers } = connection;
  return (
    <div className="card found">
      <Icon of={iconOf(place.kind)} size={20} />
      <div className="found-text">
        <p className="t15 strong">
          <Trans>
            <Plural value={computers} one="# computer" other="# computers" /> backed up here
          </Trans>
        </p>
        <p className="dim">
          <PathText path={place.path} />
        </p>
      </div>
      <Badge tone="good" icon={Check}>
        <Trans>Found</Trans>
      </Badge>
      <Button size="s" onPress={onOther}>
        <Trans>Other…</Trans>
      </Button>
    </div>
  );
}

/** The place that is being looked at, or why nothing was found there. */
function Looking({
  asked,
  error,
  retrying,
  onChange,
  onRetry,
}: {
  asked: Asked;
  error: UserError | null;
  retrying: boolean;
  onChange: () => void;
  onRetry: () => void;
}): ReactNode {
  const { place } = asked;
  return (
    <>
      <div className="card found">
        <Icon of={iconOf(place.kind)} size={20} />
        <div className="found-text">
          <p className="t15 strong clip">
            <Name of={place.name} />
          </p>
          <p className="dim">
            <PathText path={place.path} />
          </p>
        </div>
        {retrying ? (
          <Spinner>
            <Trans>Looking for a backup…</Trans>
          </Spinner>
        ) : (
          <>
            <Badge tone="amber" icon={isNoBackup(error) ? SearchX : CircleHelp}>
              {stateWord(error)}
            </Badge>
            <Button size="s" onPress={onChange}>
              {asked.typed === null ? t`Other…` : t`Change`}
            </Button>
          </>
        )}
      </div>
      {error !== null && !retrying && (
        <div className="wizard-error">
          <ErrorNote
            error={error}
            tone="amber"
            action={
              <Button size="s" onPress={onRetry}>
                <Trans>Look again</Trans>
              </Button>
            }
          />
        </div>
      )}
      {error !== null && !retrying && isNoBackup(error) && (
        <Note className="found-hint">
          <p>
            <Trans>
              The right folder holds a file <span className="medium">repo.json</span>. It may lie one folder higher or
              deeper than the one you chose.
            </Trans>
          </p>
        </Note>
      )}
    </>
  );
}

function isNoBackup(error: UserError | null): boolean {
  return error?.code === 'not-a-repository';
}

function stateWord(error: UserError | null): string {
  if (isNoBackup(error)) return t`No backup there`;
  switch (error?.code) {
    case 'destination-sign-in':
    case 'destination-denied':
      return t`Not let in`;
    case 'destination-offline':
    case 'destination-missing':
      return t`Not reached`;
    default:
      return t`Not opened`;
  }
}
