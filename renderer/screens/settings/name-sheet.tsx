import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useState, type ReactNode } from 'react';
import { Button, ErrorNote, Sheet, TextField } from '../../components/index.ts';
import { useForm } from '../../components/places/use-form.ts';
import { useAction } from '../../state/bridge.ts';

/** Another name for something that the user named: a place, a plan. */
export function NameSheet({
  title,
  line,
  current,
  rename,
  onClose,
}: {
  title: string;
  line: string;
  current: string;
  rename: (name: string) => Promise<unknown>;
  onClose: () => void;
}): ReactNode {
  const [typed, setTyped] = useState(current);
  const name = typed.trim();
  const save = useAction(() => rename(name), { failure: 'inline', onDone: onClose });
  const form = useForm({ name: name === '' ? t`Type a name.` : undefined }, () => !save.pending && save.run());
  return (
    <Sheet
      open
      onClose={onClose}
      size="narrow"
      title={title}
      line={line}
      footer={
        <>
          <Button onPress={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button type="submit" form="rename" variant="primary" pending={save.pending}>
            <Trans>Rename</Trans>
          </Button>
        </>
      }
    >
      <form id="rename" ref={form.ref} className="sheet-form" aria-label={t`Name`} noValidate onSubmit={form.onSubmit}>
        <TextField
          label={t`Name`}
          value={typed}
          onChange={setTyped}
          error={form.error('name')}
          maxLength={60}
          autoFocus
        />
        {save.error !== null && <ErrorNote error={save.error} tone="amber" />}
      </form>
    </Sheet>
  );
}
