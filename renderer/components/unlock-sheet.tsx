import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { LockOpen } from 'lucide-react';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { Row, VaultState } from '../../preload/contract.ts';
import { useAppState } from '../state/app-state.tsx';
import { api, useAction } from '../state/bridge.ts';
import { Button, LinkButton } from './button.tsx';
import { KeyInput, type RowState } from './key-input.tsx';
import { emptyGroups, isComplete, ROWS } from './key-text.ts';
import { Sheet } from './overlays.tsx';
import { ForgottenSheet } from './password/forgotten-sheet.tsx';
import { PasswordEntryBody, useUnlockByPassword } from './password/password-entry.tsx';
import { STOP_AND_THINK } from './password/tries.tsx';
import { passwordPageWords, type UnlockMethod } from './password/unlock-words.ts';
import { ErrorNote } from './states.tsx';
import { Note } from './surfaces.tsx';

export type KeyPurpose = 'unlock' | 'test';
type Outcome = Awaited<ReturnType<typeof api.keys.unlock>>;

/** The states of the four rows after main has looked at them; none before, and none where it can't tell. */
export function rowStates(outcome: Outcome | undefined): Partial<Record<Row, RowState>> {
  if (outcome === undefined) return {};
  if (outcome.ok) return { A: 'ok', B: 'ok', C: 'ok', D: 'ok' };
  return Object.fromEntries(outcome.wrongRows.map((row) => [row, 'typo' as const]));
}

/** The 64 digits as state: what was typed, what main answered; the answer goes when a digit changes. */
export function useKeyEntry(purpose: KeyPurpose, onOk?: () => void) {
  const client = useQueryClient();
  const [groups, setGroups] = useState<readonly string[]>(() => emptyGroups(ROWS.length));
  const action = useAction(
    (typed: string[]) => (purpose === 'test' ? api.keys.test({ groups: typed }) : api.keys.unlock({ groups: typed })),
    {
      failure: 'inline',
      onDone: (outcome) => {
        if (!outcome.ok) return;
        setGroups(emptyGroups(ROWS.length));
        if (purpose === 'unlock') void client.invalidateQueries({ queryKey: ['browse'] });
        onOk?.();
      },
    },
  );
  return {
    groups,
    complete: isComplete(groups),
    pending: action.pending,
    error: action.error,
    outcome: action.data,
    change: (next: string[]): void => {
      setGroups(next);
      if (action.data !== undefined || action.error !== null) action.reset();
    },
    submit: (): void => {
      if (isComplete(groups) && !action.pending) action.run([...groups]);
    },
    clear: (): void => {
      setGroups(emptyGroups(ROWS.length));
      action.reset();
    },
  };
}

export type KeyEntry = ReturnType<typeof useKeyEntry>;

/** The boxes with what main answered below them. */
export function KeyEntryBody({ entry, autoFocus = true }: { entry: KeyEntry; autoFocus?: boolean }): ReactNode {
  const wrong = entry.outcome?.ok === false ? entry.outcome : null;
  const answer = useRef<HTMLDivElement>(null);
  // In a small window the answer would lie below what is in view.
  useEffect(() => {
    if (wrong !== null || entry.error !== null) answer.current?.scrollIntoView({ block: 'nearest' });
  }, [wrong, entry.error]);
  return (
    <>
      <KeyInput
        value={entry.groups}
        onChange={entry.change}
        rowStates={rowStates(entry.outcome)}
        autoFocus={autoFocus}
        disabled={entry.pending}
        onSubmit={entry.submit}
      />
      <div ref={answer} className="key-answer">
        {wrong !== null && (
          <Note tone="amber" live>
            <p>{wrong.message}</p>
          </Note>
        )}
        {entry.error !== null && <ErrorNote error={entry.error} />}
      </div>
    </>
  );
}

interface SheetProps {
  open: boolean;
  onClose: () => void;
  onUnlocked?: (() => void) | undefined;
  /** One sentence: what the key is needed for. */
  why?: string;
}

const WHY = t`Names and contents need your key. Backups go on without it.`;

/** Asks for the password where the backup has one, or for the 64 digits, and unlocks. */
export function UnlockSheet(props: SheetProps): ReactNode {
  const vault = useAppState((state) => state.vault);
  const [by, setBy] = useState<UnlockMethod>('password');
  if (vault === null) return <DigitsSheet {...props} />;
  if (by === 'digits') return <DigitsSheet {...props} onPassword={() => setBy('password')} />;
  return <PasswordSheet {...props} vault={vault} onDigits={() => setBy('digits')} />;
}

function DigitsSheet({
  open,
  onClose,
  onUnlocked,
  why = WHY,
  onPassword,
}: SheetProps & { onPassword?: () => void }): ReactNode {
  const entry = useKeyEntry('unlock', () => {
    onClose();
    onUnlocked?.();
  });
  const close = (): void => {
    entry.clear();
    onClose();
  };
  return (
    <Sheet
      open={open}
      onClose={close}
      title={t`Unlock with your 64 digits`}
      line={why}
      footerNote={t`Wrong digits lock nothing.`}
      footer={
        <>
          {onPassword !== undefined && (
            <Button variant="quiet" onPress={onPassword}>
              <Trans>Use the password</Trans>
            </Button>
          )}
          <Button onPress={close}>
            <Trans>Cancel</Trans>
          </Button>
          <Button
            variant="primary"
            icon={LockOpen}
            pending={entry.pending}
            isDisabled={!entry.complete}
            onPress={entry.submit}
          >
            <Trans>Unlock</Trans>
          </Button>
        </>
      }
    >
      <KeyEntryBody entry={entry} />
    </Sheet>
  );
}

function PasswordSheet({
  open,
  onClose,
  onUnlocked,
  why = WHY,
  vault,
  onDigits,
}: SheetProps & { vault: VaultState; onDigits: () => void }): ReactNode {
  const entry = useUnlockByPassword(() => {
    onClose();
    onUnlocked?.();
  });
  const close = (): void => {
    entry.clear();
    onClose();
  };
  const [forgotten, setForgotten] = useState(false);
  const words = passwordPageWords(entry);
  const calm = entry.ended === null && !entry.waiting && (entry.tries === null || entry.tries.left > STOP_AND_THINK);
  if (open && forgotten) {
    return (
      <ForgottenSheet
        open
        onClose={() => setForgotten(false)}
        onDigits={() => {
          setForgotten(false);
          onDigits();
        }}
        ready
      />
    );
  }
  return (
    <Sheet
      open={open}
      onClose={close}
      title={calm ? t`Unlock with your password` : words.title}
      line={calm ? why : words.line}
      footerNote={calm ? t`Only the vault counts wrong ones.` : undefined}
      footer={
        <>
          <Button variant={entry.ended === null ? 'quiet' : 'primary'} onPress={onDigits}>
            <Trans>Use the 64 digits</Trans>
          </Button>
          <Button onPress={close}>{entry.ended === null ? t`Cancel` : t`Close`}</Button>
          {entry.ended === null && (
            <Button
              variant="primary"
              icon={LockOpen}
              pending={entry.pending}
              isDisabled={!entry.complete}
              onPress={entry.submit}
            >
              {calm ? t`Unlock` : t`Try this password`}
            </Button>
          )}
        </>
      }
    >
      {vault.renamed !== null && (
        <Note tone="amber">
          <strong>
            {vault.renamed.to === null ? t`The backup names no vault now.` : t`The backup names another vault now.`}
          </strong>{' '}
          <Trans>
            If you did not switch on another computer, somebody changed the storage. Unlock with the 64 digits to accept
            it.
          </Trans>
        </Note>
      )}
      {entry.ended === null ? (
        <>
          <PasswordEntryBody entry={entry} />
          <p>
            <LinkButton onPress={() => setForgotten(true)}>
              <Trans>I can’t remember</Trans>
            </LinkButton>
          </p>
        </>
      ) : (
        <p className="dim">
          <Trans>
            Your backup still exists, encrypted. The 64 digits open it, and so does a computer that is still unlocked:
            there you can set a new password under Protection.
          </Trans>
        </p>
      )}
    </Sheet>
  );
}
