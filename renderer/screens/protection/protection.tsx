import { Check, Clock, KeyRound, Lock, LockOpen, RectangleEllipsis, ShieldCheck, TriangleAlert } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { AppState } from '../../../preload/contract.ts';
import { Badge, Button, Card, formatTime, Head, Icon, Note, plural, Sheet, When } from '../../components/index.ts';
import { KeyEntryBody, UnlockSheet, useKeyEntry } from '../../components/unlock-sheet.tsx';
import { useAppState } from '../../state/app-state.tsx';
import { api, useAction } from '../../state/bridge.ts';
import { navigate } from '../../state/route.ts';
import '../../theme/runs.css';
import './protection.css';

function TestSheet({ open, onClose }: { open: boolean; onClose: () => void }): ReactNode {
  const [right, setRight] = useState(false);
  const entry = useKeyEntry('test', () => setRight(true));
  const close = (): void => {
    entry.clear();
    setRight(false);
    onClose();
  };
  if (right) {
    return (
      <Sheet
        open={open}
        onClose={close}
        size="narrow"
        title="That’s the right key"
        footer={
          <Button variant="primary" onPress={close}>
            Done
          </Button>
        }
      >
        <Note tone="good" live icon={Check}>
          <p>These 64 digits open this backup. Put the paper back where it was.</p>
        </Note>
      </Sheet>
    );
  }
  return (
    <Sheet
      open={open}
      onClose={close}
      title="Test your key"
      line="Type the digits from your kit. It is only practice: wrong entries never count."
      footerNote="Nothing is kept of what you type."
      footer={
        <>
          <Button onPress={close}>Not now</Button>
          <Button variant="primary" pending={entry.pending} isDisabled={!entry.complete} onPress={entry.submit}>
            Test these digits
          </Button>
        </>
      }
    >
      <KeyEntryBody entry={entry} />
    </Sheet>
  );
}

function LockRow({ state, onUnlock }: { state: AppState; onUnlock: () => void }): ReactNode {
  const lock = useAction(() => api.keys.lock());
  return (
    <li>
      <Icon of={state.locked ? Lock : LockOpen} size={20} />
      <div className="set-text">
        <p className="t15 strong">{state.locked ? 'Locked' : 'Unlocked on this computer'}</p>
        <p className="dim num">
          {state.locked
            ? 'The key is not in memory. Backups go on; restoring asks for the digits.'
            : `${
                state.lockAt === null ? 'It locks itself' : `It locks itself at ${formatTime(state.lockAt)},`
              } after ${plural(state.settings.idleLockMinutes, 'minute')} without you, and when the computer sleeps.`}
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

function title(state: AppState): string {
  return state.locked ? 'Locked, and still backing up' : 'Only your 64 digits open this backup';
}

/** How this backup is protected, and what one can do about it. */
export function Protection(): ReactNode {
  const state = useAppState();
  const [unlocking, setUnlocking] = useState(false);
  const [testing, setTesting] = useState(false);
  const saved = state.repository?.keySavedAt ?? null;
  return (
    <>
      <div className="bar drag" />
      <div className="body">
        <div className="body-in">
          <Head
            title={title(state)}
            line={
              state.locked
                ? 'New files are stored as before. Looking at them or restoring them needs the digits.'
                : 'Neither the storage nor anybody else can read it. Nobody can send the digits again.'
            }
          />
          <div className="duo pr">
            <div className="stack">
              <Card>
                <ul className="rows set">
                  <li>
                    <Icon of={KeyRound} size={20} />
                    <div className="set-text">
                      <p className="t15 strong">64-digit key</p>
                      <p className="dim">
                        {saved === null ? (
                          'On the paper kit that you made at the set-up.'
                        ) : (
                          <>
                            You proved that you have it on paper, <When at={saved} />.
                          </>
                        )}
                      </p>
                    </div>
                    <Badge tone="good" icon={Check}>
                      In use
                    </Badge>
                  </li>
                  <li>
                    <Icon of={RectangleEllipsis} size={20} className="set-off" />
                    <div className="set-text">
                      <p className="t15 strong">Password</p>
                      <p className="dim">Needs a key vault that counts the tries. None is set up yet.</p>
                    </div>
                    <Badge>Not set up</Badge>
                  </li>
                </ul>
              </Card>
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
            </div>
            <div className="stack">
              <Card className="practice">
                <Icon of={KeyRound} size={20} className="good" />
                <h2 className="t15 strong">Could you still open it?</h2>
                <p className="dim">
                  Fetch the kit now and then and type the digits here. It is practice: wrong entries never count and
                  lock nothing.
                </p>
                <Button variant="primary" wide onPress={() => setTesting(true)}>
                  Test my key
                </Button>
              </Card>
              <Card title="If the kit is lost">
                <ol className="lost dim">
                  <li>Restoring still works here while this computer is unlocked.</li>
                  <li>Once it is locked and the digits are gone, nobody can open this backup.</li>
                  <li>So keep two copies of the kit, in two places.</li>
                </ol>
              </Card>
            </div>
          </div>
        </div>
      </div>
      <UnlockSheet open={unlocking} onClose={() => setUnlocking(false)} />
      <TestSheet open={testing} onClose={() => setTesting(false)} />
    </>
  );
}
