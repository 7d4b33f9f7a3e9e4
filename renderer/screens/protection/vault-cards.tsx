import { plural, t } from '@lingui/core/macro';
import { Plural, Trans } from '@lingui/react/macro';
import { CircleX, Clock, Laptop, RotateCw, ShieldCheck, ShieldX, Snowflake } from 'lucide-react';
import { useState, type ReactNode } from 'react';
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
      title={t`Wrong tries`}
      aside={report === null ? undefined : t`${report.tries.left} of ${report.tries.limit} left`}
      actions={
        <Button variant="quiet" size="s" icon={RotateCw} pending={ask.pending} onPress={() => ask.run()}>
          <Trans>Ask now</Trans>
        </Button>
      }
      className="attempts"
    >
      <div className="card-in attempts-in">
        {report === null && reportError === null && <Skeleton lines={2} label={t`Asking the vault`} />}
        {reportError !== null && <ErrorNote error={reportError} tone="amber" />}
        {report !== null && groups.length === 0 && (
          <p className="row dim">
            <Icon of={ShieldCheck} className="good" />
            <Trans>Nobody typed a wrong password.</Trans>
          </p>
        )}
        {groups.length > 0 && (
          <ul className="rows tries-log">
            {groups.slice(0, SHOWN).map((group) => (
              <li key={`${group.at}${group.where}`}>
                <Icon of={CircleX} className="warn" />
                <div>
                  <p className="medium num">
                    {plural(group.count, { one: '# wrong password', other: '# wrong passwords' })}
                  </p>
                  <p className="t12 faint">{group.where}</p>
                </div>
                <span className="t12 faint num">
                  <When at={group.at} start />
                </span>
              </li>
            ))}
          </ul>
        )}
        {groups.length > SHOWN && (
          <p className="help num">
            <Trans>And {groups.length - SHOWN} before these.</Trans>
          </p>
        )}
        {report !== null && (
          <p className="help num">
            <Trans>
              {report.lifetime.used} of {report.lifetime.limit} in the life of this record; asked{' '}
              <When at={report.at} ago />.
            </Trans>
          </p>
        )}
        {frozen !== null ? (
          <Note
            icon={Snowflake}
            action={
              <Button size="s" pending={unfreeze.pending} isDisabled={locked} onPress={() => unfreeze.run()}>
                <Trans>Let them</Trans>
              </Button>
            }
          >
            <Trans>
              <strong>Unknown computers are refused</strong> until {formatDate(frozen)}.
            </Trans>
          </Note>
        ) : null}
        <div className="attempts-acts">
          {frozen === null && (
            <Button icon={Snowflake} isDisabled={report === null} onPress={() => setFreezing(true)}>
              <Trans>Refuse unknown computers…</Trans>
            </Button>
          )}
          {unseen !== null && (
            <Button pending={seen.pending} onPress={() => seen.run()}>
              <Trans>Mark as seen</Trans>
            </Button>
          )}
          {groups.length > 0 && !locked && (
            <Button variant="quiet" pending={mine.pending} onPress={() => mine.run()}>
              <Trans>They were mine</Trans>
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
          <Button onPress={onClose}>
            <Trans>Cancel</Trans>
          </Button>
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
  // Another report may mean another session.
  const again = `${String(vault.sessionUntil)} ${String(vault.report?.at)}`;
  const sessions = useCall(['vault', 'sessions'], api.vault.sessions, { live: true, again });
  const [leaving, setLeaving] = useState<string | null>(null);
  const end = useAction((id: string) => api.vault.revokeSession({ id }), { onDone: () => void sessions.refetch() });
  const remove = useAction((id: string) => api.vault.revokeDevice({ id }), { onDone: () => setLeaving(null) });
  const devices = vault.report?.devices ?? [];
  return (
    <Card title={t`Sessions and computers`} aside={t`Locked computers go on backing up`} className="devices">
      {sessions.error !== null && (
        <div className="card-in">
          <ErrorNote error={sessions.error} tone="amber" />
        </div>
      )}
      {sessions.isPending && sessions.error === null && (
        <div className="card-in">
          <Skeleton lines={2} label={t`Asking the vault`} />
        </div>
      )}
      {sessions.data?.length === 0 && devices.length === 0 && (
        <EmptyState icon={Laptop} title={t`No computer is unlocked through the vault`}>
          <Trans>After you unlock, this computer stays open over a restart of Holdfast, until you lock it.</Trans>
        </EmptyState>
      )}
      <ul className="rows set">
        {(sessions.data ?? []).map((session) => (
          <li key={session.id}>
            <Icon of={Clock} size={20} />
            <div className="set-text">
              <p className="medium">
                {session.thisComputer ? t`This computer is unlocked` : t`Another computer is unlocked`}
              </p>
              <p className="dim num">
                <Trans>
                  Since {formatDate(session.openedAt)}, used <When at={session.lastUsedAt} ago />, until{' '}
                  {formatDate(session.expiresAt)} at the latest.
                </Trans>
              </p>
            </div>
            <Button pending={end.pending} onPress={() => end.run(session.id)}>
              {session.thisComputer ? t`End` : t`Lock it`}
            </Button>
          </li>
        ))}
        {devices.map((device) => (
          <li key={device.id}>
            <Icon of={Laptop} size={20} className="set-off" />
            <div className="set-text">
              <p className="medium">{device.thisComputer ? t`This computer` : t`Computer ${device.id.slice(0, 4)}`}</p>
              <p className="dim num">
                <Trans>
                  Known to the vault since {formatDate(device.addedAt)}. It waits an hour instead of seven days after
                  many wrong tries.
                </Trans>
              </p>
            </div>
            {device.thisComputer ? (
              <Badge>
                <Trans>Known</Trans>
              </Badge>
            ) : (
              <Button isDisabled={locked} onPress={() => setLeaving(device.id)}>
                <Trans>Remove</Trans>
              </Button>
            )}
          </li>
        ))}
      </ul>
      <Ask
        open={leaving !== null}
        onClose={() => setLeaving(null)}
        title={t`Remove this computer from the vault?`}
        line={t`It can no longer ask how things stand, refuse others or end sessions, and waits like an unknown one. Its backups go on. Whoever has the password can still unlock there.`}
        word={t`Remove it`}
        pending={remove.pending}
        onYes={() => leaving !== null && remove.run(leaving)}
      />
    </Card>
  );
}

function VaultBadge({ vault }: { vault: VaultState }): ReactNode {
  if (vault.ended === 'unknown')
    return (
      <Badge icon={ShieldX}>
        <Trans>Denies the record</Trans>
      </Badge>
    );
  if (vault.ended !== null)
    return (
      <Badge icon={ShieldX}>
        <Trans>No longer in use</Trans>
      </Badge>
    );
  if (vault.embedded) {
    return (
      <Badge tone="red" icon={ShieldX}>
        <Trans>At risk</Trans>
      </Badge>
    );
  }
  return vault.reportError === null ? (
    <Badge tone="good" icon={ShieldCheck}>
      <Trans>Proven</Trans>
    </Badge>
  ) : (
    <Badge tone="amber" icon={ShieldX}>
      <Trans>No answer</Trans>
    </Badge>
  );
}

/** Who the vault is, and how often a password was set: a corrupt vault would need more settings to guess more. */
export function VaultCard({ vault }: { vault: VaultState }): ReactNode {
  const { report } = vault;
  const mine = useAction(() => api.vault.markSeen({ what: 'registrations' }));
  return (
    <Card title={t`Vault`} className="vault-card" actions={<VaultBadge vault={vault} />}>
      <div className="card-in">
        <IdentityFacts vault={vault} />
        {report !== null && (
          <p className="help num vault-facts">
            <Trans>
              <Plural value={report.sites} one="# site" other="# sites" />. A password was set{' '}
              <Plural value={report.registrations} one="# time" other="# times" />.
            </Trans>
          </p>
        )}
        {report !== null && report.unknownRegistrations > 0 && (
          <Note
            tone="amber"
            action={
              <Button size="s" pending={mine.pending} onPress={() => mine.run()}>
                <Trans>It was me</Trans>
              </Button>
            }
          >
            <Trans>
              <strong>
                A password was set <Plural value={report.unknownRegistrations} one="# time" other="# times" /> from
                elsewhere.
              </strong>{' '}
              If that was not you on another of your computers, this vault gives itself guesses: turn the password off.
            </Trans>
          </Note>
        )}
        {vault.embedded && (
          <p className="help vault-facts">
            <Trans>
              At risk: this password works only on this computer. Its vault keeps its keys in a file, for trying out.
            </Trans>
          </p>
        )}
      </div>
    </Card>
  );
}
