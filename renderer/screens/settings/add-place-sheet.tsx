import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Pencil, Plug } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { PlaceDraft } from '../../../preload/contract.ts';
import { Button, ErrorNote, Note, Sheet, TextField } from '../../components/index.ts';
import { kindOfTyped, PlacePicker, usePicking } from '../../components/places/picker.tsx';
import { PlaceReport } from '../../components/places/place-report.tsx';
import type { Typed } from '../../components/places/typed.ts';
import { visibleName } from '../../components/visible.ts';
import { useAppState } from '../../state/app-state.tsx';
import { api, useAction } from '../../state/bridge.ts';
import { toast } from '../../state/toasts.ts';

/** As the contract has it. */
const MAX_NAME = 60;

interface Chosen {
  readonly draft: PlaceDraft;
  readonly typed: Typed | null;
}

/** Another place for the plan: chosen, tested for real, then filled from the ones that are there. */
export function AddPlaceSheet({ onClose }: { onClose: () => void }): ReactNode {
  const picking = usePicking(null);
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const used = useAppState((state) => state.destinations);
  const test = useAction((cap: string) => api.destinations.test({ cap }), { failure: 'inline' });
  const [called, setCalled] = useState('');
  const add = useAction(
    (draft: PlaceDraft) => {
      const name = called.trim();
      return api.destinations.add({ cap: draft.cap, ...(name === '' ? {} : { name }) });
    },
    {
      failure: 'inline',
      onDone: ({ runId }) => {
        const name = visibleName(called.trim() || (chosen?.draft.name ?? ''));
        const place = name;
        if (runId === null) toast.done(t`${name} is part of the plan. It is filled when what runs now is done.`);
        else {
          const began = t`${name} is being filled from the other places. You can go on working.`;
          toast.began(began, runId, t`Copied to ${place}`);
        }
        onClose();
      },
    },
  );
  const choose = (draft: PlaceDraft, typed: Typed | null): void => {
    setChosen({ draft, typed });
    setCalled(draft.name.length > MAX_NAME ? '' : draft.name);
    picking.open(null);
    add.reset();
    test.run(draft.cap);
  };
  const change = (): void => {
    if (chosen === null) return;
    setChosen(null);
    test.reset();
    add.reset();
    if (chosen.typed !== null) picking.open(kindOfTyped(chosen.typed), chosen.typed);
    else picking.open(chosen.draft.kind === 'google-drive' ? 'google-drive' : null);
  };
  const found = test.data ?? null;
  const need = Math.max(0, ...used.map(({ usedBytes }) => usedBytes ?? 0));
  const tight = found !== null && found.freeBytes !== null && found.freeBytes < need;
  return (
    <Sheet
      open
      onClose={onClose}
      size="wide"
      keep={add.pending}
      title={t`Add a place`}
      line={t`It is filled from the places you have; your files are not read again. Two places in different buildings are better than one.`}
      footer={
        chosen === null ? undefined : (
          <>
            <Button onPress={change}>
              <Trans>Back</Trans>
            </Button>
            <Button
              variant="primary"
              isDisabled={found?.ok !== true}
              pending={test.pending || add.pending}
              onPress={() => add.run(chosen.draft)}
            >
              <Trans>Add this place</Trans>
            </Button>
          </>
        )
      }
    >
      {chosen === null ? (
        <PlacePicker picking={picking} prominent needBytes={need > 0 ? need : null} onPlace={choose}>
          {picking.kind === null && (
            <p className="dim add-hint">
              <Trans>Choose a kind of storage.</Trans>
            </p>
          )}
        </PlacePicker>
      ) : (
        <>
          <PlaceReport
            place={chosen.draft}
            test={found}
            testing={test.pending}
            error={test.error}
            actions={
              <>
                <Button size="s" icon={Pencil} onPress={change}>
                  <Trans>Change</Trans>
                </Button>
                <Button size="s" variant="quiet" icon={Plug} onPress={() => test.run(chosen.draft.cap)}>
                  <Trans>Test again</Trans>
                </Button>
              </>
            }
          />
          <TextField
            label={t`Name`}
            value={called}
            onChange={setCalled}
            placeholder={chosen.draft.name}
            help={t`Only Holdfast uses this name. Nothing at the place itself is renamed.`}
            maxLength={MAX_NAME}
          />
          {found?.content === 'repository' && (
            <Note>
              <p>
                <Trans>
                  <strong>A backup is there already.</strong> It can only be added where it is this same one.
                </Trans>
              </p>
            </Note>
          )}
          {tight && (
            <Note tone="amber">
              <p>
                <Trans>
                  <strong>It may not all fit.</strong> Your backup takes more than what is free there.
                </Trans>
              </p>
            </Note>
          )}
          {add.error !== null && <ErrorNote error={add.error} tone="amber" />}
        </>
      )}
    </Sheet>
  );
}
