/** Reads packs whole, in the workers, and says what of them is not as it was written. For verify and repair. */
import type { VerbContext } from './verb-context.ts';
import type { RemotePacks } from './fetch/remote-packs.ts';
import type { BlobIdKey } from './format/blob.ts';
import { Counter, type PackCheckResult } from './pipeline/messages.ts';
import { defaultPoolSize, WorkerPool } from './pipeline/pool.ts';
import type { Ticker } from './progress-ticker.ts';
import type { Domain } from './repository/domain.ts';
import { collectNow } from './repository/native-memory.ts';

/** Each worker takes some 25 MiB; more of them than this wait for the disk. */
const MAX_WORKERS = 4;

export interface CheckPacksOptions {
  domain: Domain;
  /** Ordinals of the packs to read. */
  chosen: readonly number[];
  /** What fetches them; null where they are read in place. */
  source: RemotePacks | null;
  /** Blob-id key of the domain, null where it is not known: then no id is recomputed. */
  blobIdKey: BlobIdKey | null;
  context: VerbContext;
  ticker: Ticker;
  /** For the counters: how many findings there are so far. */
  findings: () => number;
  /** Called for each pack as it was read, awaited before its lane goes on. */
  onChecked: (ordinal: number, result: PackCheckResult) => Promise<void>;
}

/** Errors: stopped, those of `onChecked`, and what keeps the storage from being read at all. */
export async function checkPacks(o: CheckPacksOptions): Promise<void> {
  const { domain, chosen, source, ticker } = o;
  // What the walk over the trees has let go of, before threads take memory of their own.
  collectNow('major');
  const pool = new WorkerPool({
    size: Math.min(MAX_WORKERS, defaultPoolSize()),
    index: domain.index.memory,
    control: o.context.control,
    data: {
      role: 'read',
      packs: domain.packs,
      keys: domain.keys.read,
      blobIdKey: o.blobIdKey,
      suffix: '',
      setOwners: false,
    },
    newLine: source === null ? undefined : () => source.newLine(),
  });
  const totalBytes = chosen.reduce((sum, ordinal) => sum + (domain.packs[ordinal]?.size ?? 0), 0);
  let done = 0;
  ticker.read = () => ({
    files: done,
    totalFiles: chosen.length,
    bytes: pool.total(Counter.bytes),
    totalBytes,
    skipped: o.findings(),
  });
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let ordinal = chosen[next++]; ordinal !== undefined; ordinal = chosen[next++]) {
      const size = domain.packs[ordinal]?.size ?? 0;
      const leave = source?.plan([{ pack: ordinal, offset: 0, length: size }]);
      const result = await pool.run({ type: 'check-pack', ordinal }, 'checked').finally(leave);
      done++;
      await o.onChecked(ordinal, result);
    }
  };
  try {
    // Some more lanes than workers, so that what is fetched is on its way before a worker asks for it.
    const ends = await Promise.allSettled(Array.from({ length: pool.size * 2 }, lane));
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  } finally {
    ticker.end();
    ticker.read = () => ({});
    await pool.end();
  }
}
