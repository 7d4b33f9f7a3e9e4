import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useState, type ReactNode } from 'react';
import type { Plan } from '../../../../preload/contract.ts';
import { Button, ErrorNote, Sheet } from '../../../components/index.ts';
import { visibleName } from '../../../components/visible.ts';
import { api, useAction } from '../../../state/bridge.ts';
import { toast } from '../../../state/toasts.ts';
import { NameSheet } from '../name-sheet.tsx';
import { WhereField } from './where-field.tsx';

interface SheetProps {
  plan: Plan;
  onClose: () => void;
}

export function RenamePlanSheet({ plan, onClose }: SheetProps): ReactNode {
  return (
    <NameSheet
      title={t`What should this plan be called?`}
      line={t`The name stands in the window, in notifications and beside its backups from now on.`}
      current={plan.name}
      rename={(name) => api.plans.change({ id: plan.id, name })}
      onClose={onClose}
    />
  );
}

export function WherePlanSheet({ plan, onClose }: SheetProps): ReactNode {
  const [where, setWhere] = useState<string[] | null>(plan.where);
  const save = useAction(() => api.plans.change({ id: plan.id, where }), {
    failure: 'inline',
    onDone: () => {
      toast.done(t`${visibleName(plan.name)} goes there from its next backup on.`);
      onClose();
    },
  });
  return (
    <Sheet
      open
      onClose={onClose}
      size="narrow"
      title={t`Where does ${visibleName(plan.name)} go?`}
      line={t`A place that is taken out keeps what it has, and gets nothing new of this plan.`}
      footer={
        <>
          <Button onPress={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button variant="primary" pending={save.pending} isDisabled={where?.length === 0} onPress={() => save.run()}>
            <Trans>Use these places</Trans>
          </Button>
        </>
      }
    >
      <WhereField where={where} onChange={setWhere} />
      {save.error !== null && <ErrorNote error={save.error} tone="amber" />}
    </Sheet>
  );
}

export function RemovePlanSheet({ plan, open, onClose }: SheetProps & { open: boolean }): ReactNode {
  const remove = useAction(() => api.plans.remove({ id: plan.id }), {
    failure: 'inline',
    onDone: () => {
      toast.done(t`${visibleName(plan.name)} backs up no more.`);
      onClose();
    },
  });
  return (
    <Sheet
      open={open}
      onClose={onClose}
      size="narrow"
      alert
      title={t`Remove the plan ${visibleName(plan.name)}?`}
      line={t`It backs up nothing any more. What it has stored stays at its places, can be restored with your key at any time, and goes on taking room there.`}
      footer={
        <>
          <Button onPress={onClose}>
            <Trans>Keep it</Trans>
          </Button>
          <Button variant="destroy" pending={remove.pending} onPress={() => remove.run()}>
            <Trans>Remove the plan</Trans>
          </Button>
        </>
      }
    >
      <p className="dim">
        <Trans>Your files themselves are not touched. Folders that another plan has go on being backed up by it.</Trans>
      </p>
      {remove.error !== null && <ErrorNote error={remove.error} tone="amber" />}
    </Sheet>
  );
}
