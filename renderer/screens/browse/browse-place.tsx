/** Which of the looks Browse shows, and how they lead to each other. */
import { useCallback, type ReactNode } from 'react';
import type { SnapshotInfo } from '../../../preload/contract.ts';
import { BEFORE, goBack, goForward, navigate, replaceRoute, useHistory, type Route } from '../../state/route.ts';
import { WhereSheet } from '../restore/where-sheet.tsx';
import { BrowsePane } from './browse-pane.tsx';
import { BrowseTools } from './browse-tools.tsx';
import { ComparePane, newestBut } from './compare/compare-pane.tsx';
import { SearchPane } from './search/search-pane.tsx';
import { SizesPane } from './sizes/sizes-pane.tsx';
import { inTime, type Computer } from './snapshots.ts';
import { startFolder } from './start-folder.ts';
import type { Asked } from './versions/asked.ts';
import './look.css';

type BrowseRoute = Extract<Route, { screen: 'browse' }>;

/** `with` of a route that compares with the disk. */
const DISK = 'disk';

const folderOf = (entryId: string): string | null =>
  entryId.includes('/') ? entryId.slice(0, entryId.lastIndexOf('/')) : null;

export function BrowsePlace({
  route,
  asked,
  onAsked,
  snapshots,
  computers,
  computer,
  snapshot,
}: {
  route: BrowseRoute | null;
  /** What is to be brought back, while it is asked where to; null for nothing. */
  asked: Asked | null;
  onAsked: (asked: Asked | null) => void;
  snapshots: readonly SnapshotInfo[];
  computers: readonly Computer[];
  /** That of the snapshot. */
  computer: Computer;
  /** The one that is asked for, else the newest. */
  snapshot: SnapshotInfo;
}): ReactNode {
  const history = useHistory();
  const askedOf = snapshots.find((one) => one.id === asked?.snapshotId);
  const isThis = route?.snapshotId === snapshot.id;
  const folderId = isThis && route?.folderId !== undefined ? route.folderId : startFolder(snapshot);
  const other = snapshots.find((one) => one.id === route?.with && one.clientId === snapshot.clientId) ?? null;
  const before =
    route?.with === BEFORE
      ? (computer.snapshots[computer.snapshots.findIndex(({ id }) => id === snapshot.id) + 1] ?? null)
      : null;
  const keepText = useCallback((text: string) => replaceRoute({ screen: 'browse', view: 'search', text }), []);
  const steps = {
    onBack: history.canBack ? goBack : null,
    onForward: history.canForward ? goForward : null,
  };

  const sides = (from: string, to: string): { snapshotId: string; with: string } => {
    const pair = inTime(snapshots, from, to === DISK ? null : to);
    return { snapshotId: pair.from, with: pair.to ?? DISK };
  };
  const compare = (from: SnapshotInfo): void => {
    const to = computer.thisComputer ? DISK : (newestBut(computer, from)?.id ?? from.id);
    navigate({ screen: 'browse', view: 'compare', ...sides(from.id, to) });
  };

  return (
    <>
      {route?.view === 'search' ? (
        <SearchPane
          key="search"
          snapshots={snapshots}
          text={route.text ?? ''}
          onText={keepText}
          {...steps}
          onGo={(snapshotId, entryId) =>
            navigate({ screen: 'browse', snapshotId, folderId: folderOf(entryId), select: entryId })
          }
          onRestore={onAsked}
        />
      ) : route?.view === 'compare' ? (
        <ComparePane
          computers={computers}
          computer={computer}
          snapshot={before ?? snapshot}
          other={before !== null ? snapshot : route.with === DISK || route.with === undefined ? null : other}
          onSides={(from, to) =>
            replaceRoute({ screen: 'browse', view: 'compare', ...sides(from, sideOf(computers, from, to)) })
          }
          {...steps}
          onRestore={onAsked}
        />
      ) : route?.view === 'sizes' ? (
        <SizesPane
          key={snapshot.id}
          computers={computers}
          computer={computer}
          snapshot={snapshot}
          folderId={folderId}
          before={other}
          onGo={({ before, ...spot }) =>
            navigate({ screen: 'browse', view: 'sizes', ...spot, ...(before === null ? {} : { with: before }) })
          }
          onFolder={() => navigate({ screen: 'browse', snapshotId: snapshot.id, folderId })}
          {...steps}
        />
      ) : (
        <BrowsePane
          computers={computers}
          spot={{ snapshotId: snapshot.id, folderId }}
          select={route?.select ?? null}
          versions
          tools={
            <BrowseTools
              onSearch={() => navigate({ screen: 'browse', view: 'search' })}
              onCompare={() => compare(snapshot)}
              onSizes={() => navigate({ screen: 'browse', view: 'sizes', snapshotId: snapshot.id, folderId })}
            />
          }
          onGo={(spot, select) => navigate({ screen: 'browse', ...spot, ...(select === undefined ? {} : { select }) })}
          {...steps}
          onPicked={onAsked}
        />
      )}
      {asked !== null && askedOf !== undefined && (
        <WhereSheet picked={asked} snapshot={askedOf} onClose={() => onAsked(null)} />
      )}
    </>
  );
}

/** The other side, unless the older one is of another computer now: then the newest one of that computer. */
function sideOf(computers: readonly Computer[], from: string, to: string | null): string {
  const computer = computers.find((one) => one.snapshots.some(({ id }) => id === from));
  if (to === null) return computer?.thisComputer === true ? DISK : (computer?.snapshots[0]?.id ?? from);
  if (computer === undefined || computer.snapshots.some(({ id }) => id === to)) return to;
  return computer.snapshots[0]?.id ?? to;
}
