/** Entry of the thread that fetches packs from storage that is not a folder. */
import { parentPort, workerData } from 'node:worker_threads';
import type { FetcherData } from './messages.ts';
import { Parts } from './parts.ts';
import { serve } from './serve.ts';

const port = parentPort;
if (port === null) throw new Error('worker.ts runs in a worker thread only');
const data = workerData as FetcherData;
// However it ends: readers that wait must not wait for ever.
process.on('exit', () =>
  new Parts(
    data.packs.map(({ size }) => size),
    data.shared,
  ).die(),
);
await serve(port, data);
port.close();
