import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { HardDrive, RotateCcw } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { Entry, SnapshotInfo } from '../../../../preload/contract.ts';
import { Button } from '../../../components/index.ts';
import type { Asked } from './asked.ts';
import { useVersions, type PickedVersion } from './use-versions.ts';
import { VersionsList } from './versions-list.tsx';
import '../look.css';

/** Below what is known of a file in one snapshot: its versions in all of them. */
export function EntryVersions({
  snapshot,
  entry,
  onRestore,
}: {
  snapshot: SnapshotInfo;
  entry: Entry;
  /** Restores a version of another snapshot. */
  onRestore: (asked: Asked) => void;
}): ReactNode {
  const of = useVersions(snapshot.clientId, entry.id, snapshot.id, useState<PickedVersion>(null));
  const { version } = of;
  const other = version !== null && !version.snapshotIds.includes(snapshot.id) && version.snapshotId !== snapshot.id;
  return (
    <section className="panel-versions" aria-label={t`Versions`}>
      <VersionsList of={of} />
      {version !== null && of.error === null && (snapshot.thisComputer || other) && (
        <p className="row row-wrap panel-versions-acts">
          {snapshot.thisComputer && (
            <Button size="s" icon={HardDrive} pending={of.comparing} onPress={of.compare}>
              <Trans>Compare with disk</Trans>
            </Button>
          )}
          {other && (
            <Button
              size="s"
              icon={RotateCcw}
              onPress={() =>
                onRestore({ snapshotId: version.snapshotId, entryIds: [entry.id], count: 1, names: [entry.name] })
              }
            >
              <Trans>Restore this version…</Trans>
            </Button>
          )}
        </p>
      )}
    </section>
  );
}
