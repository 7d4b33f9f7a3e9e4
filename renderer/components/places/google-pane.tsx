import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useState, type ReactNode } from 'react';
import type { PlaceDraft } from '../../../preload/contract.ts';
import { Disclosure } from '../disclosure.tsx';
import { TextField } from '../fields.tsx';
import { ErrorNote } from '../states.tsx';
import { PasswordField } from '../password/password-field.tsx';
import { FormCard } from './form-card.tsx';
import { GoogleFolder } from './google-folder.tsx';
import { GoogleWait } from './google-wait.tsx';
import type { Google } from './use-google.ts';
import { useForm } from './use-form.ts';

const STEPS = [
  t`In Google’s cloud console make a project, and turn on the Google Drive API in its library.`,
  t`Under Branding give it a name; under Audience choose External and publish the app, or every sign-in ends after a week.`,
  t`Under Data access add the scopes drive.file, openid and userinfo.email.`,
  t`Under Clients make one of the type Desktop app, and copy its id and secret here.`,
];

/** Google Drive: sign in, wait, then which folder. */
export function GooglePane({
  google,
  builtIn,
  find,
  needBytes,
  prominent,
  onPlace,
}: {
  google: Google;
  /** This build has a client of its own. */
  builtIn: boolean;
  find: boolean;
  /** What a backup is known to take; null where nothing is known. */
  needBytes: number | null;
  prominent: boolean;
  onPlace: (place: PlaceDraft) => void;
}): ReactNode {
  if (google.waiting) return <GoogleWait onCancel={google.cancel} />;
  if (google.account !== null) {
    return (
      <GoogleFolder
        account={google.account}
        find={find}
        needBytes={needBytes}
        prominent={prominent}
        onOther={google.forget}
        onPlace={onPlace}
      />
    );
  }
  return <SignInForm google={google} builtIn={builtIn} prominent={prominent} />;
}

function SignInForm({
  google,
  builtIn,
  prominent,
}: {
  google: Google;
  builtIn: boolean;
  prominent: boolean;
}): ReactNode {
  const [clientId, setClientId] = useState('');
  const [clientSecret, setClientSecret] = useState('');
  const [own, setOwn] = useState(!builtIn);
  const wrong = own
    ? {
        clientId: clientId.trim() === '' ? t`Paste the client’s id.` : undefined,
        clientSecret: clientSecret.trim() === '' ? t`Paste the client’s secret.` : undefined,
      }
    : {};
  const form = useForm(wrong, () => {
    const client = own ? { clientId: clientId.trim(), clientSecret: clientSecret.trim() } : null;
    setClientSecret('');
    google.signIn(client);
  });
  const { error } = google;
  const cancelled = error !== null && error.code === 'stopped';
  return (
    <FormCard
      title={t`Google Drive`}
      line={t`You sign in with your browser. Holdfast may see the files it makes itself and nothing else of your Drive; what it keeps there is encrypted.`}
      form={form}
      submit={t`Sign in with Google`}
      prominent={prominent}
    >
      {error !== null && <ErrorNote error={error} tone={cancelled ? 'plain' : 'amber'} />}
      {!builtIn && (
        <p className="dim">
          <Trans>
            This build has no client of its own at Google. Yours takes ten minutes, once, and its quota is yours alone.
          </Trans>
        </p>
      )}
      <Disclosure title={t`Use your own Google client`} open={own} onOpen={setOwn}>
        <ol className="place-steps dim">
          {STEPS.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
        <TextField
          label={t`Client id`}
          placeholder="….apps.googleusercontent.com"
          value={clientId}
          onChange={setClientId}
          error={form.error('clientId')}
          maxLength={256}
        />
        <PasswordField
          label={t`Client secret`}
          what={t`client secret`}
          value={clientSecret}
          onChange={setClientSecret}
          error={form.error('clientSecret')}
        />
      </Disclosure>
    </FormCard>
  );
}
