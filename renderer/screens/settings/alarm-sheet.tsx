import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useState, type ReactNode } from 'react';
import type { AlarmKind } from '../../../preload/contract.ts';
import { Button, ErrorNote, Sheet, TextField } from '../../components/index.ts';
import { useForm } from '../../components/places/use-form.ts';
import { api, useAction } from '../../state/bridge.ts';
import { toast } from '../../state/toasts.ts';

type AddressKind = Exclude<AlarmKind, 'email'>;

interface SheetProps {
  kind: AddressKind;
  word: string;
  open: boolean;
  onClose: () => void;
}

const LINE: Record<AddressKind, string> = {
  heartbeat: t`Holdfast calls this address after each good backup. After one that failed it adds /fail, as healthchecks.io expects.`,
  webhook: t`It gets JSON with how things stand, this computer’s name and the time. Names of your files are never sent.`,
};

export function AlarmSheet(props: SheetProps): ReactNode {
  return props.open ? <AddressForm {...props} /> : null;
}

function AddressForm({ kind, word, onClose }: SheetProps): ReactNode {
  const [url, setUrl] = useState('');
  const save = useAction(() => api.alarms.set({ kind, url }), {
    failure: 'inline',
    onDone: () => {
      toast.done(t`Saved. Send a test to see that it works.`);
      onClose();
    },
  });
  const form = useForm(
    { url: url.trim() === '' ? t`Paste the address.` : undefined },
    () => !save.pending && save.run(),
  );
  return (
    <Sheet
      open
      onClose={onClose}
      size="narrow"
      title={word}
      line={LINE[kind]}
      footer={
        <>
          <Button onPress={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button type="submit" form="alarm" variant="primary" pending={save.pending}>
            <Trans>Save</Trans>
          </Button>
        </>
      }
    >
      <form id="alarm" ref={form.ref} className="sheet-form" aria-label={word} noValidate onSubmit={form.onSubmit}>
        <TextField
          label={t`Address`}
          value={url}
          onChange={setUrl}
          error={form.error('url')}
          placeholder="https://"
          inputMode="url"
          maxLength={1_500}
          help={t`Whoever knows it can silence the alarm: it is kept in this computer’s keychain and not shown again.`}
          autoFocus
        />
        {save.error !== null && <ErrorNote error={save.error} tone="amber" />}
      </form>
    </Sheet>
  );
}
