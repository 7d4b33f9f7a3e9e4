import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useState, type ReactNode } from 'react';
import type { PlaceDraft, S3Preset } from '../../../preload/contract.ts';
import { api, useAction } from '../../state/bridge.ts';
import { Disclosure } from '../disclosure.tsx';
import { Checkbox, TextField } from '../fields.tsx';
import { PasswordField } from '../password/password-field.tsx';
import { Select } from '../select.tsx';
import { Note } from '../surfaces.tsx';
import { FormCard } from './form-card.tsx';
import { emptyS3, endpointOf, wholeNumber, wrongS3, type S3Typed } from './typed.ts';
import { useForm } from './use-form.ts';

const CLASS_WORD: Record<string, string> = {
  STANDARD_IA: t`Infrequent access`,
  INTELLIGENT_TIERING: t`Intelligent tiering`,
  ONEZONE_IA: t`Infrequent access, one zone`,
  GLACIER_IR: t`Glacier instant retrieval`,
};

const LOCKS = [
  { value: 'off', word: t`None` },
  { value: 'governance', word: t`Governance` },
  { value: 'compliance', word: t`Compliance` },
] as const;

function LockWords({ lock, days }: { lock: S3Typed['lock']; days: string }): ReactNode {
  if (lock === 'off') return null;
  const count = wholeNumber(days, 1, 3650);
  return (
    <Note tone="amber">
      <p>
        {lock === 'compliance' ? (
          <>
            <strong>
              {count === null
                ? t`What is stored can’t be deleted that long: by nobody, you included.`
                : plural(count, {
                    one: 'What is stored can’t be deleted for # day: by nobody, you included.',
                    other: 'What is stored can’t be deleted for # days: by nobody, you included.',
                  })}
            </strong>{' '}
            <Trans>No password, no key and no support can shorten it, and its space is billed until then.</Trans>
          </>
        ) : (
          <>
            <strong>
              {count === null
                ? t`What is stored can’t be deleted that long, by you neither.`
                : plural(count, {
                    one: 'What is stored can’t be deleted for # day, by you neither.',
                    other: 'What is stored can’t be deleted for # days, by you neither.',
                  })}
            </strong>{' '}
            <Trans>
              Only who holds the account’s special right to bypass governance can; keep that right away from this access
              key.
            </Trans>
          </>
        )}{' '}
        <Trans>The bucket must have been made with object lock.</Trans>
      </p>
    </Note>
  );
}

/** Amazon S3 and what speaks its protocol. */
export function S3Form({
  presets,
  start,
  find,
  prominent,
  onPlace,
}: {
  presets: readonly S3Preset[];
  start: S3Typed | null;
  /** An existing backup is looked for: what only matters for a new one is left out. */
  find: boolean;
  prominent: boolean;
  onPlace: (place: PlaceDraft, typed: S3Typed) => void;
}): ReactNode {
  const [typed, setTyped] = useState(() => start ?? emptyS3(presets[0]));
  const [secret, setSecret] = useState('');
  const preset = presets.find(({ id }) => id === typed.preset);
  const change = (part: Partial<S3Typed>): void => setTyped((old) => ({ ...old, ...part }));

  const send = useAction(
    async () => {
      const secretAccessKey = secret;
      setSecret('');
      return await api.destinations.s3({
        preset: typed.preset,
        endpoint: endpointOf(preset, typed),
        region: typed.region.trim(),
        bucket: typed.bucket.trim(),
        prefix: typed.prefix.trim(),
        pathStyle: typed.pathStyle,
        storageClass: typed.storageClass === '' ? null : typed.storageClass,
        lock: typed.lock === 'off' ? null : { mode: typed.lock, days: wholeNumber(typed.lockDays, 1, 3650) ?? 1 },
        accessKeyId: typed.accessKeyId.trim(),
        secretAccessKey,
      });
    },
    { failure: 'inline', onDone: (place) => onPlace(place, typed) },
  );
  const form = useForm(wrongS3(typed, preset, secret), () => !send.pending && send.run());

  const choosePreset = (id: string): void => {
    const next = presets.find((one) => one.id === id);
    const { bucket, prefix, accessKeyId } = typed;
    setTyped({ ...emptyS3(next), bucket, prefix, accessKeyId });
  };
  const regions = preset?.regions ?? [];
  // Services whose region is one word only have nothing to choose.
  const asksRegion = regions.length !== 1 || preset?.endpoint === '';
  return (
    <FormCard
      title={t`S3 storage`}
      line={t`A bucket of yours, at Amazon or anyone who speaks its protocol. An access key for this bucket alone is best.`}
      form={form}
      submit={find ? t`Look there` : t`Use this storage`}
      pending={send.pending}
      prominent={prominent}
      error={send.error}
    >
      <div className="place-two">
        <Select
          label={t`Service`}
          value={typed.preset}
          onChange={choosePreset}
          options={presets.map(({ id, name }) => ({ value: id, word: name }))}
        />
        {asksRegion &&
          (regions.length > 1 ? (
            <Select
              label={t`Region`}
              value={typed.region}
              onChange={(region) => change({ region })}
              options={regions.map((region) => ({ value: region, word: region }))}
            />
          ) : (
            <TextField
              label={t`Region`}
              value={typed.region}
              onChange={(region) => change({ region })}
              error={form.error('region')}
              maxLength={100}
            />
          ))}
      </div>
      {preset?.endpoint === '' && (
        <TextField
          label={t`Address`}
          placeholder="https://s3.example.org"
          value={typed.endpoint}
          onChange={(endpoint) => change({ endpoint })}
          error={form.error('endpoint')}
          maxLength={2048}
        />
      )}
      {preset?.endpoint === '' && /^\s*http:/i.test(typed.endpoint) && (
        <Note tone="amber">
          <p>
            <Trans>
              <strong>This address is not encrypted on the way.</strong> Your files are, and the secret key is never
              sent; others in the network see the access key’s id. Use https:// where the server offers it.
            </Trans>
          </p>
        </Note>
      )}
      {preset?.note != null && preset.storageClasses.length === 0 && <p className="help">{preset.note}</p>}
      <div className="place-two">
        <TextField
          label={t`Bucket`}
          value={typed.bucket}
          onChange={(bucket) => change({ bucket })}
          error={form.error('bucket')}
          maxLength={255}
        />
        <TextField
          label={t`Folder in it`}
          value={typed.prefix}
          onChange={(prefix) => change({ prefix })}
          help={t`Empty for the whole bucket.`}
          maxLength={512}
        />
      </div>
      <div className="place-two">
        <TextField
          label={t`Access key`}
          value={typed.accessKeyId}
          onChange={(accessKeyId) => change({ accessKeyId })}
          error={form.error('accessKeyId')}
          maxLength={256}
        />
        <PasswordField
          label={t`Secret key`}
          what={t`secret key`}
          value={secret}
          onChange={setSecret}
          error={form.error('secret')}
        />
      </div>
      <Disclosure title={t`Advanced`}>
        <Checkbox selected={typed.pathStyle} onChange={(pathStyle) => change({ pathStyle })}>
          <span>
            <Trans>
              The bucket’s name goes into the path
              <span className="help place-check-help">For servers without a host name for each bucket.</span>
            </Trans>
          </span>
        </Checkbox>
        {!find && (preset?.storageClasses.length ?? 0) > 0 && (
          <Select
            label={t`Storage class`}
            value={typed.storageClass}
            onChange={(storageClass) => change({ storageClass })}
            options={[
              { value: '', word: t`The usual one` },
              ...(preset?.storageClasses ?? []).map((value) => ({ value, word: CLASS_WORD[value] ?? value })),
            ]}
            help={preset?.note ?? undefined}
          />
        )}
        {!find && preset?.objectLock === true && (
          <>
            <div className="place-two">
              <Select
                label={t`Object lock`}
                value={typed.lock}
                onChange={(lock) => change({ lock })}
                options={LOCKS}
                help={t`Protects against whoever gets hold of this computer.`}
              />
              {typed.lock !== 'off' && (
                <TextField
                  label={t`Days`}
                  inputMode="numeric"
                  value={typed.lockDays}
                  onChange={(lockDays) => change({ lockDays })}
                  error={form.error('lockDays')}
                />
              )}
            </div>
            <LockWords lock={typed.lock} days={typed.lockDays} />
          </>
        )}
      </Disclosure>
    </FormCard>
  );
}
