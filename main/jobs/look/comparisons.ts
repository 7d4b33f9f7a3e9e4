/** Compares two snapshots, or a snapshot with the disk, and keeps what differs for as long as it is looked at. */
import { randomBytes } from 'node:crypto';
import { HoldfastError } from '../../errors.ts';
import type { Difference, DiffOutput } from '../../engine/api.ts';
import { RunControl } from '../../engine/control.ts';
import { parseEntryPath } from '../entry-path.ts';
import { readWithKey } from '../reading.ts';
import { comparedItems, type ChangeKind, type ComparedItem } from './compared-items.ts';
import { idsToRestore, itemsIn, rowsOf, type Row, type Rows, type RowsView } from './compared-rows.ts';
import type { LookParts } from './parts.ts';
import type { SnapshotTimes } from './snapshot-times.ts';
import { notThisComputer } from './versions.ts';

/** Differences that are kept, about 500 bytes each; those beyond are counted. */
const MAX_KEPT = 100_000;
const SAY_EVERY_MS = 100;

interface Tally {
  files: number;
  folders: number;
  bytes: number;
}

export interface Comparison {
  comparisonId: string;
  added: Tally;
  removed: Tally;
  changed: { files: number; bytesBefore: number; bytesAfter: number };
  moved: { files: number; bytes: number };
  about: number;
  listed: number;
  beyond: number;
  unread: number;
}

interface Kept {
  id: string;
  items: ComparedItem[];
  /** The rows that were asked for last. */
  view: { key: string; rows: Rows } | null;
}

export class Comparisons {
  readonly #parts: LookParts;
  readonly #times: SnapshotTimes;
  #running: RunControl | null = null;
  #kept: Kept | null = null;

  constructor(parts: LookParts, times: SnapshotTimes) {
    this.#parts = parts;
    this.#times = times;
  }

  /** Stops what is under way and forgets what was compared. */
  clear(): void {
    this.#running?.stop();
    this.#running = null;
    this.#kept = null;
  }

  /**
   * @param to null: the disk, which `own` are the client ids of
   * @param contents files of the disk that have the same size are read
   * @throws HoldfastError `locked`, `bad-input`, `snapshot-not-found`, `stopped`, `object-*`, `destination-*`
   */
  async compare(from: string, to: string | null, contents: boolean, own: readonly string[]): Promise<Comparison> {
    this.clear();
    const control = new RunControl();
    this.#running = control;
    const { connection, clock, looking } = this.#parts;
    if (to === null && !own.includes((await this.#times.facts(from))?.clientId ?? '')) throw notThisComputer();
    const destination = connection.at(from);
    const differences: Difference[] = [];
    let met = 0;
    let said = clock.now();
    const output = await readWithKey(
      this.#parts,
      'diff',
      (access) => ({
        destination,
        access,
        from,
        to: to === null ? { kind: 'disk', content: contents } : { kind: 'snapshot', snapshotId: to },
      }),
      {
        control,
        onEvent: (event) => {
          if (event.type !== 'differences') return;
          met += event.items.length;
          differences.push(...event.items.slice(0, MAX_KEPT - differences.length));
          if (clock.now() - said < SAY_EVERY_MS) return;
          said = clock.now();
          looking('comparison', met);
        },
      },
    );
    const items = comparedItems(differences, to !== null && output.contentsBy === 'blobs');
    const id = randomBytes(12).toString('hex');
    if (this.#running === control) this.#kept = { id, items, view: null };
    return { comparisonId: id, ...sums(output, items), listed: items.length, beyond: met - differences.length };
  }

  /**
   * One page of the rows of a view.
   * @throws HoldfastError `stopped` where that comparison is not the last one any more
   */
  rows(
    id: string,
    view: RowsView,
    page: { offset: number; limit: number },
  ): { rows: Row[]; total: number; items: number } {
    const kept = this.#keptAs(id);
    const key = JSON.stringify([view.show, view.text, view.grouped, [...view.closed]]);
    if (kept.view?.key !== key) kept.view = { key, rows: rowsOf(kept.items, view) };
    const { rows, items } = kept.view.rows;
    return { rows: rows.slice(page.offset, page.offset + page.limit), total: rows.length, items };
  }

  /**
   * Entry paths to restore, by the side that has them.
   * @param ids of some items; null: all that the view shows
   * @throws HoldfastError `stopped`, `bad-input`
   */
  toRestore(
    id: string,
    view: { show: readonly ChangeKind[]; text: string },
    ids: readonly string[] | null,
  ): { from: string[]; to: string[] } {
    const { items } = this.#keptAs(id);
    for (const entry of ids ?? []) parseEntryPath(entry);
    const wanted = ids === null ? null : new Set(ids);
    const chosen = wanted === null ? itemsIn(items, view) : items.filter(({ entry }) => wanted.has(entry));
    return idsToRestore(chosen);
  }

  #keptAs(id: string): Kept {
    if (this.#kept?.id === id) return this.#kept;
    throw new HoldfastError('stopped', 'This comparison is not kept any more.', 'Compare again. Nothing was changed.', {
      severity: 'notice',
    });
  }
}

/** What the engine counted, with what was moved taken out of what came and what went. */
function sums(
  output: DiffOutput,
  items: readonly ComparedItem[],
): Omit<Comparison, 'comparisonId' | 'listed' | 'beyond'> {
  const moved = { files: 0, bytes: 0 };
  for (const item of items) {
    if (item.change !== 'moved') continue;
    moved.files++;
    moved.bytes += item.size;
  }
  const less = ({ files, folders, bytes }: Tally): Tally => ({
    files: files - moved.files,
    folders,
    bytes: bytes - moved.bytes,
  });
  const { files, others, bytesBefore, bytesAfter } = output.changed;
  return {
    added: less(output.added),
    removed: less(output.removed),
    changed: { files: files + others + output.kinds, bytesBefore, bytesAfter },
    moved,
    about: output.metadata,
    unread: output.unread.length,
  };
}
