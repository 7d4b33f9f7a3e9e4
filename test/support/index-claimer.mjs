/**
 * A thread that claims ids in a shared index, for test/unit/engine-index.test.ts. Runs from source: it is bundled by
 * the test, because worker threads of Node 20 take no TypeScript.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { IdWords, SharedIndex } from '../../main/engine/repository/shared-index.ts';

const { memory, ids, first, thread, gate } = workerData;
const index = SharedIndex.attach(memory);
const words = new IdWords();
const count = ids.length / 16;
const claimed = [];

// All threads start at once.
const start = new Int32Array(gate);
parentPort.postMessage('ready');
Atomics.wait(start, 0, 0);

for (let n = 0; n < count; n++) {
  const i = (first + n) % count;
  const entry = words.load(ids, i * 16).claimIn(index);
  if (entry >= 0) continue;
  index.publish(~entry, { pack: thread, block: i, offset: i * 7, length: i * 3 });
  claimed.push(i);
}
parentPort.postMessage({ claimed: Int32Array.from(claimed) });
