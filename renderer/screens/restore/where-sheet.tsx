import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import type { SnapshotInfo } from '../../../preload/contract.ts';
import { Button, formatBytes, formatDate, joined, listed, Sheet } from '../../components/index.ts';
import { visibleName } from '../../components/visible.ts';
import { api, useAction } from '../../state/bridge.ts';
import { navigate } from '../../state/route.ts';
import type { Asked } from '../browse/versions/asked.ts';
import { useWhere } from './use-where.ts';
import { mayStart, startWord, WhereForm } from './where-form.tsx';
import '../../theme/runs.css';
import './restore.css';

const NAMED = 3;

function title(picked: Asked, snapshot: SnapshotInfo): string {
  const when = formatDate(snapshot.at);
  if (picked.entryIds.length === 0) return t`Restore everything from ${when}`;
  return t`${plural(picked.count, { one: 'Restore # item', other: 'Restore # items' })} from ${when}`;
}

/** "Research, Chapter 4 and 2 more". */
function names(picked: Asked): string {
  const shown = picked.names.slice(0, NAMED).map(visibleName);
  const more = picked.count - shown.length;
  if (shown.length === 0) return '';
  return more > 0 ? t`${joined(shown)} and ${more} more` : listed(shown);
}

/** What was chosen too and is not in the snapshot. */
function later({ later: count = 0 }: Asked): string {
  if (count === 0) return '';
  return plural(count, {
    one: '# item that came later is not in it.',
    other: '# items that came later are not in it.',
  });
}

/** R5 as a sheet over Browse. Starting it goes on to the page that shows the restore. */
export function WhereSheet({
  picked,
  snapshot,
  onClose,
}: {
  picked: Asked;
  snapshot: SnapshotInfo;
  onClose: () => void;
}): ReactNode {
  const state = useWhere(picked.snapshotId, picked.entryIds);
  const start = useAction((planId: string) => api.restore.start({ planId }), {
    onDone: ({ runId }) => {
      onClose();
      navigate({ screen: 'restore', runId });
    },
  });
  const { plan } = state;
  const size =
    plan === null ? '' : joined([plural(plan.files, { one: '# file', other: '# files' }), formatBytes(plan.bytes)]);
  const line = [[names(picked), size].filter((part) => part !== '').join(': '), later(picked)]
    .filter((part) => part !== '')
    .join('. ');
  return (
    <Sheet
      open
      onClose={onClose}
      title={title(picked, snapshot)}
      {...(line === '' ? {} : { line })}
      footerNote={t`Every file is verified as it is written.`}
      footer={
        <>
          <Button onPress={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button
            variant="primary"
            pending={start.pending}
            isDisabled={!mayStart(state)}
            onPress={() => plan !== null && start.run(plan.planId)}
          >
            {startWord(state)}
          </Button>
        </>
      }
    >
      <WhereForm state={state} snapshot={snapshot} />
    </Sheet>
  );
}
