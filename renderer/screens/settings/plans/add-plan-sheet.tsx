import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Folder, Plus, X } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { Place, When } from '../../../../preload/contract.ts';
import { Button, ErrorNote, Field, Icon, IconButton, PathText, Sheet, TextField } from '../../../components/index.ts';
import { Name } from '../../../components/name.tsx';
import { useForm } from '../../../components/places/use-form.ts';
import { UnlockSheet } from '../../../components/unlock-sheet.tsx';
import { visibleName } from '../../../components/visible.ts';
import { useAppState } from '../../../state/app-state.tsx';
import { api, useAction } from '../../../state/bridge.ts';
import { choosePlan } from '../../../state/chosen-plan.ts';
import { toast } from '../../../state/toasts.ts';
import { draftOf, readDraft } from '../when-draft.ts';
import { HowOften } from '../when-parts.tsx';
import '../when.css';
import { WhereField } from './where-field.tsx';

/** A second plan: what, where, when. Power, networks and what is left out begin as they are for the first one. */
export function AddPlanSheet({ onClose }: { onClose: () => void }): ReactNode {
  const locked = useAppState((state) => state.locked);
  const first = useAppState((state) => state.when);
  const excludes = useAppState((state) => state.excludes);
  const [unlocking, setUnlocking] = useState(false);
  const [name, setName] = useState('');
  const [sources, setSources] = useState<readonly Place[]>([]);
  const [where, setWhere] = useState<string[] | null>(null);
  const [draft, setDraft] = useState(() => draftOf(first));
  const { wrong: wrongWhen, when } = readDraft(draft);
  const choose = useAction(() => api.setup.chooseSource(), {
    onDone: (place) =>
      place !== null && setSources((now) => (now.some(({ path }) => path === place.path) ? now : [...now, place])),
  });
  const add = useAction(
    (next: When) =>
      api.plans.add({ name: name.trim(), sources: sources.map(({ cap }) => cap), excludes, where, when: next }),
    {
      failure: 'inline',
      onDone: ({ id }) => {
        choosePlan(id);
        toast.done(t`${visibleName(name.trim())} backs up from now on.`);
        onClose();
      },
    },
  );
  const wrong = {
    ...wrongWhen,
    name: name.trim() === '' ? t`Type a name.` : undefined,
    sources: sources.length === 0 ? t`Choose a folder.` : undefined,
    where: where?.length === 0 ? t`Choose a place.` : undefined,
  };
  const form = useForm(wrong, () => {
    if (add.pending || when === null) return;
    if (locked) setUnlocking(true);
    else add.run(when);
  });
  if (unlocking) {
    return (
      <UnlockSheet
        open
        onClose={() => setUnlocking(false)}
        onUnlocked={() => when !== null && add.run(when)}
        why={t`A new plan takes your key, once: its backups get keys of their own.`}
      />
    );
  }
  return (
    <Sheet
      open
      onClose={onClose}
      title={t`A further plan`}
      line={t`Other folders, to other places or at other times. What is kept of it, and what is left out, you can set afterwards.`}
      footer={
        <>
          <Button onPress={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button type="submit" form="add-plan" variant="primary" pending={add.pending}>
            {locked ? t`Unlock and add it` : t`Add the plan`}
          </Button>
        </>
      }
    >
      <form id="add-plan" ref={form.ref} className="sheet-form" noValidate onSubmit={form.onSubmit}>
        <TextField
          label={t`Name`}
          placeholder={t`Photos`}
          value={name}
          onChange={setName}
          error={form.error('name')}
          maxLength={60}
          autoFocus
        />
        <Field label={t`What it backs up`} error={form.error('sources')}>
          {sources.length > 0 && (
            <ul className="plan-sources">
              {sources.map((source) => (
                <li key={source.cap}>
                  <Icon of={Folder} className="i-folder" />
                  <div className="source-text">
                    <Name of={source.name} className="medium" />
                    <span className="t12 faint">
                      <PathText path={source.path} />
                    </span>
                  </div>
                  <IconButton
                    label={t`Leave out ${visibleName(source.name)}`}
                    icon={X}
                    size="s"
                    onPress={() => setSources((now) => now.filter(({ cap }) => cap !== source.cap))}
                  />
                </li>
              ))}
            </ul>
          )}
          <div>
            <Button size="s" icon={Plus} pending={choose.pending} onPress={() => choose.run()}>
              <Trans>Choose a folder…</Trans>
            </Button>
          </div>
        </Field>
        <WhereField where={where} onChange={setWhere} />
        <HowOften draft={draft} change={(change) => setDraft((now) => ({ ...now, ...change }))} error={form.error} />
        {add.error !== null && <ErrorNote error={add.error} tone="amber" />}
      </form>
    </Sheet>
  );
}
