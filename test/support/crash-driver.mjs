/**
 * Runs one verb of the built engine in a process of its own, so that a test can kill it: the very thread that the app
 * starts. Input: a file with the v8-serialized `{ verb, input }`. Output: one JSON object a line, as the command line's.
 */
import { readFileSync } from 'node:fs';
import { deserialize } from 'node:v8';
import { Worker } from 'node:worker_threads';

const { verb, input } = deserialize(readFileSync(process.argv[2]));
const engine = new Worker(new URL('../../dist/engine-host.js', import.meta.url));
engine.on('message', (message) => {
  if (message.type === 'event') return console.log(JSON.stringify(message.event));
  if (message.type === 'result') console.log(JSON.stringify({ type: 'result', ...message.output }));
  else {
    console.log(JSON.stringify({ type: 'error', ...message.error }));
    process.exitCode = 1;
  }
  void engine.terminate();
});
engine.postMessage({ id: 1, verb, input, control: new SharedArrayBuffer(4) });
