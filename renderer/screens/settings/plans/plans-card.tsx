import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Ellipsis, MapPin, Pencil, Plus, RefreshCw, Trash2 } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { Plan } from '../../../../preload/contract.ts';
import { Button, Card, IconButton, Menu, Segmented, useNow } from '../../../components/index.ts';
import { Name } from '../../../components/name.tsx';
import { nextWords, whatAndWhere } from '../../../components/plan-words.ts';
import { visibleName } from '../../../components/visible.ts';
import { useAppState } from '../../../state/app-state.tsx';
import { api, useAction } from '../../../state/bridge.ts';
import { choosePlan, useChosenPlan } from '../../../state/chosen-plan.ts';
import { AddPlanSheet } from './add-plan-sheet.tsx';
import { RemovePlanSheet, RenamePlanSheet, WherePlanSheet } from './plan-sheets.tsx';
import './plans.css';

const MAX_PLANS = 8;

function Row({ plan }: { plan: Plan }): ReactNode {
  const destinations = useAppState((state) => state.destinations);
  const now = useNow();
  const [sheet, setSheet] = useState<'rename' | 'where' | 'remove' | null>(null);
  const run = useAction(() => api.plans.backUp({ id: plan.id }));
  const close = (): void => setSheet(null);
  return (
    <li className="plan">
      <div className="source-text">
        <Name of={plan.name} className="medium" />
        <span className="dim">{whatAndWhere(plan, destinations)}</span>
        <span className="t12 faint num">{nextWords(plan, now)}</span>
      </div>
      <Menu
        label={t`More for ${visibleName(plan.name)}`}
        trigger={<IconButton label={t`More for ${visibleName(plan.name)}`} icon={Ellipsis} size="s" />}
        items={[
          {
            id: 'run',
            word: t`Back up now`,
            icon: RefreshCw,
            disabled: plan.doing !== 'nothing',
            onAction: () => run.run(),
          },
          { id: 'where', word: t`Where it goes…`, icon: MapPin, onAction: () => setSheet('where') },
          { id: 'rename', word: t`Rename…`, icon: Pencil, onAction: () => setSheet('rename') },
          'separator',
          { id: 'remove', word: t`Remove…`, icon: Trash2, danger: true, onAction: () => setSheet('remove') },
        ]}
      />
      {sheet === 'rename' && <RenamePlanSheet plan={plan} onClose={close} />}
      {sheet === 'where' && <WherePlanSheet plan={plan} onClose={close} />}
      <RemovePlanSheet plan={plan} open={sheet === 'remove'} onClose={close} />
    </li>
  );
}

/** What is backed up where and when, where there is more than one answer; else the way to a second one. */
export function PlansCard(): ReactNode {
  const plans = useAppState((state) => state.plans);
  const chosen = useChosenPlan();
  const [adding, setAdding] = useState(false);
  const several = plans.length > 1;
  return (
    <Card
      title={t`Plans`}
      actions={
        <Button size="s" icon={Plus} isDisabled={plans.length >= MAX_PLANS} onPress={() => setAdding(true)}>
          <Trans>Add a plan…</Trans>
        </Button>
      }
    >
      {several ? (
        <>
          <ul className="plans rows">
            {plans.map((plan) => (
              <Row key={plan.id} plan={plan} />
            ))}
          </ul>
          <div className="card-foot plans-foot">
            <p className="t12 faint">
              <Trans>What is backed up, when, what is left out and what is kept, below, is of this plan:</Trans>
            </p>
            <Segmented
              label={t`The plan that is shown below`}
              value={chosen.id ?? ''}
              onChange={choosePlan}
              options={plans.map(({ id, name }) => ({ value: id, word: visibleName(name) }))}
            />
          </div>
        </>
      ) : (
        <p className="card-note help plans-one">
          <Trans>
            Everything is backed up together. A second plan takes other folders, to other places or at other times.
          </Trans>
        </p>
      )}
      {adding && <AddPlanSheet onClose={() => setAdding(false)} />}
    </Card>
  );
}
