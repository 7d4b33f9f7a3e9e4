import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import {
  ChevronLeft,
  ChevronRight,
  CornerLeftUp,
  FolderOpen,
  Info,
  LockOpen,
  PanelRight,
  RotateCcw,
} from 'lucide-react';
import { lazy, Suspense, useCallback, useMemo, useState, type ReactNode } from 'react';
import type { Entry } from '../../../preload/contract.ts';
import {
  Button,
  EmptyState,
  ErrorState,
  formatBytes,
  formatCount,
  IconButton,
  joined,
  LinkButton,
  Sheet,
} from '../../components/index.ts';
import { visibleName } from '../../components/visible.ts';
import { useAppState } from '../../state/app-state.tsx';
import { useAction } from '../../state/bridge.ts';
import { UnlockSheet } from '../../components/unlock-sheet.tsx';
import { Crumbs } from './crumbs.tsx';
import { DragStrip } from './drag-strip.tsx';
import { EntryPanel, restoreLabel } from './entry-panel.tsx';
import { sumOfSizes } from './entry-words.ts';
import { FileGrid } from './file-grid.tsx';
import { nextSort, type Sort } from './paging.ts';
import { EntryVersions } from './versions/entry-versions.tsx';
import { useWide } from './use-wide.ts';
import { SnapshotPicker } from './snapshot-picker.tsx';
import { startFolder } from './start-folder.ts';
import type { Computer } from './snapshots.ts';
import { Timeline } from './timeline.tsx';
import { useDragOut } from './use-drag-out.ts';
import { useFolder, type Spot } from './use-folder.ts';
import { usePicking } from './use-picking.ts';
import './browse.css';
import { StepButtons } from './step-buttons.tsx';

// Loaded when the first file is looked at.
const PreviewSheet = lazy(async () => ({ default: (await import('../preview/index.tsx')).PreviewSheet }));

/** More selected entries than this are counted, not listed. */
const LISTED = 500;

/** What was picked, ready for the restore: empty ids mean the whole snapshot. */
export interface Picked {
  readonly snapshotId: string;
  readonly entryIds: string[];
  readonly count: number;
  /** Some of the names, for a sentence. */
  readonly names: readonly string[];
}

/**
 * Snapshots of the computers, one folder of one of them, and what is selected there.
 */
export function BrowsePane({
  computers,
  spot,
  select,
  top,
  tools,
  versions = false,
  onGo,
  onBack,
  onForward,
  onPicked,
}: {
  computers: readonly Computer[];
  spot: Spot;
  select: string | null;
  /** Something above the files: a hint. */
  top?: ReactNode;
  /** At the end of the bar. */
  tools?: ReactNode;
  /** Shows the versions of a file that is selected. */
  versions?: boolean;
  onGo: (spot: Spot, select?: string) => void;
  onBack: (() => void) | null;
  onForward: (() => void) | null;
  onPicked: (picked: Picked) => void;
}): ReactNode {
  const [sort, setSort] = useState<Sort>({ key: 'name', descending: false });
  const [unlocking, setUnlocking] = useState<'look' | 'restore' | null>(null);
  const [details, setDetails] = useState(false);
  const [previewed, setPreviewed] = useState<Entry | null>(null);
  const locked = useAppState((state) => state.locked);
  const preview = useCallback(
    (entry: Entry): void => {
      setDetails(false);
      if (locked) setUnlocking('look');
      else setPreviewed(entry);
    },
    [locked],
  );
  const closePreview = useCallback(() => setPreviewed(null), []);
  const wide = useWide();
  const folder = useFolder(spot, sort);
  const place = `${spot.snapshotId}/${spot.folderId ?? ''}`;
  const picking = usePicking(folder, place, spot.folderId === null, select, preview);

  const dragOut = useDragOut(spot.snapshotId);
  const onDrag = useCallback<typeof dragOut.begin>(
    (event, ids) => {
      if (!locked) return dragOut.begin(event, ids);
      event.preventDefault();
      setUnlocking('look');
    },
    [dragOut.begin, locked],
  );

  const computer = computers.find((one) => one.snapshots.some((snapshot) => snapshot.id === spot.snapshotId));
  const snapshot = computer?.snapshots.find((one) => one.id === spot.snapshotId);

  const start = snapshot === undefined ? null : startFolder(snapshot);
  const missing = folder.error?.code === 'path-not-found';
  // Where all that was backed up lies, or where there is nothing to restore but all.
  const everything = spot.folderId === null || spot.folderId === start || missing;

  // The top of a snapshot has no name of its own; it is the computer.
  const crumbs = folder.crumbs.map((crumb) =>
    crumb.id === null ? { ...crumb, name: computer?.name ?? crumb.name } : crumb,
  );
  const here = crumbs.at(-1);
  const { selection, count, single } = picking;
  const chosen = useMemo(
    () =>
      selection.all || selection.ids.size > LISTED
        ? []
        : [...selection.ids].map((id) => folder.byId(id)).filter((entry): entry is Entry => entry !== undefined),
    [selection, folder],
  );
  const sum = count > 0 && chosen.length === count ? sumOfSizes(chosen) : null;

  const pick = useAction(
    async () => {
      const entryIds =
        count > 0 ? await picking.resolve() : everything || spot.folderId === null ? [] : [spot.folderId];
      return {
        snapshotId: spot.snapshotId,
        entryIds,
        count: entryIds.length,
        names:
          count === 0 && here !== undefined && entryIds.length > 0 ? [here.name] : chosen.map((entry) => entry.name),
      };
    },
    { onDone: onPicked },
  );

  if (computer === undefined || snapshot === undefined) return null;

  const restore = (): void => {
    setDetails(false);
    if (locked) setUnlocking('restore');
    else pick.run();
  };
  const open = (entry: Entry): void => {
    if (entry.kind === 'folder') onGo({ snapshotId: spot.snapshotId, folderId: entry.id });
    else if (entry.kind === 'file') preview(entry);
    else if (!wide) setDetails(true);
  };
  const parent = crumbs.at(-2);
  const up = (): void => {
    if (parent !== undefined) onGo({ snapshotId: spot.snapshotId, folderId: parent.id }, spot.folderId ?? undefined);
  };
  // The same folder at another time, as long as the snapshot is of the same computer.
  const goTo = (snapshotId: string): void => {
    const same = computer.snapshots.some((one) => one.id === snapshotId);
    onGo({ snapshotId, folderId: same ? spot.folderId : null });
  };
  const at = computer.snapshots.findIndex((one) => one.id === snapshot.id);
  const older = computer.snapshots[at + 1];
  const newer = computer.snapshots[at - 1];
  const wholeWord = everything || count > 0 ? restoreLabel(count, single) : t`Restore this folder…`;

  const panel = (
    <EntryPanel
      snapshot={snapshot}
      single={single}
      count={count}
      whole={selection.all && selection.ids.size === 0}
      entries={chosen}
      actionWord={wholeWord}
      versions={
        versions && single?.kind === 'file' ? (
          <EntryVersions
            snapshot={snapshot}
            entry={single}
            onRestore={(asked) => {
              setDetails(false);
              onPicked(asked);
            }}
          />
        ) : null
      }
      preparing={pick.pending}
      onOpen={(entry) => {
        setDetails(false);
        open(entry);
      }}
      onPreview={preview}
      onRestore={restore}
    />
  );

  return (
    <>
      <div className="bar drag">
        <StepButtons onBack={onBack} onForward={onForward} />
        <IconButton
          label={t`Up one folder`}
          icon={CornerLeftUp}
          size="s"
          isDisabled={parent === undefined}
          onPress={up}
        />
        <Crumbs
          crumbs={crumbs}
          onGo={(id) => onGo({ snapshotId: spot.snapshotId, folderId: id }, spot.folderId ?? undefined)}
        />
        {tools}
      </div>
      <section className="tl" aria-label={t`Snapshots`}>
        <SnapshotPicker
          computers={computers}
          computer={computer}
          snapshot={snapshot}
          onSelect={goTo}
          onUnlock={locked ? () => setUnlocking('look') : null}
        />
        <Timeline snapshots={computer.snapshots} selectedId={snapshot.id} onSelect={goTo} />
        <div className="tl-nav">
          <IconButton
            label={t`Older snapshot`}
            icon={ChevronLeft}
            size="s"
            isDisabled={older === undefined}
            onPress={() => older !== undefined && goTo(older.id)}
          />
          <IconButton
            label={t`Newer snapshot`}
            icon={ChevronRight}
            size="s"
            isDisabled={newer === undefined}
            onPress={() => newer !== undefined && goTo(newer.id)}
          />
        </div>
      </section>
      {top}
      <div className={`split ${wide ? '' : 'split-one'}`}>
        <section className="files" aria-label={t`Files`}>
          {folder.error !== null && folder.error.code === 'locked' ? (
            <EmptyState
              icon={LockOpen}
              title={t`Your key opens this`}
              actions={
                <Button variant="primary" icon={LockOpen} onPress={() => setUnlocking('look')}>
                  <Trans>Unlock</Trans>
                </Button>
              }
            >
              {snapshot.thisComputer
                ? t`Names and contents need your key. Backups go on without it.`
                : t`This is a backup of another computer. Looking into it needs your key.`}
            </EmptyState>
          ) : missing ? (
            <EmptyState
              icon={FolderOpen}
              title={t`This folder was not there then`}
              actions={
                <Button
                  onPress={() => onGo({ snapshotId: snapshot.id, folderId: spot.folderId === start ? null : start })}
                >
                  <Trans>Show what was there</Trans>
                </Button>
              }
            >
              <Trans>It was made later, or was gone by then, or had another name.</Trans>
            </EmptyState>
          ) : folder.error !== null ? (
            <ErrorState error={folder.error} retrying={folder.retrying} onRetry={folder.retry} />
          ) : (
            <>
              <FileGrid
                folder={folder}
                label={here === undefined ? t`Files` : visibleName(here.name)}
                sort={sort}
                onSort={(key) => setSort(nextSort(sort, key))}
                picking={picking}
                onOpen={open}
                onUp={up}
                onDrag={onDrag}
              />
              {folder.total === 0 && (
                <EmptyState icon={FolderOpen} title={t`This folder was empty`}>
                  <Trans>It is kept as it was, so that a restore brings it back too.</Trans>
                </EmptyState>
              )}
            </>
          )}
          <DragStrip drag={dragOut} />
          <footer className="statusbar num">
            <span role="status">
              {folder.total === null
                ? ''
                : count > 0
                  ? joined([
                      t`${formatCount(count)} of ${plural(folder.total, { one: '# item', other: '# items' })} selected`,
                      ...(sum === null ? [] : [formatBytes(sum)]),
                    ])
                  : plural(folder.total, { one: '# item', other: '# items' })}
            </span>
            <span className="push row">
              {count === 0
                ? folder.total !== null &&
                  folder.total > 0 && (
                    <LinkButton onPress={picking.all}>
                      <Trans>Select all</Trans>
                    </LinkButton>
                  )
                : count > 0 && (
                    <LinkButton onPress={picking.clear}>
                      <Trans>Clear</Trans>
                    </LinkButton>
                  )}
              {!wide && (
                <>
                  <Button size="s" icon={count === 0 ? Info : PanelRight} onPress={() => setDetails(true)}>
                    <Trans>Details</Trans>
                  </Button>
                  <Button size="s" variant="primary" icon={RotateCcw} pending={pick.pending} onPress={restore}>
                    {wholeWord}
                  </Button>
                </>
              )}
            </span>
          </footer>
        </section>
        {wide && (
          <aside className="panel" aria-label={t`Details`}>
            {panel}
          </aside>
        )}
      </div>
      {!wide && (
        <Sheet open={details} onClose={() => setDetails(false)} size="narrow" title={t`Details`}>
          <div className="panel panel-sheet">{panel}</div>
        </Sheet>
      )}
      {previewed !== null && (
        <Suspense>
          <PreviewSheet
            snapshotId={spot.snapshotId}
            entry={previewed}
            onClose={closePreview}
            onRestore={
              single?.id === previewed.id
                ? () => {
                    setPreviewed(null);
                    restore();
                  }
                : null
            }
          />
        </Suspense>
      )}
      <UnlockSheet
        open={unlocking !== null}
        onClose={() => setUnlocking(null)}
        onUnlocked={() => {
          if (unlocking === 'restore') pick.run();
        }}
        {...(unlocking === 'restore' ? { why: t`Restoring reads contents, and that needs your key.` } : {})}
      />
    </>
  );
}
