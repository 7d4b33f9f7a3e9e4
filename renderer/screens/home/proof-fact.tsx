import type { ReactNode } from 'react';
import type { RunSummary } from '../../../preload/contract.ts';
import { LinkButton } from '../../components/button.tsx';
import { formatAgo, plural } from '../../components/format.ts';
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
      <LinkButton onPress={() => navigate({ screen: 'settings', section: 'check' })}>Check the backup now</LinkButton>
    );
  }
  if (check.result === 'done')
    return `Checked ${formatAgo(check.endedAt, Math.max(now, check.endedAt))}, nothing damaged`;
  return (
    <LinkButton onPress={() => navigate({ screen: 'activity', runId: check.id })}>
      A check found something: see it
    </LinkButton>
  );
}

/** When a restore was last proven to work, and how the last check went. */
export function ProofFact({ runs }: { runs: readonly RunSummary[] | undefined }): ReactNode {
  const { proven, proofFailed } = useAppState((state) => state.care);
  return (
    <div>
      <dt>Last proven restorable</dt>
      <dd>
        <span className="v">
          {proofFailed !== null ? 'Not proven' : proven === null ? 'Not yet' : <When at={proven.at} ago start />}
        </span>
        <span className="t12 faint num">
          {proofFailed !== null ? (
            <LinkButton onPress={() => navigate({ screen: 'activity', runId: proofFailed.runId })}>
              {plural(proofFailed.failed, 'file')} did not come back: see it
            </LinkButton>
          ) : proven === null ? (
            <LinkButton onPress={() => navigate({ screen: 'settings', section: 'check' })}>
              Prove that a restore works
            </LinkButton>
          ) : (
            runs !== undefined && <CheckLine runs={runs} />
          )}
        </span>
      </dd>
    </div>
  );
}
