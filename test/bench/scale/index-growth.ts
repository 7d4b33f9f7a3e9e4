/** How the index in memory grows: so many blobs put in, looked up, and looked for in vain, in one thread. */
import { randomFillSync } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { IdWords, SharedIndex } from '../../../main/engine/repository/shared-index.ts';

export interface IndexGrowth {
  entries: number;
  /** Bytes of the index for one entry, free places included. */
  bytesEach: number;
  insertsPerSecond: number;
  hitsPerSecond: number;
  missesPerSecond: number;
}

const ID_BYTES = 16;
/** Ids at a time: they are random, and only as many as fit a cache are held. */
const BATCH = 65_536;

/** @param entries how many blobs */
export function measureIndex(entries: number): IndexGrowth {
  const index = SharedIndex.create(0);
  const words = new IdWords();
  const ids = Buffer.alloc(BATCH * ID_BYTES);
  const kept = Buffer.alloc(BATCH * ID_BYTES);
  let inserting = 0;
  for (let done = 0; done < entries; done += BATCH) {
    randomFillSync(ids);
    if (done === 0) ids.copy(kept);
    const count = Math.min(BATCH, entries - done);
    const started = performance.now();
    for (let i = 0; i < count; i++) {
      const entry = words.load(ids, i * ID_BYTES).claimIn(index);
      if (entry < 0) index.publish(~entry, { pack: i & 0xff, block: 0, offset: 0, length: 1000 });
    }
    inserting += performance.now() - started;
  }
  const looked = Math.min(BATCH, entries);
  const find = (from: Buffer): { ms: number; found: number } => {
    const started = performance.now();
    let found = 0;
    for (let i = 0; i < looked; i++) if (words.load(from, i * ID_BYTES).findIn(index) >= 0) found++;
    return { ms: performance.now() - started, found };
  };
  const hits = find(kept);
  randomFillSync(ids);
  const misses = find(ids);
  if (hits.found !== looked || misses.found !== 0) throw new Error('the index lost a blob, or made one up');
  return {
    entries,
    bytesEach: index.memory.buffer.byteLength / entries,
    insertsPerSecond: (1000 * entries) / inserting,
    hitsPerSecond: (1000 * looked) / hits.ms,
    missesPerSecond: (1000 * looked) / misses.ms,
  };
}
