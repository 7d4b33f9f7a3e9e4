import { FolderOpen, HardDrive, RotateCcw } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Entry, FileVersion, SnapshotInfo } from '../../../../preload/contract.ts';
import { Button, Icon } from '../../../components/index.ts';
import { Name } from '../../../components/name.tsx';
import { entryIcon } from '../entry-words.ts';
import type { Asked } from './asked.ts';
import { useVersions } from './use-versions.ts';
import { VersionsList } from './versions-list.tsx';

const isOwn = (snapshots: readonly SnapshotInfo[], clientId: string): boolean =>
  snapshots.some((one) => one.clientId === clientId && one.thisComputer);

/** Every version of something that was found: when, how large, what changed, and the way to bring one back. */
export function VersionsPanel({
  clientId,
  entry,
  snapshots,
  preview,
  onShow,
  onRestore,
}: {
  clientId: string;
  entry: Pick<Entry, 'id' | 'name' | 'kind'> & { folder: string };
  snapshots: readonly SnapshotInfo[];
  /** A button that shows what is in a version. */
  preview?: (version: FileVersion) => ReactNode;
  onShow: (snapshotId: string) => void;
  onRestore: (asked: Asked) => void;
}): ReactNode {
  const of = useVersions(clientId, entry.id, null);
  const { version } = of;
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
      </div>
      {version !== null && of.error === null && (
        <footer className="panel-f versions-f">
          {preview?.(version)}
          <Button icon={FolderOpen} onPress={() => onShow(version.snapshotId)}>
            Show in folder
          </Button>
          {isOwn(snapshots, clientId) && entry.kind === 'file' && (
            <Button icon={HardDrive} pending={of.comparing} onPress={of.compare}>
              Compare with disk
            </Button>
          )}
          <Button
            variant="primary"
            icon={RotateCcw}
            className="push"
            onPress={() =>
              onRestore({ snapshotId: version.snapshotId, entryIds: [entry.id], count: 1, names: [entry.name] })
            }
          >
            {entry.kind === 'folder' ? 'Restore…' : 'Restore this version…'}
          </Button>
        </footer>
      )}
    </>
  );
}
