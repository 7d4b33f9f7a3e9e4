import { Clock, KeyRound, Lock, LockOpen, ShieldCheck, TriangleAlert } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { AppState, VaultState } from '../../../preload/contract.ts';
import { Button, Card, formatDay, formatTime, Head, Icon, Note, plural, useNow } from '../../components/index.ts';
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
  const asks = state.vault === null ? 'the digits' : 'the password';
  return (
    <li>
      <Icon of={state.locked ? Lock : LockOpen} size={20} />
      <div className="set-text">
        <p className="t15 strong">{state.locked ? 'Locked' : 'Unlocked on this computer'}</p>
        <p className="dim num">
          {state.locked
            ? `The key is not in memory. Backups go on; restoring asks for ${asks}.`
            : `${
                state.lockAt === null ? 'It locks itself' : `It locks itself at ${formatTime(state.lockAt)},`
              } after ${plural(state.settings.idleLockMinutes, 'minute')} without you, and when the computer sleeps.${
                state.vault?.sessionUntil == null ? '' : ' A restart of Holdfast within that time keeps it open.'
              }`}
        </p>
      </div>
      {state.locked ? (
        <Button icon={LockOpen} onPress={onUnlock}>
          Unlock
        </Button>
      ) : (
        <Button icon={Lock} pending={lock.pending} onPress={() => lock.run()}>
          Lock now
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
        <p className="t15 strong">{memory ? 'At risk: backups stop when you quit' : 'Backups go on without the key'}</p>
        <p className="dim">
          {memory
            ? `${state.keychain.message ?? 'This computer has no keychain.'} After a restart, unlock once so that backups can go on.`
            : 'This computer’s keychain keeps what backups need. It can store new snapshots and can’t open any of them.'}
        </p>
      </div>
    </li>
  );
}

function triesWords({ ended, tries }: VaultState): string {
  if (ended === 'unknown')
    return 'The vault says that it doesn’t know this backup, which it can’t prove. The digits open it.';
  if (ended !== null) return 'The password opens nothing any more; the 64 digits do.';
  const base = 'The vault checks it without ever seeing it.';
  if (tries === null) return `${base} Nobody can reset it or send it to you.`;
  return tries.used === 0
    ? `${base} All ${tries.limit} tries are left.`
    : `${base} ${plural(tries.left, 'try', 'tries')} of ${tries.limit} left.`;
}

const TITLES: Record<NonNullable<VaultState['ended']> | 'none', string> = {
  none: 'Your password opens this backup',
  unknown: 'Your password may no longer open this backup',
  destroyed: 'Only your 64 digits open this backup now',
  'destroyed-by-owner': 'Only your 64 digits open this backup now',
  suspended: 'Only your 64 digits open this backup now',
};

function words({ locked, vault }: AppState): { title: string; line: string } {
  if (locked) {
    return {
      title: 'Locked, and still backing up',
      line: `New files are stored as before. Looking at them or restoring them needs the ${
        vault === null ? 'digits' : 'password or the digits'
      }.`,
    };
  }
  if (vault === null) {
    return {
      title: 'Only your 64 digits open this backup',
      line: 'Neither the storage nor anybody else can read it. Nobody can send the digits again.',
    };
  }
  return {
    title: TITLES[vault.ended ?? 'none'],
    line: triesWords(vault),
  };
}

/** When the digits were last typed, and when Holdfast reminds of them again. */
function practiceWords({ lastAt, dueAt }: AppState['care']['practice'], now: number): string {
  const last = lastAt === null ? '' : `Last done: ${formatDay(lastAt, now)}. `;
  return dueAt <= now ? `${last}Now is a good time.` : `${last}Next reminder: ${formatDay(dueAt, now)}.`;
}

function Practice({ vault, onTest }: { vault: VaultState | null; onTest: () => void }): ReactNode {
  const practice = useAppState((state) => state.care.practice);
  const now = useNow();
  return (
    <Card className="practice">
      <Icon of={KeyRound} size={20} className="good" />
      <h2 className="t15 strong">{vault === null ? 'Could you still open it?' : 'Do you still have the digits?'}</h2>
      <p className="dim">
        {vault === null
          ? 'Fetch the kit now and then and type the digits here. It is practice: wrong entries never count and lock nothing.'
          : 'Practice is with the digits: wrong entries never count. The password can’t be practised, because only the vault can check it, and it counts every wrong one.'}
      </p>
      <p className="t12 faint num practice-when">{practiceWords(practice, now)}</p>
      <Button variant="primary" wide onPress={onTest}>
        Test my key
      </Button>
    </Card>
  );
}

function Lost({ vault }: { vault: VaultState | null }): ReactNode {
  if (vault !== null) {
    return (
      <Card title="If the password is forgotten">
        <ol className="lost dim">
          <li>While this computer is unlocked, “Change” sets a new one.</li>
          <li>The 64-digit kit opens everything, without the vault.</li>
          <li>With neither, nobody can open this backup.</li>
        </ol>
      </Card>
    );
  }
  return (
    <Card title="If the kit is lost">
      <ol className="lost dim">
        <li>Restoring still works here while this computer is unlocked.</li>
        <li>Once it is locked and the digits are gone, nobody can open this backup.</li>
        <li>So keep two copies of the kit, in two places.</li>
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
              <strong>The backup names {vault.renamed.to === null ? 'no vault' : 'another vault'} now.</strong> If you
              did not switch on another computer, somebody changed the storage. Unlock with the 64 digits to accept it.
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
                      <p className="t15 strong num">Locks after {plural(state.settings.idleLockMinutes, 'minute')}</p>
                      <p className="dim">Of nobody using this window. Shorter is safer, longer is handier.</p>
                    </div>
                    <Button onPress={() => navigate({ screen: 'settings', section: 'lock' })}>Change</Button>
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
