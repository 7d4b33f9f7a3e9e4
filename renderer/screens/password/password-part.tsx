import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Check, Circle, Dices, Timer } from 'lucide-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Button, Icon, Note, TextField } from '../../components/index.ts';
import { PasswordField } from '../../components/password/password-field.tsx';
import {
  characters,
  isTaken,
  MIN_CHARACTERS,
  MIN_SCORE,
  strengthWords,
  useStrength,
  type Strength,
} from '../../components/password/strength.ts';
import { useAppState } from '../../state/app-state.tsx';
import { api, toUserError, useAction } from '../../state/bridge.ts';
import { toast } from '../../state/toasts.ts';

/** A new password as state. It lives in this page alone and goes when the page goes; main holds what was accepted. */
export function useNewPassword(inviteNeeded: boolean, onTaken: () => void) {
  const computer = useAppState((state) => state.computerName);
  const [password, setPassword] = useState('');
  const [invite, setInvite] = useState('');
  const [shown, setShown] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const strength = useStrength(password, [computer, t`Holdfast`, 'backup', 'password']);
  useEffect(() => () => setPassword(''), []);
  // Not an argument of the action: what it was given stays in its cache for minutes.
  const choose = useAction(() => api.vault.choosePassword({ password, ...(invite === '' ? {} : { invite }) }), {
    failure: 'inline',
    onDone: ({ ok, message }) => {
      setRefused(ok ? null : message);
      if (ok) onTaken();
    },
  });
  const ready = isTaken(password, strength) && (!inviteNeeded || invite.trim() !== '');
  return {
    password,
    invite,
    inviteNeeded,
    shown,
    strength,
    refused,
    ready,
    pending: choose.pending,
    error: choose.error,
    change: (next: string): void => {
      setPassword(next);
      setRefused(null);
    },
    setInvite,
    setShown,
    suggest: (): void => {
      // Not through the query cache: nothing may keep a password.
      api.vault
        .suggestPassword()
        .then(({ password: words }) => {
          setPassword(words);
          setShown(true);
          setRefused(null);
        })
        .catch((error: unknown) => toast.error(toUserError(error)));
    },
    submit: (): void => {
      if (ready && !choose.pending) choose.run();
    },
  };
}

export type NewPassword = ReturnType<typeof useNewPassword>;

function Meter({ score }: { score: number }): ReactNode {
  return (
    <div className={`meter ${score >= MIN_SCORE ? 'meter-good' : 'meter-weak'}`} aria-hidden="true">
      {Array.from({ length: 4 }, (_, i) => (
        <i key={i} className={i < score ? 'on' : ''} />
      ))}
    </div>
  );
}

function Fact({ met, children }: { met: boolean; children: ReactNode }): ReactNode {
  return (
    <li className={met ? '' : 'dim'}>
      <Icon of={met ? Check : Circle} className={met ? 'good' : 'faint'} size={met ? 16 : 12} />
      <span>{children}</span>
      <span className="sr">{met ? t`, done` : t`, not yet`}</span>
    </li>
  );
}

function StrengthReport({ password, strength }: { password: string; strength: Strength | null }): ReactNode {
  const length = characters(password);
  const enough = length >= MIN_CHARACTERS;
  const good = enough && strength !== null && strength.score >= MIN_SCORE;
  const { word, line } = strengthWords(password, strength);
  // While the next estimate is on its way the last bars stay, so that the meter does not flicker.
  const score = useRef(0);
  if (password === '') score.current = 0;
  else if (strength !== null) score.current = enough ? strength.score : Math.min(strength.score, 1);
  return (
    <div className="strength">
      <Meter score={score.current} />
      <p role="status">
        {word !== '' && <strong className={good ? 'good' : 'warn'}>{word} </strong>}
        <span className="dim">{line}</span>
      </p>
      <ul className="pw-facts">
        <Fact met={enough}>
          {enough ? t`${length} characters, of the 12 that are needed` : t`At least 12 characters`}
        </Fact>
        <Fact met={good}>
          <Trans>Not built on a name, a date or a known password</Trans>
        </Fact>
      </ul>
    </div>
  );
}

/** S5b: the field, how strong it is, and six words for people who would rather not invent one. */
export function PasswordPart({
  entry,
  maxAttempts,
  children,
}: {
  entry: NewPassword;
  maxAttempts: number;
  /** What stands beside it. */
  children?: ReactNode;
}): ReactNode {
  return (
    <div className="pw-part">
      <div className="pw-main">
        <PasswordField
          label={t`Password`}
          value={entry.password}
          onChange={entry.change}
          shown={entry.shown}
          onShow={entry.setShown}
          disabled={entry.pending}
          autoFocus
          onSubmit={entry.submit}
        />
        <StrengthReport password={entry.password} strength={entry.strength} />
        {entry.inviteNeeded && (
          <TextField
            label={t`Invitation`}
            value={entry.invite}
            onChange={entry.setInvite}
            help={t`This vault takes only those it has invited. You got a code from whoever runs it.`}
          />
        )}
        <div className="pw-words">
          <div>
            <p className="medium">
              <Trans>Six words, chosen by dice</Trans>
            </p>
            <p className="t12 faint">
              <Trans>Easier to type on a strange keyboard than symbols. 66 bits: nobody guesses them.</Trans>
            </p>
          </div>
          <Button icon={Dices} isDisabled={entry.pending} onPress={entry.suggest}>
            {entry.shown && entry.password.split(' ').length === 6 ? t`Another` : t`Use six words`}
          </Button>
        </div>
        <Note icon={Timer}>
          <Trans>
            <strong>{maxAttempts} wrong tries in a row, then the vault destroys its copy for good.</strong> A right one
            starts the count again. The 64-digit kit opens everything without the vault.
          </Trans>
        </Note>
        {entry.refused !== null && (
          <Note tone="amber" live>
            {entry.refused}
          </Note>
        )}
        {entry.error !== null && (
          <Note tone="red" live>
            <strong>{entry.error.message}</strong> {entry.error.guidance}
          </Note>
        )}
      </div>
      {children}
    </div>
  );
}
