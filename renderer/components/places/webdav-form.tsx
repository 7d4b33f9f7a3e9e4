import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { PlaceDraft } from '../../../preload/contract.ts';
import { api, useAction } from '../../state/bridge.ts';
import { Button } from '../button.tsx';
import { TextField } from '../fields.tsx';
import { PasswordField } from '../password/password-field.tsx';
import { Note } from '../surfaces.tsx';
import { Fingerprint } from './fingerprint.tsx';
import { FormCard } from './form-card.tsx';
import { pairs } from './pairs.ts';
import { EMPTY_WEBDAV, wrongWebDav, type WebDavTyped } from './typed.ts';
import { useForm } from './use-form.ts';

type Certificate = NonNullable<Awaited<ReturnType<typeof api.destinations.webDavCertificate>>>;

/** A WebDAV folder. A certificate that no authority signed is shown before anything is sent. */
export function WebDavForm({
  start,
  find,
  prominent,
  onPlace,
}: {
  start: WebDavTyped | null;
  find: boolean;
  prominent: boolean;
  onPlace: (place: PlaceDraft, typed: WebDavTyped) => void;
}): ReactNode {
  const [typed, setTyped] = useState(start ?? EMPTY_WEBDAV);
  const [password, setPassword] = useState('');
  const [shown, setShown] = useState<Certificate | null>(null);
  const compared = useRef<HTMLDivElement>(null);
  const change = (part: Partial<WebDavTyped>): void => {
    setTyped((old) => ({ ...old, ...part }));
    setShown(null);
  };
  const hand = async (certificate: string | null): Promise<PlaceDraft> => {
    const handed = password;
    setPassword('');
    return await api.destinations.webDav({ url: typed.url, user: typed.user.trim(), password: handed, certificate });
  };
  const send = useAction(
    async () => {
      if (shown !== null) return await hand(shown.sha256);
      const certificate = await api.destinations.webDavCertificate({ url: typed.url });
      if (certificate === null || certificate.trusted) return await hand(null);
      setShown(certificate);
      return null;
    },
    { failure: 'inline', onDone: (place) => place !== null && onPlace(place, typed) },
  );
  const form = useForm(wrongWebDav(typed), () => !send.pending && send.run());
  useEffect(() => {
    if (shown !== null) compared.current?.focus();
  }, [shown]);
  const plain = /^\s*http:/i.test(typed.url);
  return (
    <FormCard
      title={t`WebDAV server`}
      line={t`A folder of a Nextcloud, a NAS or a web server.`}
      form={form}
      submit={shown === null ? (find ? t`Look there` : t`Continue`) : t`It is the same`}
      pending={send.pending}
      prominent={prominent}
      error={send.error}
      extra={
        shown !== null && (
          <Button variant="quiet" onPress={() => setShown(null)}>
            <Trans>It differs, or I don’t know</Trans>
          </Button>
        )
      }
    >
      <TextField
        label={t`Address of the folder`}
        placeholder="https://cloud.example.org/remote.php/dav/files/ada/holdfast/"
        value={typed.url}
        onChange={(url) => change({ url })}
        error={form.error('url')}
        maxLength={2048}
      />
      {plain && (
        <Note tone="amber">
          <p>
            <Trans>
              <strong>This address is not encrypted on the way.</strong> Your files are; your user name and password
              could be read by others in the network. Use https:// where the server offers it.
            </Trans>
          </p>
        </Note>
      )}
      <div className="place-two">
        <TextField label={t`User`} value={typed.user} onChange={(user) => change({ user })} maxLength={256} />
        <PasswordField label={t`Password`} value={password} onChange={setPassword} />
      </div>
      <p className="help">
        <Trans>
          For Nextcloud make an app password under Settings, Security, and use it instead of the one you log in with.
        </Trans>
      </p>
      {shown !== null && (
        <div ref={compared} tabIndex={-1} className="place-compare">
          <Fingerprint title={t`The server’s certificate`} value={pairs(shown.sha256)} about={shown.subject}>
            <p>
              <Trans>
                No authority vouches for it, which is usual for a NAS at home. Compare these letters, its SHA-256, with
                the ones in the server’s own settings. Nothing of yours was sent so far.
              </Trans>
            </p>
          </Fingerprint>
        </div>
      )}
    </FormCard>
  );
}
