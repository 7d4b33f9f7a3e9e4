import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Hourglass } from 'lucide-react';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { PasswordAnswer, Tries, VaultState } from '../../../preload/contract.ts';
import { useAppState } from '../../state/app-state.tsx';
import { api, useAction } from '../../state/bridge.ts';
import { TextField } from '../fields.tsx';
import { formatDate } from '../format.ts';
import { ErrorNote } from '../states.tsx';
import { Note } from '../surfaces.tsx';
import { useMsUntil } from '../use-until.ts';
import { PasswordField } from './password-field.tsx';
import { endedBy, type Ended } from './unlock-words.ts';
import { ENDED } from './vault-words.ts';
import { leftWords, nextPause, TryBoxes, STOP_AND_THINK, WaitWords } from './tries.tsx';

/** What must be typed before the last try is sent. */
export const LAST_TRY = t`LAST TRY`;

export type { Ended };

/**
 * A password as state: what was typed, what the vault answered. Counts come only from what the vault signed.
 * @param attempt sends the password; it is read when it is called and kept nowhere else
 * @param known what is known of the vault before this try
 */
export function usePasswordEntry(
  attempt: (password: string) => Promise<PasswordAnswer>,
  known: Pick<VaultState, 'tries' | 'ended'> | null,
  onOpened?: () => void,
) {
  const client = useQueryClient();
  const [password, setPassword] = useState('');
  const [last, setLast] = useState('');
  // Not an argument of the action: what it was given stays in its cache for minutes.
  const action = useAction(() => attempt(password), {
    failure: 'inline',
    onDone: (answer) => {
      setLast('');
      if (answer.kind === 'unreachable' || answer.kind === 'delayed' || answer.kind === 'unknown-record') return;
      setPassword('');
      if (answer.kind !== 'opened') return;
      void client.invalidateQueries({ queryKey: ['browse'] });
      onOpened?.();
    },
  });
  const answer = action.data;
  const told = answer?.kind === 'wrong-password' || answer?.kind === 'delayed' ? answer.tries : null;
  const tries: Tries | null = told ?? known?.tries ?? null;
  const waiting = useMsUntil(tries?.waitUntil ?? null) > 0;
  const lastTry = tries !== null && tries.left === 1;
  const complete = password !== '' && !waiting && (!lastTry || last.trim().toUpperCase() === LAST_TRY);
  return {
    password,
    last,
    tries,
    waiting,
    lastTry,
    complete,
    pending: action.pending,
    error: action.error,
    answer,
    ended: endedBy(answer, known?.ended ?? null),
    change: (next: string): void => {
      setPassword(next);
      if (action.error !== null) action.reset();
    },
    confirm: setLast,
    submit: (): void => {
      if (complete && !action.pending) action.run();
    },
    clear: (): void => {
      setPassword('');
      setLast('');
      action.reset();
    },
  };
}

export type PasswordEntry = ReturnType<typeof usePasswordEntry>;

/** The entry for the backup that is being looked at. */
export function useUnlockByPassword(onOpened?: () => void): PasswordEntry {
  const vault = useAppState((state) => state.vault);
  return usePasswordEntry((password) => api.keys.unlockWithPassword({ password }), vault, onOpened);
}

function Answer({ entry }: { entry: PasswordEntry }): ReactNode {
  const { answer } = entry;
  switch (answer?.kind) {
    case 'wrong-password':
      return (
        <Note tone="amber" live>
          <strong>
            <Trans>That’s not it.</Trans>
          </strong>{' '}
          {leftWords(answer.tries)}
        </Note>
      );
    case 'unreachable':
      return (
        <Note tone="amber" live>
          <strong>{answer.error.message}</strong>{' '}
          {answer.charged === false
            ? t`That try did not count. `
            : t`We can’t tell whether that try counted; the vault’s next answer says how many are left. The same password again is the same try. `}
          {answer.error.guidance}
        </Note>
      );
    case 'not-the-vault':
      return <ErrorNote error={answer.error} />;
    case 'frozen':
      return (
        <Note tone="amber" live>
          <Trans>
            <strong>The vault refuses computers that it doesn’t know.</strong> The owner asked for it, until{' '}
            {formatDate(answer.until)}. Use a computer that has unlocked this backup before, or the 64 digits. That try
            did not count.
          </Trans>
        </Note>
      );
    case 'unknown-record':
      return (
        <Note tone="amber" live>
          <Trans>
            <strong>{ENDED.unknown.title}.</strong> {ENDED.unknown.line} That try did not count.
          </Trans>
        </Note>
      );
    case 'other-key':
      return (
        <Note tone="red" live>
          <Trans>
            <strong>The password is right, but its key opens another backup.</strong> Check that this is the right
            folder, or unlock with the 64 digits of this backup.
          </Trans>
        </Note>
      );
    case 'delayed':
    case 'destroyed':
    case 'suspended':
    case 'opened':
    case undefined:
      return null;
  }
}

/** The field with what the vault said below it: the answer, a pause, what is left, the question before the last try. */
export function PasswordEntryBody({
  entry,
  label = t`Password`,
  autoFocus = true,
}: {
  entry: PasswordEntry;
  label?: string;
  autoFocus?: boolean;
}): ReactNode {
  const { tries, waiting, lastTry } = entry;
  const said = useRef<HTMLDivElement>(null);
  // In a small window the answer would lie below what is in view.
  useEffect(() => {
    if (entry.answer !== undefined || entry.error !== null) said.current?.scrollIntoView({ block: 'nearest' });
  }, [entry.answer, entry.error]);
  return (
    <div className="pw-entry">
      {tries !== null && tries.used > 0 && (
        <div className="pw-tries">
          <TryBoxes tries={tries} />
          <p className="help num">
            <Trans>
              {tries.used} of {tries.limit} used. The count is signed by the vault.
            </Trans>
          </p>
        </div>
      )}
      <PasswordField
        label={label}
        value={entry.password}
        onChange={entry.change}
        disabled={waiting || entry.pending}
        autoFocus={autoFocus}
        bad={entry.answer?.kind === 'wrong-password' && entry.password === ''}
        onSubmit={entry.submit}
        help={
          tries !== null && tries.left <= STOP_AND_THINK
            ? t`Show it before you send it. A space at the end counts too.`
            : undefined
        }
      />
      {lastTry && !waiting && (
        <TextField
          className="pw-last"
          label={t`To use the last one, type ${LAST_TRY}`}
          value={entry.last}
          onChange={entry.confirm}
          isDisabled={entry.pending}
          help={t`If it is wrong, the vault destroys its copy at once, for good. Nobody can bring it back.`}
        />
      )}
      <div ref={said} className="key-answer pw-answer">
        <Answer entry={entry} />
        {!waiting && tries !== null && tries.left <= STOP_AND_THINK && nextPause(tries) !== null && (
          <Note icon={Hourglass}>{nextPause(tries)}</Note>
        )}
        {waiting && tries?.waitUntil != null && (
          <Note icon={Hourglass} live>
            <WaitWords until={tries.waitUntil} />
          </Note>
        )}
        {entry.error !== null && <ErrorNote error={entry.error} />}
      </div>
    </div>
  );
}
