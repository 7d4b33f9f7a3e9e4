/** Search by name over all snapshots, for results while somebody types. */
import type { FoundEntry } from '../../engine/api.ts';
import type { LookParts } from './parts.ts';
import { Latest } from './latest.ts';
import { readWithKey } from '../reading.ts';
import type { SnapshotTimes } from './snapshot-times.ts';

export interface SearchRequest {
  text: string;
  kind: 'any' | 'file' | 'folder';
  /** Endings of names, without the dot. */
  endings: string[] | null;
  /** Modified at or after, and before, ms since the epoch. */
  changedAfter: number | null;
  changedBefore: number | null;
  now: 'any' | 'there' | 'gone';
  offset: number;
  limit: number;
}

export interface Found extends FoundEntry {
  /** When the newest and the oldest snapshot that has it were made, ms since the epoch. */
  newestAt: number;
  oldestAt: number;
}

export interface SearchAnswer {
  entries: Found[];
  total: number;
  matched: number;
  gone: number;
  paths: number;
  snapshots: number;
  incomplete: number;
  tookMs: number;
}

/** For so long the storage is not asked again for newer snapshots. */
const FRESH_MS = 60_000;

export class Search {
  readonly #parts: LookParts;
  readonly #times: SnapshotTimes;
  readonly #latest = new Latest();
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: LookParts, times: SnapshotTimes) {
    this.#parts = parts;
    this.#times = times;
  }

  /** The next search asks the storage for newer snapshots; called on lock, when the index in memory goes too. */
  clear(): void {
    this.#lookedAt = Number.NEGATIVE_INFINITY;
    this.#latest.drop();
  }

  /**
   * A page of what fits, best first. The first search reads what is not in the index yet, with progress.
   * @throws HoldfastError `locked`, `stopped` where a newer search came, `destination-*`, `repository-*`
   */
  async search(request: SearchRequest): Promise<SearchAnswer> {
    const { offset, limit, ...question } = request;
    return await this.#latest.run(
      JSON.stringify(question),
      async () => await this.#find({ ...question, offset, limit }),
    );
  }

  async #find(request: SearchRequest): Promise<SearchAnswer> {
    const { connection, clock, stateFolder, looking } = this.#parts;
    const { destination } = connection.require();
    const asked = clock.now();
    const look = asked - this.#lookedAt > FRESH_MS;
    const begun = performance.now();
    const output = await readWithKey(
      this.#parts,
      'find',
      (access) => ({
        destination,
        access,
        stateFolder,
        look,
        query: request.text,
        kinds: request.kind === 'any' ? undefined : [request.kind],
        endings: request.endings ?? undefined,
        changedAfterMs: request.changedAfter ?? undefined,
        changedBeforeMs: request.changedBefore ?? undefined,
        now: request.now === 'any' ? undefined : request.now,
        offset: request.offset,
        limit: request.limit,
      }),
      {
        onEvent: (event) => {
          if (event.type === 'progress') looking('search', event.files);
        },
      },
    );
    const tookMs = performance.now() - begun;
    if (look) this.#lookedAt = asked;
    const times = await this.#times.of(
      output.entries.flatMap(({ newestSnapshotId, oldestSnapshotId }) => [newestSnapshotId, oldestSnapshotId]),
    );
    const { total, matched, gone, paths, snapshots, incomplete } = output;
    return {
      entries: output.entries.map((entry) => ({
        ...entry,
        newestAt: times.get(entry.newestSnapshotId) ?? 0,
        oldestAt: times.get(entry.oldestSnapshotId) ?? 0,
      })),
      total,
      matched,
      gone,
      paths,
      snapshots,
      incomplete: incomplete.length,
      tookMs,
    };
  }
}
