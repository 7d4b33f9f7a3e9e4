import { t } from '@lingui/core/macro';
import { useEffect, useState, type ReactNode } from 'react';
import type { When } from '../../../preload/contract.ts';
import { Card, whenSentence } from '../../components/index.ts';
import { useForm } from '../../components/places/use-form.ts';
import { visibleName } from '../../components/visible.ts';
import { api, useAction, useCall } from '../../state/bridge.ts';
import { useChosenPlan } from '../../state/chosen-plan.ts';
import { SaveFoot } from './save-foot.tsx';
import { draftOf, readDraft, type Draft } from './when-draft.ts';
import { HowOften, Network, Power, Quiet } from './when-parts.tsx';
import './when.css';

/** When backups start by themselves and what holds them back: a form, and what it means in a sentence. */
export function WhenCard(): ReactNode {
  const { name, when: stored, destinations, setWhen } = useChosenPlan();
  const network = destinations.some(({ kind }) => kind !== 'local');
  const here = useCall(['settings', 'surroundings'], () => api.settings.surroundings(), { live: true });
  const [draft, setDraft] = useState<Draft>(() => draftOf(stored));
  // What was stored elsewhere appears here; what is being filled in here was the last word anyway.
  useEffect(() => setDraft(draftOf(stored)), [stored]);
  const { wrong, when } = readDraft(draft);
  const changed = JSON.stringify(draft) !== JSON.stringify(draftOf(stored));
  const save = useAction((next: When) => setWhen(next), { failure: 'inline' });
  const form = useForm(wrong, () => {
    if (when !== null && !save.pending) save.run(when);
  });
  const parts = {
    draft,
    change: (change: Partial<Draft>) => setDraft((now) => ({ ...now, ...change })),
    error: form.error,
  };
  const byHand = draft.every === 'hand';
  return (
    <Card title={t`When`} aside={name === null ? undefined : visibleName(name)}>
      <form ref={form.ref} aria-label={t`When`} noValidate onSubmit={form.onSubmit}>
        <p className="when-says" role="status">
          {when === null ? t`Something is missing below.` : whenSentence(when, network)}
        </p>
        <div className="when-form">
          <HowOften {...parts} />
          {!byHand && (
            <>
              <div className="when-row">
                <Power {...parts} />
                {network && <Network {...parts} here={here.data?.wifi ?? null} />}
              </div>
              <Quiet {...parts} />
            </>
          )}
        </div>
        <SaveFoot changed={changed} pending={save.pending} error={save.error} onUndo={() => setDraft(draftOf(stored))}>
          {byHand
            ? t`A backup that is older than 7 days is told to you as a risk.`
            : t`A backup that was missed, while this computer slept or was off, starts some minutes after it is on again. “Back up now” works at any time.`}
        </SaveFoot>
      </form>
    </Card>
  );
}
