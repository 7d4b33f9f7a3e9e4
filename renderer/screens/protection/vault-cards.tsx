import { CircleX, Clock, Laptop, RotateCw, ShieldCheck, ShieldX, Snowflake } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import type { VaultState } from '../../../preload/contract.ts';
import {
  Badge,
  Button,
  Card,
  EmptyState,
  ErrorNote,
  formatDate,
  Icon,
  Note,
  plural,
  Sheet,
  Skeleton,
  When,
} from '../../components/index.ts';
import { IdentityFacts } from '../../components/password/vault-card.tsx';
import { api, useAction, useCall } from '../../state/bridge.ts';
import { FreezeSheet } from './freeze-sheet.tsx';
import { groupFailures } from './group-failures.ts';

const SHOWN = 5;

/** The vault's own count of wrong tries, and what one can do about them. */
export function AttemptsCard({ vault, locked }: { vault: VaultState; locked: boolean }): ReactNode {
  const [freezing, setFreezing] = useState(false);
  const { report, unseen, reportError } = vault;
  const ask = useAction(() => api.vault.refresh());
  const seen = useAction(() => api.vault.markSeen({ what: 'tries' }));
  const mine = useAction(() => api.vault.clearFailures());
  const unfreeze = useAction(() => api.vault.unfreeze());
  const groups = groupFailures(report?.failures ?? []);
  const frozen = report?.frozenUntil ?? null;
  return (
    <Card
      title="Wrong tries"
      aside={report === null ? undefined : `${report.tries.left} of ${report.tries.limit} left`}
      actions={
        <Button variant="quiet" size="s" icon={RotateCw} pending={ask.pending} onPress={() => ask.run()}>
          Ask now
        </Button>
      }
      className="attempts"
    >
      <div className="card-in attempts-in">
        {report === null && reportError === null && <Skeleton lines={2} label="Asking the vault" />}
        {reportError !== null && <ErrorNote error={reportError} tone="amber" />}
        {report !== null && groups.length === 0 && (
          <p className="row dim">
            <Icon of={ShieldCheck} className="good" />
            Nobody typed a wrong password.
          </p>
        )}
        {groups.length > 0 && (
          <ul className="rows tries-log">
            {groups.slice(0, SHOWN).map((group) => (
              <li key={`${group.at}${group.where}`}>
                <Icon of={CircleX} className="warn" />
                <div>
                  <p className="medium num">{plural(group.count, 'wrong password')}</p>
                  <p className="t12 faint">{group.where}</p>
                </div>
                <span className="t12 faint num">
                  <When at={group.at} start />
                </span>
              </li>
            ))}
          </ul>
        )}
        {groups.length > SHOWN && <p className="help num">And {groups.length - SHOWN} before these.</p>}
        {report !== null && (
          <p className="help num">
            {report.lifetime.used} of {report.lifetime.limit} in the life of this record; asked{' '}
            <When at={report.at} ago />.
          </p>
        )}
        {frozen !== null ? (
          <Note
            icon={Snowflake}
            action={
              <Button size="s" pending={unfreeze.pending} isDisabled={locked} onPress={() => unfreeze.run()}>
                Let them
              </Button>
            }
          >
            <strong>Unknown computers are refused</strong> until {formatDate(frozen)}.
          </Note>
        ) : null}
        <div className="attempts-acts">
          {frozen === null && (
            <Button icon={Snowflake} isDisabled={report === null} onPress={() => setFreezing(true)}>
              Refuse unknown computers…
            </Button>
          )}
          {unseen !== null && (
            <Button pending={seen.pending} onPress={() => seen.run()}>
              Mark as seen
            </Button>
          )}
          {groups.length > 0 && !locked && (
            <Button variant="quiet" pending={mine.pending} onPress={() => mine.run()}>
              They were mine
            </Button>
          )}
        </div>
      </div>
      <FreezeSheet open={freezing} onClose={() => setFreezing(false)} />
    </Card>
  );
}

function Ask({
  open,
  onClose,
  title,
  line,
  word,
  pending,
  onYes,
}: {
  open: boolean;
  onClose: () => void;
  title: string;
  line: string;
  word: string;
  pending: boolean;
  onYes: () => void;
}): ReactNode {
  return (
    <Sheet
      open={open}
      onClose={onClose}
      alert
      size="narrow"
      title={title}
      line={line}
      footer={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button variant="destroy" pending={pending} onPress={onYes}>
            {word}
          </Button>
        </>
      }
    />
  );
}

/** Computers that are unlocked through the vault, and those that it knows. */
export function DevicesCard({ vault, locked }: { vault: VaultState; locked: boolean }): ReactNode {
  const sessions = useCall(['vault', 'sessions', vault.sessionUntil], api.vault.sessions, { live: true });
  const { refetch } = sessions;
  const [leaving, setLeaving] = useState<string | null>(null);
  const end = useAction((id: string) => api.vault.revokeSession({ id }), { onDone: () => void refetch() });
  const remove = useAction((id: string) => api.vault.revokeDevice({ id }), { onDone: () => setLeaving(null) });
  // Another report may mean another session.
  const asked = vault.report?.at ?? null;
  useEffect(() => {
    if (asked !== null) void refetch();
  }, [asked, refetch]);
  const devices = vault.report?.devices ?? [];
  return (
    <Card title="Sessions and computers" aside="Locked computers go on backing up" className="devices">
      {sessions.error !== null && (
        <div className="card-in">
          <ErrorNote error={sessions.error} tone="amber" />
        </div>
      )}
      {sessions.isPending && sessions.error === null && (
        <div className="card-in">
          <Skeleton lines={2} label="Asking the vault" />
        </div>
      )}
      {sessions.data?.length === 0 && devices.length === 0 && (
        <EmptyState icon={Laptop} title="No computer is unlocked through the vault">
          After you unlock, this computer stays open over a restart of Holdfast, until you lock it.
        </EmptyState>
      )}
      <ul className="rows set">
        {(sessions.data ?? []).map((session) => (
          <li key={session.id}>
            <Icon of={Clock} size={20} />
            <div className="set-text">
              <p className="medium">
                {session.thisComputer ? 'This computer is unlocked' : 'Another computer is unlocked'}
              </p>
              <p className="dim num">
                Since {formatDate(session.openedAt)}, used <When at={session.lastUsedAt} ago />, until{' '}
                {formatDate(session.expiresAt)} at the latest.
              </p>
            </div>
            <Button pending={end.pending} onPress={() => end.run(session.id)}>
              {session.thisComputer ? 'End' : 'Lock it'}
            </Button>
          </li>
        ))}
        {devices.map((device) => (
          <li key={device.id}>
            <Icon of={Laptop} size={20} className="set-off" />
            <div className="set-text">
              <p className="medium">{device.thisComputer ? 'This computer' : `Computer ${device.id.slice(0, 4)}`}</p>
              <p className="dim num">
                Known to the vault since {formatDate(device.addedAt)}. It waits an hour instead of seven days after many
                wrong tries.
              </p>
            </div>
            {device.thisComputer ? (
              <Badge>Known</Badge>
            ) : (
              <Button isDisabled={locked} onPress={() => setLeaving(device.id)}>
                Remove
              </Button>
            )}
          </li>
        ))}
      </ul>
      <Ask
        open={leaving !== null}
        onClose={() => setLeaving(null)}
        title="Remove this computer from the vault?"
        line="It can no longer ask how things stand, refuse others or end sessions, and waits like an unknown one. Its backups go on. Whoever has the password can still unlock there."
        word="Remove it"
        pending={remove.pending}
        onYes={() => leaving !== null && remove.run(leaving)}
      />
    </Card>
  );
}

function VaultBadge({ vault }: { vault: VaultState }): ReactNode {
  if (vault.ended === 'unknown') return <Badge icon={ShieldX}>Denies the record</Badge>;
  if (vault.ended !== null) return <Badge icon={ShieldX}>No longer in use</Badge>;
  if (vault.embedded) {
    return (
      <Badge tone="red" icon={ShieldX}>
        At risk
      </Badge>
    );
  }
  return vault.reportError === null ? (
    <Badge tone="good" icon={ShieldCheck}>
      Proven
    </Badge>
  ) : (
    <Badge tone="amber" icon={ShieldX}>
      No answer
    </Badge>
  );
}

/** Who the vault is, and how often a password was set: a corrupt vault would need more settings to guess more. */
export function VaultCard({ vault }: { vault: VaultState }): ReactNode {
  const { report } = vault;
  const mine = useAction(() => api.vault.markSeen({ what: 'registrations' }));
  return (
    <Card title="Vault" className="vault-card" actions={<VaultBadge vault={vault} />}>
      <div className="card-in">
        <IdentityFacts vault={vault} />
        {report !== null && (
          <p className="help num vault-facts">
            {plural(report.sites, 'site')}. A password was set {plural(report.registrations, 'time')}.
          </p>
        )}
        {report !== null && report.unknownRegistrations > 0 && (
          <Note
            tone="amber"
            action={
              <Button size="s" pending={mine.pending} onPress={() => mine.run()}>
                It was me
              </Button>
            }
          >
            <strong>A password was set {plural(report.unknownRegistrations, 'time')} from elsewhere.</strong> If that
            was not you on another of your computers, this vault gives itself guesses: turn the password off.
          </Note>
        )}
        {vault.embedded && (
          <p className="help vault-facts">
            At risk: this password works only on this computer. Its vault keeps its keys in a file, for trying out.
          </p>
        )}
      </div>
    </Card>
  );
}
