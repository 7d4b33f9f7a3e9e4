import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { RefreshCw } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Plan } from '../../../preload/contract.ts';
import { Button } from '../../components/button.tsx';
import { Icon } from '../../components/icon.tsx';
import { inkOf, Mark, markOf } from '../../components/mark.tsx';
import { Name } from '../../components/name.tsx';
import { nextWords } from '../../components/plan-words.ts';
import { Card } from '../../components/surfaces.tsx';
import { useNow, When } from '../../components/time.tsx';
import { visibleName } from '../../components/visible.ts';
import { api, useAction } from '../../state/bridge.ts';
import './plans.css';

function Row({ plan }: { plan: Plan }): ReactNode {
  const now = useNow();
  const run = useAction(() => api.plans.backUp({ id: plan.id }));
  const { lastBackup, health } = plan;
  return (
    <li className="home-plan">
      <span className={`home-plan-mark ${inkOf(health)}`}>
        <Mark state={markOf(health)} plain />
      </span>
      <div className="home-plan-text">
        <span className="rowline">
          <Name of={plan.name} className="medium clip" />
          <span className={`push stat ${inkOf(health)}`}>{health.word}</span>
        </span>
        <span className="t12 faint num">
          {lastBackup === null ? (
            t`No backup yet`
          ) : (
            <Trans>
              Last backup <When at={lastBackup.endedAt ?? lastBackup.startedAt} />
            </Trans>
          )}
          {' · '}
          {nextWords(plan, now)}
        </span>
      </div>
      <Button
        size="s"
        pending={run.pending}
        isDisabled={plan.doing !== 'nothing'}
        onPress={() => run.run()}
        aria-label={t`Back up ${visibleName(plan.name)}`}
      >
        <Icon of={RefreshCw} />
        <Trans>Back up</Trans>
      </Button>
    </li>
  );
}

/** Each plan in a line, where there are several. */
export function PlansCard({ plans }: { plans: readonly Plan[] }): ReactNode {
  if (plans.length < 2) return null;
  return (
    <Card title={t`Plans`}>
      <ul className="home-plans rows">
        {plans.map((plan) => (
          <Row key={plan.id} plan={plan} />
        ))}
      </ul>
    </Card>
  );
}
