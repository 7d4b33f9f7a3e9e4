import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useState, type ReactNode } from 'react';
import type { Destination, Limits } from '../../../preload/contract.ts';
import { Button, ErrorNote, Sheet, TextField } from '../../components/index.ts';
import { wholeNumber, type Wrong } from '../../components/places/typed.ts';
import { useForm } from '../../components/places/use-form.ts';
import { visibleName } from '../../components/visible.ts';
import { api, useAction } from '../../state/bridge.ts';
import { toast } from '../../state/toasts.ts';
import { rateOf, rateText } from './limit-words.ts';
import { NameSheet } from './name-sheet.tsx';

interface SheetProps {
  destination: Destination;
  open: boolean;
  onClose: () => void;
}

export function RenameSheet({ destination, open, onClose }: SheetProps): ReactNode {
  if (!open) return null;
  return (
    <NameSheet
      title={t`What should it be called?`}
      line={t`Only Holdfast uses this name. Nothing at the place itself is renamed.`}
      current={destination.name}
      rename={(name) => api.destinations.rename({ id: destination.id, name })}
      onClose={onClose}
    />
  );
}

export function LimitsSheet(props: SheetProps): ReactNode {
  return props.open ? <LimitsForm {...props} /> : null;
}

function LimitsForm({ destination, onClose }: SheetProps): ReactNode {
  const { limits } = destination;
  const [send, setSend] = useState(rateText(limits.sendBytes));
  const [receive, setReceive] = useState(rateText(limits.receiveBytes));
  const [requests, setRequests] = useState(limits.requests === null ? '' : String(limits.requests));
  const sendBytes = rateOf(send);
  const receiveBytes = rateOf(receive);
  const count = requests.trim() === '' ? null : (wholeNumber(requests, 1, 64) ?? undefined);
  const save = useAction((next: Limits) => api.destinations.setLimits({ id: destination.id, limits: next }), {
    failure: 'inline',
    onDone: () => {
      toast.done(t`The limits hold from now on, for what runs too.`);
      onClose();
    },
  });
  const wrong: Wrong = {
    send: sendBytes === undefined ? t`A number of MB a second, such as 2.5, or nothing.` : undefined,
    receive: receiveBytes === undefined ? t`A number of MB a second, such as 10, or nothing.` : undefined,
    requests: count === undefined ? t`From 1 to 64, or nothing.` : undefined,
  };
  const form = useForm(wrong, () => {
    if (save.pending || sendBytes === undefined || receiveBytes === undefined || count === undefined) return;
    save.run({ sendBytes, receiveBytes, requests: count });
  });
  return (
    <Sheet
      open
      onClose={onClose}
      size="narrow"
      title={t`Limits`}
      line={t`How much of your connection ${visibleName(destination.name)} may take. Leave empty what should not be limited.`}
      footer={
        <>
          <Button onPress={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button type="submit" form="limits" variant="primary" pending={save.pending}>
            <Trans>Set the limits</Trans>
          </Button>
        </>
      }
    >
      <form
        id="limits"
        ref={form.ref}
        className="sheet-form"
        aria-label={t`Limits`}
        noValidate
        onSubmit={form.onSubmit}
      >
        <TextField
          label={t`Upload`}
          inputMode="decimal"
          placeholder={t`No limit`}
          value={send}
          onChange={setSend}
          error={form.error('send')}
          end={
            <span className="unit">
              <Trans>MB a second</Trans>
            </span>
          }
          autoFocus
        />
        <TextField
          label={t`Download`}
          inputMode="decimal"
          placeholder={t`No limit`}
          value={receive}
          onChange={setReceive}
          error={form.error('receive')}
          end={
            <span className="unit">
              <Trans>MB a second</Trans>
            </span>
          }
        />
        <TextField
          label={t`Requests at a time`}
          inputMode="numeric"
          placeholder={t`As many as serve it best`}
          value={requests}
          onChange={setRequests}
          error={form.error('requests')}
          help={t`Fewer are gentler to a small NAS.`}
        />
        {save.error !== null && <ErrorNote error={save.error} tone="amber" />}
      </form>
    </Sheet>
  );
}

export function RemoveSheet({ destination, open, onClose }: SheetProps): ReactNode {
  const remove = useAction(() => api.destinations.remove({ id: destination.id }), {
    failure: 'inline',
    onDone: () => {
      toast.done(t`Backups no longer go to ${visibleName(destination.name)}.`);
      onClose();
    },
  });
  return (
    <Sheet
      open={open}
      onClose={onClose}
      size="narrow"
      alert
      title={t`Stop backing up to ${visibleName(destination.name)}?`}
      line={t`What lies there stays, encrypted as it is, and can be restored from with your key or password at any time. It only gets nothing new.`}
      footer={
        <>
          <Button onPress={onClose}>
            <Trans>Keep it</Trans>
          </Button>
          <Button variant="destroy" pending={remove.pending} onPress={() => remove.run()}>
            <Trans>Stop backing up there</Trans>
          </Button>
        </>
      }
    >
      <p className="dim">
        {destination.isFolder
          ? t`To have its space back, delete the folder yourself afterwards.`
          : t`Its password, key or sign-in is forgotten on this computer. To have its space back, delete the folder there yourself afterwards.`}
      </p>
      {remove.error !== null && <ErrorNote error={remove.error} tone="amber" />}
    </Sheet>
  );
}
