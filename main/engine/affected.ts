/** Collects what a damage affects: every loss is counted, and the first paths are kept. */
import type { AffectedSnapshot } from './api.ts';
import type { StoredSnapshot } from './repository/domain.ts';
import type { Loss } from './tree-check.ts';

/** Paths kept for one damage. */
const MAX_PATHS = 50;

export class Affected {
  readonly #paths = new Set<string>();
  readonly #snapshots = new Map<string, AffectedSnapshot>();

  add({ id, snapshot }: StoredSnapshot, { path, folder }: Loss): void {
    if (this.#paths.size < MAX_PATHS) this.#paths.add(path);
    let count = this.#snapshots.get(id);
    if (count === undefined) {
      count = { id, sequence: snapshot.sequence, endedMs: snapshot.endedMs, files: 0, folders: 0 };
      this.#snapshots.set(id, count);
    }
    if (folder) count.folders++;
    else count.files++;
  }

  /** The same, and gives itself back. */
  with(stored: StoredSnapshot, loss: Loss): this {
    this.add(stored, loss);
    return this;
  }

  get paths(): string[] {
    return [...this.#paths];
  }

  get snapshots(): AffectedSnapshot[] {
    return [...this.#snapshots.values()];
  }

  /** For a `Damage`. */
  facts(): { affects: string[]; snapshots?: AffectedSnapshot[] } {
    const { paths, snapshots } = this;
    return { affects: paths, ...(snapshots.length === 0 ? {} : { snapshots }) };
  }
}
