import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useState, type ReactNode } from 'react';
import type { EmailAccount } from '../../../preload/contract.ts';
import { Button, ErrorNote, Select, Sheet, TextField } from '../../components/index.ts';
import { PasswordField } from '../../components/password/password-field.tsx';
import { useForm } from '../../components/places/use-form.ts';
import { useAppState } from '../../state/app-state.tsx';
import { api, useAction } from '../../state/bridge.ts';
import { toast } from '../../state/toasts.ts';
import './email-sheet.css';

type Security = EmailAccount['security'];

/** The port that a mail server uses for it, until another is typed. */
const PORT: Record<Security, string> = { tls: '465', starttls: '587', none: '25' };

export function EmailSheet({ open, onClose }: { open: boolean; onClose: () => void }): ReactNode {
  return open ? <EmailForm onClose={onClose} /> : null;
}

function portOf(typed: string): number | null {
  const port = /^\d{1,5}$/.test(typed.trim()) ? Number(typed) : 0;
  return port >= 1 && port <= 65_535 ? port : null;
}

function EmailForm({ onClose }: { onClose: () => void }): ReactNode {
  const known = useAppState((state) => state.alarms.email);
  const [host, setHost] = useState(known?.host ?? '');
  const [security, setSecurity] = useState<Security>(known?.security ?? 'starttls');
  const [port, setPort] = useState(String(known?.port ?? PORT.starttls));
  const [user, setUser] = useState(known?.user ?? '');
  const [password, setPassword] = useState('');
  const [from, setFrom] = useState(known?.from ?? '');
  const [to, setTo] = useState(known?.to ?? '');
  const number = portOf(port);
  const save = useAction(() => api.alarms.setEmail({ host, port: number ?? 0, security, user, from, to, password }), {
    failure: 'inline',
    onDone: () => {
      toast.done(t`Saved. Send a test to see that it works.`);
      onClose();
    },
  });
  const missing = (value: string, words: string): string | undefined => (value.trim() === '' ? words : undefined);
  const form = useForm(
    {
      host: missing(host, t`Type the name of the mail server.`),
      port: number === null ? t`From 1 to 65535.` : undefined,
      password: user.trim() !== '' && password === '' ? t`Type the password.` : undefined,
      from: missing(from, t`Type an address.`),
      to: missing(to, t`Type an address.`),
    },
    () => !save.pending && save.run(),
  );
  const choose = (next: Security): void => {
    if (port === PORT[security]) setPort(PORT[next]);
    setSecurity(next);
  };
  return (
    <Sheet
      open
      onClose={onClose}
      title={t`E-mail`}
      line={t`It says how things stand, this computer’s name and nothing of your files. Your provider tells server and port.`}
      footer={
        <>
          <Button onPress={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button type="submit" form="email" variant="primary" pending={save.pending}>
            <Trans>Save</Trans>
          </Button>
        </>
      }
    >
      <form id="email" ref={form.ref} className="sheet-form" aria-label={t`E-mail`} noValidate onSubmit={form.onSubmit}>
        <div className="email-two">
          <TextField
            label={t`To`}
            value={to}
            onChange={setTo}
            error={form.error('to')}
            inputMode="email"
            maxLength={254}
            placeholder="anna@example.org"
            autoFocus
          />
          <TextField
            label={t`From`}
            value={from}
            onChange={setFrom}
            error={form.error('from')}
            inputMode="email"
            maxLength={254}
            placeholder="anna@example.org"
          />
        </div>
        <TextField
          label={t`Mail server`}
          value={host}
          onChange={setHost}
          error={form.error('host')}
          placeholder="smtp.example.org"
          maxLength={253}
        />
        <div className="email-two">
          <Select
            label={t`Encryption`}
            value={security}
            onChange={choose}
            options={[
              { value: 'starttls', word: t`STARTTLS` },
              { value: 'tls', word: t`TLS` },
              { value: 'none', word: t`None (own network only)` },
            ]}
          />
          <TextField
            label={t`Port`}
            value={port}
            onChange={setPort}
            error={form.error('port')}
            inputMode="numeric"
            maxLength={5}
          />
        </div>
        <TextField
          label={t`User`}
          value={user}
          onChange={setUser}
          maxLength={320}
          help={t`Often your e-mail address. Leave it empty where the server asks for no login.`}
        />
        {user.trim() !== '' && (
          <PasswordField
            label={t`Password`}
            what={t`password`}
            value={password}
            onChange={setPassword}
            error={form.error('password')}
            help={t`Kept in this computer’s keychain and not shown again.`}
          />
        )}
        {save.error !== null && <ErrorNote error={save.error} tone="amber" />}
      </form>
    </Sheet>
  );
}
