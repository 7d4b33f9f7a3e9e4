import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Eye, FolderOpen, HardDrive, RotateCcw } from 'lucide-react';
import { lazy, Suspense, useCallback, useState, type ReactNode } from 'react';
import type { Entry, FileVersion, SnapshotInfo } from '../../../../preload/contract.ts';
import { Button, Icon } from '../../../components/index.ts';
import { Name } from '../../../components/name.tsx';
import { entryIcon } from '../entry-words.ts';
import type { Asked } from './asked.ts';
import { useVersions, type PickedVersion } from './use-versions.ts';
import { VersionsList } from './versions-list.tsx';

// Only here when something is looked at.
const PreviewSheet = lazy(async () => ({ default: (await import('../../preview/index.tsx')).PreviewSheet }));

const isOwn = (snapshots: readonly SnapshotInfo[], clientId: string): boolean =>
  snapshots.some((one) => one.clientId === clientId && one.thisComputer);

/** Every version of something that was found: when, how large, what changed, and the way to bring one back. */
export function VersionsPanel({
  clientId,
  entry,
  snapshots,
  picked,
  onShow,
  onRestore,
}: {
  clientId: string;
  entry: Pick<Entry, 'id' | 'name' | 'kind'> & { folder: string };
  snapshots: readonly SnapshotInfo[];
  picked: [PickedVersion, (next: PickedVersion) => void];
  onShow: (snapshotId: string) => void;
  onRestore: (asked: Asked) => void;
}): ReactNode {
  const of = useVersions(clientId, entry.id, null, picked);
  const { version } = of;
  const [previewed, setPreviewed] = useState<FileVersion | null>(null);
  const closePreview = useCallback(() => setPreviewed(null), []);
  const restore = ({ snapshotId }: FileVersion): void =>
    onRestore({ snapshotId, entryIds: [entry.id], count: 1, names: [entry.name] });
  return (
    <>
      <div className="panel-b">
        <header className="panel-h">
          <Icon of={entryIcon(entry)} size={20} className={entry.kind === 'folder' ? 'i-folder' : 'i-file'} />
          <div className="panel-title">
            <h2 className="t13 strong select">
              <Name of={entry.name} className="fname-wrap" />
            </h2>
            <p className="t12 faint">
              <Name of={entry.folder} className="fname-wrap" />
            </p>
          </div>
        </header>
        <VersionsList of={of} />
        {version !== null && of.error === null && isOwn(snapshots, clientId) && entry.kind === 'file' && (
          <p className="panel-versions-acts">
            <Button size="s" icon={HardDrive} pending={of.comparing} onPress={of.compare}>
              <Trans>Compare with disk</Trans>
            </Button>
          </p>
        )}
      </div>
      {version !== null && of.error === null && (
        <footer className="panel-f versions-f">
          {version.kind === 'file' && (
            <Button icon={Eye} onPress={() => setPreviewed(version)}>
              <Trans>Preview</Trans>
            </Button>
          )}
          <Button icon={FolderOpen} onPress={() => onShow(version.snapshotId)}>
            <Trans>Show in folder</Trans>
          </Button>
          <Button variant="primary" icon={RotateCcw} className="push" onPress={() => restore(version)}>
            {entry.kind === 'folder' ? t`Restore…` : t`Restore this version…`}
          </Button>
        </footer>
      )}
      {previewed !== null && (
        <Suspense>
          <PreviewSheet
            snapshotId={previewed.snapshotId}
            entry={{ ...entry, size: previewed.size, modifiedAt: previewed.modifiedAt }}
            onClose={closePreview}
            onRestore={() => {
              setPreviewed(null);
              restore(previewed);
            }}
          />
        </Suspense>
      )}
    </>
  );
}
