import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Check, FileKey } from 'lucide-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { Place, PlaceDraft } from '../../../preload/contract.ts';
import { api, useAction } from '../../state/bridge.ts';
import { Button } from '../button.tsx';
import { TextField } from '../fields.tsx';
import { Icon } from '../icon.tsx';
import { PasswordField } from '../password/password-field.tsx';
import { PathText } from '../surfaces.tsx';
import { LoginChoice, type LoginBy } from './login-by.tsx';
import { Fingerprint } from './fingerprint.tsx';
import { FormCard } from './form-card.tsx';
import { EMPTY_SFTP, wholeNumber, wrongSftp, type SftpTyped } from './typed.ts';
import { useForm } from './use-form.ts';

type HostKey = Awaited<ReturnType<typeof api.destinations.sftpHostKey>>;

export function KeyFile({
  file,
  error,
  onFile,
}: {
  file: Place | null;
  error: string | null;
  onFile: (file: Place) => void;
}): ReactNode {
  const choose = useAction(api.destinations.chooseKeyFile, { onDone: (chosen) => chosen !== null && onFile(chosen) });
  return (
    <div className="field">
      <span className="field-label">
        <Trans>Private key</Trans>
      </span>
      <div className="row">
        <Button icon={FileKey} pending={choose.pending} onPress={() => choose.run()}>
          <Trans>Choose the file…</Trans>
        </Button>
        {file !== null && (
          <span className="clip dim">
            <PathText path={file.path} />
          </span>
        )}
      </div>
      {error !== null && (
        <span className="help-bad" role="alert">
          {error}
        </span>
      )}
    </div>
  );
}

/** A server over SSH: first where, then its key to compare, then how one signs in. */
export function SftpForm({
  start,
  find,
  agent,
  prominent,
  onPlace,
}: {
  start: SftpTyped | null;
  find: boolean;
  /** An SSH agent runs. */
  agent: boolean;
  prominent: boolean;
  onPlace: (place: PlaceDraft, typed: SftpTyped) => void;
}): ReactNode {
  const [typed, setTyped] = useState(start ?? EMPTY_SFTP);
  const [found, setFound] = useState<HostKey | null>(null);
  const look = useAction(
    async () =>
      await api.destinations.sftpHostKey({ host: typed.host.trim(), port: wholeNumber(typed.port, 1, 65_535) ?? 22 }),
    { failure: 'inline', onDone: setFound },
  );
  const change = (part: Partial<SftpTyped>): void => setTyped((old) => ({ ...old, ...part }));
  const form = useForm(wrongSftp(typed), () => !look.pending && look.run());
  if (found !== null) {
    return (
      <SftpLogin
        typed={typed}
        hostKey={found}
        find={find}
        agent={agent}
        prominent={prominent}
        onBack={() => setFound(null)}
        onPlace={onPlace}
      />
    );
  }
  return (
    <FormCard
      title={t`SFTP server`}
      line={t`Any server that you reach over SSH. It needs no program of ours.`}
      form={form}
      submit={t`Continue`}
      pending={look.pending}
      prominent={prominent}
      error={look.error}
    >
      <div className="place-two place-wide-first">
        <TextField
          label={t`Server`}
          placeholder="nas.local"
          value={typed.host}
          onChange={(host) => change({ host })}
          error={form.error('host')}
          maxLength={255}
        />
        <TextField
          label={t`Port`}
          inputMode="numeric"
          value={typed.port}
          onChange={(port) => change({ port })}
          error={form.error('port')}
          maxLength={5}
        />
      </div>
      <TextField
        label={t`User`}
        value={typed.user}
        onChange={(user) => change({ user })}
        error={form.error('user')}
        maxLength={255}
      />
      <TextField
        label={t`Folder`}
        value={typed.path}
        onChange={(path) => change({ path })}
        error={form.error('path')}
        help={t`From the user’s own folder, or whole with a slash in front.`}
        maxLength={4096}
      />
    </FormCard>
  );
}

function SftpLogin({
  typed,
  hostKey,
  find,
  agent,
  prominent,
  onBack,
  onPlace,
}: {
  typed: SftpTyped;
  hostKey: HostKey;
  find: boolean;
  agent: boolean;
  prominent: boolean;
  onBack: () => void;
  onPlace: (place: PlaceDraft, typed: SftpTyped) => void;
}): ReactNode {
  const [right, setRight] = useState(false);
  const [by, setBy] = useState<LoginBy>('password');
  const [secret, setSecret] = useState('');
  const [file, setFile] = useState<Place | null>(null);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.focus(), []);
  const send = useAction(
    async () => {
      const handed = secret;
      setSecret('');
      const login =
        by === 'password'
          ? { by, password: handed }
          : by === 'key'
            ? { by, keyFile: file?.cap ?? '', passphrase: handed }
            : { by };
      return await api.destinations.sftp({
        host: typed.host.trim(),
        port: wholeNumber(typed.port, 1, 65_535) ?? 22,
        user: typed.user.trim(),
        path: typed.path.trim(),
        hostKey: hostKey.hostKey,
        login,
      });
    },
    { failure: 'inline', onDone: (place) => onPlace(place, typed) },
  );
  const wrong = {
    secret: right && by === 'password' && secret === '' ? t`Type the password.` : undefined,
    file: right && by === 'key' && file === null ? t`Choose the file of your key.` : undefined,
  };
  const form = useForm(wrong, () => {
    if (!right) setRight(true);
    else if (!send.pending) send.run();
  });
  return (
    <FormCard
      title={right ? t`How do you sign in there?` : t`Is this your server?`}
      line={
        <bdi>
          <Trans>
            {typed.user.trim()} at {typed.host.trim()}, {typed.path.trim()}
          </Trans>
        </bdi>
      }
      form={form}
      submit={right ? (find ? t`Look there` : t`Use this server`) : t`It is right`}
      pending={send.pending}
      prominent={prominent}
      error={send.error}
      extra={
        <Button variant="quiet" onPress={onBack}>
          <Trans>Change</Trans>
        </Button>
      }
    >
      {right ? (
        <>
          <p className="t12 good row">
            <Icon of={Check} size={12} />
            <Trans>You said its key is right. From now on only this key is accepted.</Trans>
          </p>
          <LoginChoice
            value={by}
            among={agent ? ['password', 'key', 'agent'] : ['password', 'key']}
            onChange={(next) => {
              setBy(next);
              setSecret('');
            }}
          />
          {by === 'password' && (
            <PasswordField
              label={t`Password`}
              value={secret}
              onChange={setSecret}
              error={form.error('secret')}
              autoFocus
            />
          )}
          {by === 'key' && (
            <>
              <KeyFile file={file} error={form.error('file')} onFile={setFile} />
              <PasswordField
                label={t`Its passphrase`}
                what={t`passphrase`}
                value={secret}
                onChange={setSecret}
                help={t`Empty where the key has none.`}
              />
            </>
          )}
          {by === 'agent' && (
            <p className="dim">
              <Trans>
                The agent that runs in your session signs for you. Backups wait while it is not running or has no key.
              </Trans>
            </p>
          )}
        </>
      ) : (
        <div ref={box} tabIndex={-1} className="place-compare">
          <Fingerprint title={t`The server’s key`} value={hostKey.hostKey} about={hostKey.type}>
            <p>
              <Trans>
                Compare it on the server, letter by letter:{' '}
                <code>ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub</code>. Nothing of yours was sent so far.
              </Trans>
            </p>
          </Fingerprint>
        </div>
      )}
    </FormCard>
  );
}
