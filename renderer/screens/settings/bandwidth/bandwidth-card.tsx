import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Plus } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import type { Bandwidth, BandwidthState } from '../../../../preload/contract.ts';
import { Button, Card, formatRate } from '../../../components/index.ts';
import { useForm } from '../../../components/places/use-form.ts';
import { useAppState } from '../../../state/app-state.tsx';
import { api, useAction } from '../../../state/bridge.ts';
import { SaveFoot } from '../save-foot.tsx';
import { draftOf, MAX_RULES, newRule, readDraft, type BandwidthDraft, type RuleDraft } from './bandwidth-draft.ts';
import { RateFields, RuleRow } from './bandwidth-parts.tsx';
import { nowWords } from './bandwidth-words.ts';
import { WeekPicture } from './week-picture.tsx';
import '../when.css';
import './bandwidth.css';

/** The rules alone: what holds now changes by itself and must not undo what is being filled in. */
function useStored(): { state: BandwidthState; text: string } {
  const state = useAppState(({ bandwidth }) => bandwidth);
  return { state, text: JSON.stringify(draftOf(state)) };
}

/** How much of the connection may be used, by day and hour: a form, its picture, and what holds now. */
export function BandwidthCard(): ReactNode {
  const { state, text: stored } = useStored();
  const far = useAppState(({ destinations }) => destinations.some(({ isFolder }) => !isFolder));
  const rate = useAppState(({ progress }) => (progress?.state === 'running' ? progress.rate : null));
  const [draft, setDraft] = useState<BandwidthDraft>(() => draftOf(state));
  useEffect(() => setDraft(JSON.parse(stored) as BandwidthDraft), [stored]);
  const { wrong, bandwidth } = readDraft(draft);
  const changed = JSON.stringify(draft) !== stored;
  const save = useAction((next: Bandwidth) => api.settings.setBandwidth(next), { failure: 'inline' });
  const form = useForm(wrong, () => {
    if (bandwidth !== null && !save.pending) save.run(bandwidth);
  });
  const { rules } = draft;
  const changeRule = (key: number, change: Partial<RuleDraft>): void =>
    setDraft((now) => ({
      ...now,
      rules: now.rules.map((rule) => (rule.key === key ? { ...rule, ...change } : rule)),
    }));
  const removeRule = (key: number): void =>
    setDraft((now) => ({ ...now, rules: now.rules.filter((rule) => rule.key !== key) }));
  const addRule = (): void => setDraft((now) => ({ ...now, rules: [...now.rules, newRule(now.rules)] }));
  return (
    <Card title={t`Bandwidth`}>
      <form ref={form.ref} aria-label={t`Bandwidth`} noValidate onSubmit={form.onSubmit}>
        <p className="when-says" role="status">
          {nowWords(state)}
          {far && rate !== null && ` ${t`${formatRate(rate)} are passing.`}`}
        </p>
        <div className="band-form">
          {rules.map((rule, i) => (
            <RuleRow
              key={rule.key}
              rule={rule}
              number={i + 1}
              change={(change) => changeRule(rule.key, change)}
              remove={() => removeRule(rule.key)}
              error={(field) => form.error(`${rule.key} ${field}`)}
            />
          ))}
          <fieldset className="band-rule" aria-label={rules.length === 0 ? t`At all times` : t`At other times`}>
            <p className="band-name">{rules.length === 0 ? t`At all times` : t`At other times`}</p>
            <RateFields
              rates={draft.otherwise}
              change={(change) => setDraft((now) => ({ ...now, otherwise: { ...now.otherwise, ...change } }))}
              error={(field) => form.error(`otherwise ${field}`)}
            />
          </fieldset>
          {rules.length < MAX_RULES && (
            <div>
              <Button size="s" icon={Plus} onPress={addRule}>
                <Trans>Other limits at some hours</Trans>
              </Button>
            </div>
          )}
          {bandwidth !== null && rules.length > 0 && <WeekPicture bandwidth={bandwidth} />}
        </div>
        <SaveFoot changed={changed} pending={save.pending} error={save.error} onUndo={() => setDraft(draftOf(state))}>
          {far
            ? t`For everything that leaves or reaches this computer, all places together. A change holds at once, for what is running too.`
            : t`Your backups go to folders of this computer, which have no limit. It holds for servers and clouds.`}
        </SaveFoot>
      </form>
    </Card>
  );
}
