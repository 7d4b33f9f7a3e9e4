/** What the stand-in answers to looks across snapshots: a few files with a history, a comparison, sizes. */
import type {
  Bridge,
  ChangeKind,
  ComparedRow,
  ErrorInfo,
  FileVersion,
  FoundItem,
  Result,
  SizedItem,
} from '../../../preload/contract.ts';
import { DAY, GB, HOME, HOUR, LONG_NAME } from './data.ts';

const ok = <T>(value: T): Result<T> => ({ ok: true, value });

type File = [name: string, folder: string, versions: number, size: number, days: number, goneDays: number | null];
const FILES: readonly File[] = [
  ['Lease 2026–2028 Nordre gate 14.pdf', 'Documents/Flat', 2, 612_000, 3, null],
  ['Lease – questions for the landlord.md', 'Documents/Flat', 4, 6_120, 9, null],
  ['Lease 2023–2025 Nordre gate 14.pdf', 'Documents/Flat/Old', 2, 598_000, 600, null],
  ['Lease termination, signed.pdf', 'Documents/Flat/Old', 1, 244_000, 340, 301],
  ['Lease costs by month.ods', 'Studio/Bookkeeping', 38, 71_000, 1, null],
  ['van-lease-offer.docx', 'Studio/Van', 3, 88_000, 790, 720],
  ['lease page 3 scan.jpg', 'Pictures/Scans', 1, 3_200_000, 800, 640],
  ['release-notes-2.4.md', 'Projects/tideclock', 3, 11_000, 210, null],
  [`${LONG_NAME} lease.pdf`, 'Documents/Flat/A folder of a long name/and another one below it', 5, 4_100_000, 30, null],
];

function found(i: number): FoundItem {
  const [name, folder, versions, size, days, gone] = FILES[i % FILES.length] ?? FILES[0]!;
  const now = Date.now();
  return {
    clientId: 'client-a',
    computer: 'Maren’s ThinkPad',
    entryId: `found/${i}`,
    name: i < FILES.length ? name : name.replace(/(\.[^.]*)$/, ` ${i}$1`),
    folder: `${HOME}/${folder}`,
    kind: 'file',
    size,
    modifiedAt: now - days * DAY,
    versions,
    snapshots: versions * 7,
    newestSnapshotId: 'snap-0',
    newestAt: gone === null ? now - 26 * 60_000 : now - gone * DAY,
    oldestAt: now - (days + versions * 20) * DAY,
    gone: gone !== null,
  };
}

function versionsOf(count: number): FileVersion[] {
  const now = Date.now();
  return Array.from({ length: count }, (_, i) => {
    const size = 44_100 - i * 1_130 + (i % 3) * 700;
    const older = 44_100 - (i + 1) * 1_130 + ((i + 1) % 3) * 700;
    const same = i === 2;
    return {
      snapshotId: `snap-${i * 3}`,
      kind: 'file',
      size,
      modifiedAt: now - HOUR - i * 1.3 * DAY,
      firstAt: now - HOUR - i * 1.3 * DAY,
      lastAt: now - HOUR - i * DAY,
      snapshots: 1 + (i % 4),
      snapshotIds: [`snap-${i * 3}`],
      before:
        i === count - 1
          ? null
          : { sizeDelta: same ? 0 : size - older, sameContents: same, changed: same ? ['mode'] : ['content', 'times'] },
    };
  });
}

const CHANGES: readonly [change: ChangeKind, folder: string, name: string, size: number, before: number | null][] = [
  ['changed', 'Documents/Novel', 'Chapter 4 – The winter crossing.md', 44_100, 43_000],
  ['added', 'Documents/Novel', 'Chapter 7 – Landfall.md', 12_400, null],
  ['removed', 'Documents/Novel', 'Old ending.md', 9_800, null],
  ['moved', 'Documents/Flat/Old', 'Lease 2023–2025 Nordre gate 14.pdf', 598_000, null],
  ['about', 'Documents/Flat', 'questions.md', 6_120, 6_120],
  ['added', 'Pictures/2026/11', 'IMG_4210.jpg', 6_400_000, null],
  ['added', 'Pictures/2026/11', 'IMG_4211.jpg', 5_900_000, null],
  ['added', 'Pictures/2026/11', `${LONG_NAME}.jpg`, 7_100_000, null],
  ['changed', 'Studio/Bookkeeping', 'bookkeeping.sqlite', 20_400_000, 19_100_000],
];

type Item = Extract<ComparedRow, { row: 'item' }>;
function changes(): Item[] {
  return CHANGES.map(([change, folder, name, size, sizeBefore], i) => ({
    row: 'item',
    id: `change/${i}`,
    change,
    name,
    folder: `${HOME}/${folder}`,
    kind: 'file',
    size,
    sizeBefore,
    modifiedAt: Date.now() - i * HOUR,
    from: change === 'moved' ? `${HOME}/Documents/Flat/${name}` : null,
  }));
}

const deltaOf = ({ change, size, sizeBefore }: Item): number =>
  change === 'added' ? size : change === 'removed' ? -size : change === 'changed' ? size - (sizeBefore ?? 0) : 0;

function grouped(items: readonly Item[], closed: readonly string[]): ComparedRow[] {
  return [...new Set(items.map((item) => item.folder))].sort().flatMap((path): ComparedRow[] => {
    const inside = items.filter((item) => item.folder === path);
    const counts = { added: 0, removed: 0, changed: 0, moved: 0, about: 0 };
    for (const { change } of inside) counts[change] += 1;
    const id = `folder${path}`;
    const isClosed = closed.includes(id);
    const whole = path.endsWith('11') ? 'added' : null;
    const delta = inside.reduce((sum, item) => sum + deltaOf(item), 0);
    return [{ row: 'folder', id, path, counts, delta, whole, closed: isClosed }, ...(isClosed ? [] : inside)];
  });
}

const SIZES: readonly [name: string, kind: SizedItem['kind'], gb: number, before: number][] = [
  ['Pictures', 'folder', 214, 190],
  ['Videos', 'folder', 96, 96],
  ['Studio', 'folder', 41, 30],
  ['Virtual machines', 'folder', 24, 31],
  ['Music', 'folder', 18, 18],
  ['Documents', 'folder', 6.2, 6.1],
  ['Projects', 'folder', 3.1, 0.4],
  ['archive.zip', 'file', 2.2, 2.2],
  ['Mail', 'folder', 1.4, 1.2],
  ['notes.sqlite', 'file', 0.3, 0.3],
  ['.config', 'folder', 0.1, 0.1],
];

const SHARES = [0.36, 0.22, 0.14, 0.09, 0.06, 0.04, 0.03, 0.02];

function sized(compared: boolean): SizedItem[] {
  return SIZES.map(([name, kind, gb, before], i) => ({
    id: `size/${i}`,
    name,
    kind,
    files: kind === 'file' ? 1 : Math.round(gb * 412),
    bytes: gb * GB,
    bytesBefore: compared ? before * GB : null,
    inside:
      kind === 'file'
        ? []
        : SHARES.map((share, at) => ({
            id: `size/${i}/${at}`,
            name: `${2026 - at}`,
            kind: 'folder',
            bytes: gb * GB * share,
          })),
  }));
}

export function lookAnswers(): Bridge['look'] {
  let newest = 0;
  const stopped: ErrorInfo = {
    code: 'stopped',
    severity: 'notice',
    message: 'A newer question took the place of this one.',
    guidance: 'Nothing was changed.',
  };
  return {
    search: async ({ text, kind, now, offset, limit }) => {
      const mine = ++newest;
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (mine !== newest) return { ok: false, error: stopped };
      const all = Array.from({ length: text.toLowerCase().includes('lease') ? 240 : 0 }, (_, i) => found(i));
      const fit = kind === 'folder' ? [] : all;
      const shown = fit.filter((item) => now === 'any' || item.gone === (now === 'gone'));
      return ok({
        items: shown.slice(offset, offset + limit),
        total: shown.length,
        matched: fit.length,
        gone: fit.filter((item) => item.gone).length,
        paths: 1_204_331,
        snapshots: 412,
        incomplete: 0,
        tookMs: 86,
      });
    },
    versions: async ({ entryId }) => {
      const index = Number(entryId.split('/').at(-1)) || 0;
      const count = entryId.startsWith('found/') ? (FILES[index % FILES.length]?.[2] ?? 1) : 6;
      return ok({ versions: versionsOf(count), snapshots: 412, unread: 0 });
    },
    onDisk: async ({ snapshotId }) =>
      ok(
        snapshotId === 'snap-0'
          ? { state: 'same', size: null, modifiedAt: null, onlyAbout: false }
          : { state: 'different', size: 44_900, modifiedAt: Date.now() - HOUR, onlyAbout: false },
      ),
    compare: async () =>
      ok({
        comparisonId: 'comparison',
        added: { files: 4, folders: 1, bytes: 19_412_400 },
        removed: { files: 1, folders: 0, bytes: 9_800 },
        changed: { files: 2, bytesBefore: 19_143_000, bytesAfter: 20_444_100 },
        moved: { files: 1, bytes: 598_000 },
        about: 1,
        listed: CHANGES.length,
        beyond: 0,
        unread: 0,
      }),
    compared: async ({ show, text, grouped: byFolder, closed, offset, limit }) => {
      const items = changes().filter(
        (item) =>
          show.includes(item.change) && `${item.folder}/${item.name}`.toLowerCase().includes(text.toLowerCase()),
      );
      const flat = [...items].sort((a, b) => Math.abs(deltaOf(b)) - Math.abs(deltaOf(a)));
      const rows = byFolder ? grouped(items, closed) : flat;
      return ok({ rows: rows.slice(offset, offset + limit), total: rows.length, items: items.length });
    },
    comparedIds: async ({ ids }) => ok({ from: ids ?? ['change/0', 'change/2'], to: [] }),
    leaveComparison: async () => ok(null),
    sizes: async ({ folderId, before }) => {
      const items = sized(before !== null);
      const bytes = items.reduce((sum, item) => sum + item.bytes, 0);
      return ok({
        files: 418_209,
        bytes,
        bytesBefore: before === null ? null : items.reduce((sum, item) => sum + (item.bytesBefore ?? 0), 0),
        items,
        rest: { entries: 0, files: 0, bytes: 0, bytesBefore: 0 },
        unread: 0,
        crumbs: [{ id: null, name: '' }, ...(folderId === null ? [] : [{ id: folderId, name: 'Pictures' }])],
      });
    },
  };
}
