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
  STANDARD_IA: 'Infrequent access',
  INTELLIGENT_TIERING: 'Intelligent tiering',
  ONEZONE_IA: 'Infrequent access, one zone',
  GLACIER_IR: 'Glacier instant retrieval',
};

const LOCKS = [
  { value: 'off', word: 'None' },
  { value: 'governance', word: 'Governance' },
  { value: 'compliance', word: 'Compliance' },
] as const;

function LockWords({ lock, days }: { lock: S3Typed['lock']; days: string }): ReactNode {
  if (lock === 'off') return null;
  const count = wholeNumber(days, 1, 3650);
  const span = count === null ? 'that long' : count === 1 ? 'for 1 day' : `for ${count} days`;
  return (
    <Note tone="amber">
      <p>
        {lock === 'compliance' ? (
          <>
            <strong>What is stored can’t be deleted {span}: by nobody, you included.</strong> No password, no key and no
            support can shorten it, and its space is billed until then.
          </>
        ) : (
          <>
            <strong>What is stored can’t be deleted {span}, by you neither.</strong> Only who holds the account’s
            special right to bypass governance can; keep that right away from this access key.
          </>
        )}{' '}
        The bucket must have been made with object lock.
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
      title="S3 storage"
      line="A bucket of yours, at Amazon or anyone who speaks its protocol. An access key for this bucket alone is best."
      form={form}
      submit={find ? 'Look there' : 'Use this storage'}
      pending={send.pending}
      prominent={prominent}
      error={send.error}
    >
      <div className="place-two">
        <Select
          label="Service"
          value={typed.preset}
          onChange={choosePreset}
          options={presets.map(({ id, name }) => ({ value: id, word: name }))}
        />
        {asksRegion &&
          (regions.length > 1 ? (
            <Select
              label="Region"
              value={typed.region}
              onChange={(region) => change({ region })}
              options={regions.map((region) => ({ value: region, word: region }))}
            />
          ) : (
            <TextField
              label="Region"
              value={typed.region}
              onChange={(region) => change({ region })}
              error={form.error('region')}
              maxLength={100}
            />
          ))}
      </div>
      {preset?.endpoint === '' && (
        <TextField
          label="Address"
          placeholder="https://s3.example.org"
          value={typed.endpoint}
          onChange={(endpoint) => change({ endpoint })}
          error={form.error('endpoint')}
          maxLength={2048}
        />
      )}
      {preset?.note != null && preset.storageClasses.length === 0 && <p className="help">{preset.note}</p>}
      <div className="place-two">
        <TextField
          label="Bucket"
          value={typed.bucket}
          onChange={(bucket) => change({ bucket })}
          error={form.error('bucket')}
          maxLength={255}
        />
        <TextField
          label="Folder in it"
          value={typed.prefix}
          onChange={(prefix) => change({ prefix })}
          help="Empty for the whole bucket."
          maxLength={512}
        />
      </div>
      <div className="place-two">
        <TextField
          label="Access key"
          value={typed.accessKeyId}
          onChange={(accessKeyId) => change({ accessKeyId })}
          error={form.error('accessKeyId')}
          maxLength={256}
        />
        <PasswordField
          label="Secret key"
          what="secret key"
          value={secret}
          onChange={setSecret}
          error={form.error('secret')}
        />
      </div>
      <Disclosure title="Advanced">
        <Checkbox selected={typed.pathStyle} onChange={(pathStyle) => change({ pathStyle })}>
          <span>
            The bucket’s name goes into the path
            <span className="help place-check-help">For servers without a host name for each bucket.</span>
          </span>
        </Checkbox>
        {!find && (preset?.storageClasses.length ?? 0) > 0 && (
          <Select
            label="Storage class"
            value={typed.storageClass}
            onChange={(storageClass) => change({ storageClass })}
            options={[
              { value: '', word: 'The usual one' },
              ...(preset?.storageClasses ?? []).map((value) => ({ value, word: CLASS_WORD[value] ?? value })),
            ]}
            help={preset?.note ?? undefined}
          />
        )}
        {!find && preset?.objectLock === true && (
          <>
            <div className="place-two">
              <Select
                label="Object lock"
                value={typed.lock}
                onChange={(lock) => change({ lock })}
                options={LOCKS}
                help="Protects against whoever gets hold of this computer."
              />
              {typed.lock !== 'off' && (
                <TextField
                  label="Days"
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
