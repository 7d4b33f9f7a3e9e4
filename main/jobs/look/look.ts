/** Looks across snapshots: search, versions, comparisons, sizes of folders. All of it needs the key. */
import type { SizesOutput, SnapshotFacts } from '../../engine/api.ts';
import { RunControl } from '../../engine/control.ts';
import { entryName, parseEntryPath } from '../entry-path.ts';
import { readWithKey } from '../reading.ts';
import { Comparisons } from './comparisons.ts';
import type { LookParts } from './parts.ts';
import { Search } from './search.ts';
import { SnapshotTimes } from './snapshot-times.ts';
import { Versions } from './versions.ts';

/** Entries of a folder that are told one by one. */
const SIZED = 200;

export interface SizesAnswer extends SizesOutput {
  crumbs: { id: string | null; name: string }[];
}

export class Look {
  readonly search: Search;
  readonly versions: Versions;
  readonly comparisons: Comparisons;
  readonly #parts: LookParts;
  readonly #times: SnapshotTimes;
  #sizing: RunControl | null = null;

  /** @param snapshots the list of them, as Browse reads it */
  constructor(parts: LookParts, snapshots: () => Promise<SnapshotFacts[]>) {
    this.#parts = parts;
    this.#times = new SnapshotTimes(snapshots);
    this.search = new Search(parts, this.#times);
    this.versions = new Versions(parts, this.#times);
    this.comparisons = new Comparisons(parts, this.#times);
  }

  /** Forgets what was decrypted; called on lock. */
  clear(): void {
    this.#sizing?.stop();
    this.#times.clear();
    this.search.clear();
    this.comparisons.clear();
  }

  /**
   * Sizes of what lies in a folder, with everything below; a new call ends the one before.
   * @param folder entry path, empty for the top
   * @param before an older snapshot of the same computer, to tell what grew; null for none
   * @throws HoldfastError `locked`, `path-not-found`, `snapshot-not-found`, `bad-input`, `stopped`, `destination-*`
   */
  async sizes(snapshotId: string, folder: string, before: string | null): Promise<SizesAnswer> {
    const names = parseEntryPath(folder);
    this.#sizing?.stop();
    const control = new RunControl();
    this.#sizing = control;
    const destination = this.#parts.connection.at(snapshotId);
    const output = await readWithKey(
      this.#parts,
      'sizes',
      (access) => ({
        destination,
        access,
        snapshotId,
        path: folder,
        before: before ?? undefined,
        order: before === null ? 'size' : 'change',
        limit: SIZED,
      }),
      {
        control,
        onEvent: (event) => {
          if (event.type === 'progress') this.#parts.looking('sizes', event.files);
        },
      },
    );
    return {
      ...output,
      crumbs: [
        { id: null, name: '' },
        ...names.map((name, i) => ({ id: names.slice(0, i + 1).join('/'), name: entryName(name) })),
      ],
    };
  }
}
