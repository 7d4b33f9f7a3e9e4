import { plural, t } from '@lingui/core/macro';
import { Plural, Trans } from '@lingui/react/macro';
import { Clock, KeyRound, Lock, LockOpen, ShieldCheck, TriangleAlert } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { AppState, VaultState } from '../../../preload/contract.ts';
import { Button, Card, formatDay, formatTime, Head, Icon, Note, useNow } from '../../components/index.ts';
import { UnlockSheet } from '../../components/unlock-sheet.tsx';
import { useAppState } from '../../state/app-state.tsx';
import { api, useAction } from '../../state/bridge.ts';
import { navigate } from '../../state/route.ts';
import { ComputersCard } from './computers-card.tsx';
import { KeysCard } from './keys-card.tsx';
import { MethodCard } from './method-card.tsx';
import { TestSheet } from './test-sheet.tsx';
import { AttemptsCard, DevicesCard, VaultCard } from './vault-cards.tsx';
import '../../theme/runs.css';
import '../password/password.css';
import './protection.css';

function LockRow({ state, onUnlock }: { state: AppState; onUnlock: () => void }): ReactNode {
  const lock = useAction(() => api.keys.lock());
  const minutes = plural(state.settings.idleLockMinutes, { one: '# minute', other: '# minutes' });
  return (
    <li>
      <Icon of={state.locked ? Lock : LockOpen} size={20} />
      <div className="set-text">
        <p className="t15 strong">{state.locked ? t`Locked` : t`Unlocked on this computer`}</p>
        <p className="dim num">
          {state.locked
            ? state.vault === null
              ? t`The key is not in memory. Backups go on; restoring asks for the digits.`
              : t`The key is not in memory. Backups go on; restoring asks for the password.`
            : [
                state.lockAt === null
                  ? t`It locks itself after ${minutes} without you, and when the computer sleeps.`
                  : t`It locks itself at ${formatTime(state.lockAt)}, after ${minutes} without you, and when the computer sleeps.`,
                ...(state.vault?.sessionUntil == null
                  ? []
                  : [t`A restart of Holdfast within that time keeps it open.`]),
              ].join(' ')}
        </p>
      </div>
      {state.locked ? (
        <Button icon={LockOpen} onPress={onUnlock}>
          <Trans>Unlock</Trans>
        </Button>
      ) : (
        <Button icon={Lock} pending={lock.pending} onPress={() => lock.run()}>
          <Trans>Lock now</Trans>
        </Button>
      )}
    </li>
  );
}

function KeychainRow({ state }: { state: AppState }): ReactNode {
  const memory = state.keychain.kind === 'memory';
  return (
    <li>
      <Icon of={memory ? TriangleAlert : ShieldCheck} size={20} className={memory ? 'warn' : ''} />
      <div className="set-text">
        <p className="t15 strong">
          {memory ? t`At risk: backups stop when you quit` : t`Backups go on without the key`}
        </p>
        <p className="dim">
          {memory
            ? `${state.keychain.message ?? t`This computer has no keychain.`} ${t`After a restart, unlock once so that backups can go on.`}`
            : t`This computer’s keychain keeps what backups need. It can store new snapshots and can’t open any of them.`}
        </p>
      </div>
    </li>
  );
}

function triesWords({ ended, tries }: VaultState): string {
  if (ended === 'unknown')
    return t`The vault says that it doesn’t know this backup, which it can’t prove. The digits open it.`;
  if (ended !== null) return t`The password opens nothing any more; the 64 digits do.`;
  const base = t`The vault checks it without ever seeing it.`;
  if (tries === null) return t`${base} Nobody can reset it or send it to you.`;
  return tries.used === 0
    ? t`${base} All ${tries.limit} tries are left.`
    : `${base} ${t`${plural(tries.left, { one: '# try', other: '# tries' })} of ${tries.limit} left.`}`;
}

const TITLES: Record<NonNullable<VaultState['ended']> | 'none', string> = {
  none: t`Your password opens this backup`,
  unknown: t`Your password may no longer open this backup`,
  destroyed: t`Only your 64 digits open this backup now`,
  'destroyed-by-owner': t`Only your 64 digits open this backup now`,
  suspended: t`Only your 64 digits open this backup now`,
};

function words({ locked, vault }: AppState): { title: string; line: string } {
  if (locked) {
    return {
      title: t`Locked, and still backing up`,
      line:
        vault === null
          ? t`New files are stored as before. Looking at them or restoring them needs the digits.`
          : t`New files are stored as before. Looking at them or restoring them needs the password or the digits.`,
    };
  }
  if (vault === null) {
    return {
      title: t`Only your 64 digits open this backup`,
      line: t`Neither the storage nor anybody else can read it. Nobody can send the digits again.`,
    };
  }
  return {
    title: TITLES[vault.ended ?? 'none'],
    line: triesWords(vault),
  };
}

/** When the digits were last typed, and when Holdfast reminds of them again. */
function practiceWords({ lastAt, dueAt }: AppState['care']['practice'], now: number): string {
  const last = lastAt === null ? '' : t`Last done: ${formatDay(lastAt, now)}. `;
  return dueAt <= now ? t`${last}Now is a good time.` : t`${last}Next reminder: ${formatDay(dueAt, now)}.`;
}

function Practice({ vault, onTest }: { vault: VaultState | null; onTest: () => void }): ReactNode {
  const practice = useAppState((state) => state.care.practice);
  const now = useNow();
  return (
    <Card className="practice">
      <Icon of={KeyRound} size={20} className="good" />
      <h2 className="t15 strong">{vault === null ? t`Could you still open it?` : t`Do you still have the digits?`}</h2>
      <p className="dim">
        {vault === null
          ? t`Fetch the kit now and then and type the digits here. It is practice: wrong entries never count and lock nothing.`
          : t`Practice is with the digits: wrong entries never count. The password can’t be practised, because only the vault can check it, and it counts every wrong one.`}
      </p>
      <p className="t12 faint num practice-when">{practiceWords(practice, now)}</p>
      <Button variant="primary" wide onPress={onTest}>
        <Trans>Test my key</Trans>
      </Button>
    </Card>
  );
}

function Lost({ vault }: { vault: VaultState | null }): ReactNode {
  if (vault !== null) {
    return (
      <Card title={t`If the password is forgotten`}>
        <ol className="lost dim">
          <li>
            <Trans>While this computer is unlocked, “Change” sets a new one.</Trans>
          </li>
          <li>
            <Trans>The 64-digit kit opens everything, without the vault.</Trans>
          </li>
          <li>
            <Trans>With neither, nobody can open this backup.</Trans>
          </li>
        </ol>
      </Card>
    );
  }
  return (
    <Card title={t`If the kit is lost`}>
      <ol className="lost dim">
        <li>
          <Trans>Restoring still works here while this computer is unlocked.</Trans>
        </li>
        <li>
          <Trans>Once it is locked and the digits are gone, nobody can open this backup.</Trans>
        </li>
        <li>
          <Trans>So keep two copies of the kit, in two places.</Trans>
        </li>
      </ol>
    </Card>
  );
}

/** How this backup is protected, and what one can do about it. */
export function Protection(): ReactNode {
  const state = useAppState();
  const { vault } = state;
  const [unlocking, setUnlocking] = useState(false);
  const [testing, setTesting] = useState(false);
  const { title, line } = words(state);
  return (
    <>
      <div className="bar drag" />
      <div className="body">
        <div className="body-in">
          <Head title={title} line={line} />
          {vault?.renamed != null && (
            <Note tone="amber" className="pr-renamed">
              <strong>
                {vault.renamed.to === null ? t`The backup names no vault now.` : t`The backup names another vault now.`}
              </strong>{' '}
              <Trans>
                If you did not switch on another computer, somebody changed the storage. Unlock with the 64 digits to
                accept it.
              </Trans>
            </Note>
          )}
          <div className="duo pr">
            <div className="stack">
              <MethodCard state={state} />
              <Card>
                <ul className="rows set">
                  <LockRow state={state} onUnlock={() => setUnlocking(true)} />
                  <li>
                    <Icon of={Clock} size={20} />
                    <div className="set-text">
                      <p className="t15 strong num">
                        <Trans>
                          Locks after <Plural value={state.settings.idleLockMinutes} one="# minute" other="# minutes" />
                        </Trans>
                      </p>
                      <p className="dim">
                        <Trans>Of nobody using this window. Shorter is safer, longer is handier.</Trans>
                      </p>
                    </div>
                    <Button onPress={() => navigate({ screen: 'settings', section: 'lock' })}>
                      <Trans>Change</Trans>
                    </Button>
                  </li>
                  <KeychainRow state={state} />
                </ul>
              </Card>
              <KeysCard />
              <ComputersCard onUnlock={() => setUnlocking(true)} />
              {vault !== null && vault.ended === null && <DevicesCard vault={vault} locked={state.locked} />}
            </div>
            <div className="stack">
              {vault !== null && vault.ended === null && <AttemptsCard vault={vault} locked={state.locked} />}
              <Practice vault={vault} onTest={() => setTesting(true)} />
              {vault !== null && <VaultCard vault={vault} />}
              <Lost vault={vault} />
            </div>
          </div>
        </div>
      </div>
      <UnlockSheet open={unlocking} onClose={() => setUnlocking(false)} />
      <TestSheet open={testing} onClose={() => setTesting(false)} />
    </>
  );
}
