import { t } from '@lingui/core/macro';
import { Plural, Trans } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import type { RunSummary } from '../../../preload/contract.ts';
import { LinkButton } from '../../components/button.tsx';
import { formatAgo } from '../../components/format.ts';
import { useNow, When } from '../../components/time.tsx';
import { useAppState } from '../../state/app-state.tsx';
import { navigate } from '../../state/route.ts';

function lastCheck(runs: readonly RunSummary[]): RunSummary | null {
  const checks = runs.filter((run) => run.kind === 'verify' && run.endedAt !== null && run.result !== 'stopped');
  return checks.sort((a, b) => b.startedAt - a.startedAt)[0] ?? null;
}

function CheckLine({ runs }: { runs: readonly RunSummary[] }): ReactNode {
  const now = useNow();
  const check = lastCheck(runs);
  if (check === null || check.endedAt === null) {
    return (
      <LinkButton onPress={() => navigate({ screen: 'settings', section: 'check' })}>
        <Trans>Check the backup now</Trans>
      </LinkButton>
    );
  }
  if (check.result === 'done')
    return t`Checked ${formatAgo(check.endedAt, Math.max(now, check.endedAt))}, nothing damaged`;
  return (
    <LinkButton onPress={() => navigate({ screen: 'activity', runId: check.id })}>
      <Trans>A check found something: see it</Trans>
    </LinkButton>
  );
}

/** When a restore was last proven to work, and how the last check went. */
export function ProofFact({ runs }: { runs: readonly RunSummary[] | undefined }): ReactNode {
  const { proven, proofFailed } = useAppState((state) => state.care);
  return (
    <div>
      <dt>
        <Trans>Last proven restorable</Trans>
      </dt>
      <dd>
        <span className="v">
          {proofFailed !== null ? t`Not proven` : proven === null ? t`Not yet` : <When at={proven.at} ago start />}
        </span>
        <span className="t12 faint num">
          {proofFailed !== null ? (
            <LinkButton onPress={() => navigate({ screen: 'activity', runId: proofFailed.runId })}>
              <Trans>
                <Plural value={proofFailed.failed} one="# file" other="# files" /> did not come back: see it
              </Trans>
            </LinkButton>
          ) : proven === null ? (
            <LinkButton onPress={() => navigate({ screen: 'settings', section: 'check' })}>
              <Trans>Prove that a restore works</Trans>
            </LinkButton>
          ) : (
            runs !== undefined && <CheckLine runs={runs} />
          )}
        </span>
      </dd>
    </div>
  );
}
