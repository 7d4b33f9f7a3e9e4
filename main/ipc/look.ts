/** `look`: search, versions, comparisons, sizes of folders. */
import type { ComparedRow, FoundItem, FileVersion, SizedItem } from '../../preload/contract.ts';
import type { SizedEntry } from '../engine/api.ts';
import type { ConfigStore } from '../jobs/config.ts';
import { clientsOf } from '../jobs/plans.ts';
import type { Row } from '../jobs/look/compared-rows.ts';
import type { Look } from '../jobs/look/look.ts';
import type { Found } from '../jobs/look/search.ts';
import type { Version } from '../jobs/look/versions.ts';
import type { Handlers } from './dispatch.ts';
import { msOf, shownKind } from './shapes.ts';

export function lookHandlers(parts: { look: Look; config: ConfigStore }): Handlers['look'] {
  const { look } = parts;
  const own = (): string[] => clientsOf(parts.config.value);
  return {
    search: async (query) => {
      const { entries, ...counts } = await look.search.search(query);
      return { items: entries.map(foundItem), ...counts };
    },
    versions: async ({ clientId, entryId }) => {
      const answer = await look.versions.of(clientId, entryId);
      return { ...answer, versions: answer.versions.map(fileVersion) };
    },
    onDisk: async ({ snapshotId, entryId }) => {
      const { mtimeNs, ...answer } = await look.versions.onDisk(snapshotId, entryId, own());
      return { ...answer, modifiedAt: mtimeNs === null ? null : msOf(mtimeNs) };
    },
    compare: async ({ from, to, contents }) => await look.comparisons.compare(from, to, contents, own()),
    compared: async ({ comparisonId, show, text, grouped, closed, offset, limit }) => {
      const view = { show, text, grouped, closed: new Set(closed) };
      const page = look.comparisons.rows(comparisonId, view, { offset, limit });
      return { ...page, rows: page.rows.map(comparedRow) };
    },
    comparedIds: async ({ comparisonId, show, text, ids }) =>
      look.comparisons.toRestore(comparisonId, { show, text }, ids),
    leaveComparison: async () => {
      look.comparisons.clear();
      return null;
    },
    sizes: async ({ snapshotId, folderId, before }) => {
      const {
        total,
        before: sumBefore,
        entries,
        rest,
        unread,
        crumbs,
      } = await look.sizes(snapshotId, folderId ?? '', before);
      const items = entries.map((entry) => sizedItem(entry, folderId ?? '', before !== null));
      return { ...total, bytesBefore: sumBefore?.bytes ?? null, items, rest, unread, crumbs };
    },
  };
}

function foundItem(found: Found): FoundItem {
  const cut = found.path.lastIndexOf('/');
  const { clientId, computerName, entry, size, mtimeNs, versions, snapshots } = found;
  const { newestSnapshotId, newestAt, oldestAt, gone } = found;
  return {
    clientId,
    computer: computerName,
    entryId: entry,
    name: found.path.slice(cut + 1),
    folder: found.path.slice(0, cut) || '/',
    kind: shownKind(found.kind),
    size: found.kind === 'file' ? size : null,
    modifiedAt: msOf(mtimeNs),
    versions,
    snapshots,
    newestSnapshotId,
    newestAt,
    oldestAt,
    gone,
  };
}

function fileVersion({ facts, firstAt, lastAt, snapshotIds, before }: Version): FileVersion {
  return {
    snapshotId: snapshotIds[0] ?? '',
    kind: shownKind(facts.kind),
    size: facts.kind === 'file' ? facts.size : null,
    modifiedAt: msOf(facts.mtimeNs),
    firstAt,
    lastAt,
    snapshots: facts.snapshotIds.length,
    snapshotIds,
    before,
  };
}

function comparedRow(row: Row): ComparedRow {
  if (row.row === 'folder') return row;
  const { change, entry, name, folder, kind, size, sizeBefore, mtimeNs, from } = row.item;
  return {
    row: 'item',
    id: entry,
    change,
    name,
    folder: folder === '' ? '/' : folder,
    kind: shownKind(kind),
    size,
    sizeBefore,
    modifiedAt: msOf(mtimeNs),
    from: from?.path ?? null,
  };
}

function sizedItem(entry: SizedEntry, folderId: string, compared: boolean): SizedItem {
  const below = (parent: string, id: string): string => (parent === '' ? id : `${parent}/${id}`);
  const id = below(folderId, entry.id);
  const { name, files, bytes, before, inside } = entry;
  return {
    id,
    name,
    kind: shownKind(entry.kind),
    files,
    bytes,
    bytesBefore: compared ? (before?.bytes ?? 0) : null,
    inside: inside.map((item) => ({ ...item, id: below(id, item.id), kind: shownKind(item.kind) })),
  };
}
