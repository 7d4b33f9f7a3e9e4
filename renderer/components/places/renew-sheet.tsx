import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useState, type ReactNode } from 'react';
import type { Destination, Place } from '../../../preload/contract.ts';
import { api, useAction } from '../../state/bridge.ts';
import { toast } from '../../state/toasts.ts';
import { Button } from '../button.tsx';
import { TextField } from '../fields.tsx';
import { Sheet } from '../overlays.tsx';
import { PasswordField } from '../password/password-field.tsx';
import { ErrorNote } from '../states.tsx';
import { visibleName } from '../visible.ts';
import { LoginChoice } from './login-by.tsx';
import { KeyFile } from './sftp-form.tsx';
import { useForm } from './use-form.ts';
import type { Wrong } from './typed.ts';
import './places.css';

/** True for places that are opened with something a person types. */
export function hasSecret(destination: Destination): boolean {
  return destination.kind === 's3' || destination.kind === 'webdav' || destination.kind === 'sftp';
}

/** Another password or key for the same place. It is tried before it is kept. */
export function RenewSheet({
  destination,
  open,
  onClose,
}: {
  destination: Destination;
  open: boolean;
  onClose: () => void;
}): ReactNode {
  if (!open) return null;
  return <Renew destination={destination} onClose={onClose} />;
}

function Renew({ destination, onClose }: { destination: Destination; onClose: () => void }): ReactNode {
  const { id, kind } = destination;
  const [by, setBy] = useState<'password' | 'key'>('password');
  const [keyId, setKeyId] = useState('');
  const [file, setFile] = useState<Place | null>(null);
  const [secret, setSecret] = useState('');
  const byKey = kind === 'sftp' && by === 'key';
  const save = useAction(
    async () => {
      const handed = secret;
      setSecret('');
      await api.destinations.renewSecret({
        id,
        secret:
          kind === 's3'
            ? { accessKeyId: keyId.trim(), secretAccessKey: handed }
            : byKey
              ? { keyFile: file?.cap ?? '', passphrase: handed }
              : { password: handed },
      });
    },
    {
      failure: 'inline',
      onDone: () => {
        toast.done(t`${visibleName(destination.name)} let Holdfast in. The new one is kept in the keychain.`);
        onClose();
      },
    },
  );
  const wrong: Wrong = {
    keyId: kind === 's3' && keyId.trim() === '' ? t`Type the access key’s id.` : undefined,
    file: byKey && file === null ? t`Choose the file of your key.` : undefined,
    secret: !byKey && secret === '' ? (kind === 's3' ? t`Type the secret key.` : t`Type the password.`) : undefined,
  };
  const form = useForm(wrong, () => !save.pending && save.run());
  return (
    <Sheet
      open
      onClose={onClose}
      size="narrow"
      title={kind === 's3' ? t`Another access key` : t`Another password or key`}
      line={t`For ${visibleName(destination.name)}. It is tried there before it replaces the old one.`}
      footer={
        <>
          <Button onPress={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button type="submit" form="renew" variant="primary" pending={save.pending}>
            <Trans>Try and keep it</Trans>
          </Button>
        </>
      }
    >
      <form id="renew" ref={form.ref} className="sheet-form" aria-label={t`Way in`} noValidate onSubmit={form.onSubmit}>
        {kind === 'sftp' && (
          <LoginChoice
            value={by}
            among={['password', 'key']}
            onChange={(next) => {
              setBy(next);
              setSecret('');
            }}
          />
        )}
        {kind === 's3' && (
          <TextField
            label={t`Access key`}
            value={keyId}
            onChange={setKeyId}
            error={form.error('keyId')}
            maxLength={256}
            autoFocus
          />
        )}
        {byKey && <KeyFile file={file} error={form.error('file')} onFile={setFile} />}
        <PasswordField
          key={by}
          label={kind === 's3' ? t`Secret key` : byKey ? t`Its passphrase` : t`Password`}
          what={kind === 's3' ? t`secret key` : byKey ? t`passphrase` : t`password`}
          {...(byKey ? { help: t`Empty where the key has none.` } : {})}
          value={secret}
          onChange={setSecret}
          error={form.error('secret')}
          autoFocus={kind !== 's3'}
        />
        {save.error !== null && <ErrorNote error={save.error} tone="amber" />}
      </form>
    </Sheet>
  );
}
