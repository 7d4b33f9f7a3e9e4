import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { ArrowRight } from 'lucide-react';
import { useEffect, type ReactNode } from 'react';
import type { BackupComputer } from '../../../preload/contract.ts';
import { Button, Choice, ErrorState, formatDate, Skeleton } from '../../components/index.ts';
import { Name } from '../../components/name.tsx';
import { api, useCall } from '../../state/bridge.ts';
import { goBack, navigate, replaceRoute } from '../../state/route.ts';
import { SetupPage } from './step.tsx';
import { firstPlace, useWizard } from './wizard.ts';

const A_FURTHER_ONE = 'new';

function lineOf({ snapshots, newestAt, retired }: BackupComputer): string {
  const count = plural(snapshots, { one: '# snapshot', other: '# snapshots' });
  const has =
    newestAt === null ? t`It has finished no backup yet.` : t`${count}, the newest of ${formatDate(newestAt)}.`;
  return retired
    ? t`${has} It was retired; its backups go on here.`
    : t`${has} Its backups go on here, and it backs up here no more.`;
}

/** For a backup that is there already: is this a further computer, or does it take the place of one. */
export function ComputerStep(): ReactNode {
  const { wizard, update } = useWizard();
  const cap = firstPlace(wizard)?.draft.cap ?? '';
  const computers = useCall(['setup', 'existingComputers', cap], () => api.setup.existingComputers({ cap }));
  const nobody = computers.data?.length === 0;
  useEffect(() => {
    if (nobody) replaceRoute({ screen: 'setup', step: 'consent' });
  }, [nobody]);
  const go = (): void => navigate({ screen: 'setup', step: 'consent' });
  return (
    <SetupPage
      current="key"
      pageKey="computer"
      width={720}
      title={t`Is this a new computer, or does it replace one?`}
      line={t`Where it replaces one, it goes on with that one’s backups: the same history, and only what is new is stored.`}
      onBack={goBack}
      note={t`What was backed up stays either way.`}
      primary={
        <Button
          variant="primary"
          size="wizard"
          iconEnd={ArrowRight}
          isDisabled={computers.data === undefined || nobody}
          onPress={go}
        >
          <Trans>Continue</Trans>
        </Button>
      }
    >
      {computers.error !== null ? (
        <ErrorState error={computers.error} retrying={computers.isFetching} onRetry={() => void computers.refetch()} />
      ) : computers.data === undefined || nobody ? (
        <div className="which">
          <Skeleton lines={4} label={t`Looking for computers`} />
        </div>
      ) : (
        <div className="which">
          <Choice
            label={t`This computer`}
            value={wizard.adopt ?? A_FURTHER_ONE}
            onChange={(value) => update({ adopt: value === A_FURTHER_ONE ? null : value })}
            options={[
              {
                value: A_FURTHER_ONE,
                title: t`It is a further computer`,
                line: t`It begins a history of its own. The others go on as they are.`,
              },
              ...computers.data.map((one) => ({
                value: one.clientId,
                title: (
                  <Trans>
                    It replaces <Name of={one.name === '' ? one.clientId.slice(0, 8) : one.name} />
                  </Trans>
                ),
                line: lineOf(one),
              })),
            ]}
          />
        </div>
      )}
    </SetupPage>
  );
}
