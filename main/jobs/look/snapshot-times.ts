/** When snapshots were made, by their ids; asked for again where an id is new. */
import type { SnapshotFacts } from '../../engine/api.ts';

export class SnapshotTimes {
  readonly #read: () => Promise<SnapshotFacts[]>;
  #known = new Map<string, SnapshotFacts>();

  constructor(read: () => Promise<SnapshotFacts[]>) {
    this.#read = read;
  }

  clear(): void {
    this.#known.clear();
  }

  /** ms since the epoch by id; an id that is gone from the storage is not among them. */
  async of(ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
    await this.#know(ids);
    return new Map(
      ids.flatMap((id) => {
        const facts = this.#known.get(id);
        return facts === undefined ? [] : [[id, facts.startedMs] as const];
      }),
    );
  }

  /** Null where there is no such snapshot any more. */
  async facts(id: string): Promise<SnapshotFacts | null> {
    await this.#know([id]);
    return this.#known.get(id) ?? null;
  }

  async #know(ids: readonly string[]): Promise<void> {
    if (ids.every((id) => this.#known.has(id))) return;
    this.#known = new Map((await this.#read()).map((facts) => [facts.id, facts]));
  }
}
