/** Entry of the thread that runs the fake S3 server of `remote-s3.ts`: verbs block the thread of their test. */
import { parentPort } from 'node:worker_threads';
import { AMAZON } from './fake-s3/operations.ts';
import { S3Error } from './fake-s3/errors.ts';
import { FakeS3, INTERNAL } from './fake-s3/server.ts';
import type { Asked, Counted, Started, Trouble } from './remote-s3.ts';

const port = parentPort;
if (port === null) throw new Error('runs in a worker thread only');
const server = await FakeS3.start(AMAZON);
let trouble: Trouble | null = null;
let counted = emptyCount();
/** Parts that must have arrived before it is said. */
let awaited = 0;
const taken = new Map<string, Buffer>();

function emptyCount(): Counted {
  return { requests: {}, troubled: 0, ranges: [] };
}

/** One bit of the object is another. */
function rot(key: string): void {
  const bytes = server.store.find(key)?.bytes;
  if (bytes === undefined) throw new Error(`there is no ${key}`);
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
}

function sayIfArrived(): void {
  const arrived = [...server.store.uploads.values()].reduce((sum, upload) => sum + upload.parts.size, 0);
  if (awaited === 0 || arrived < awaited) return;
  awaited = 0;
  port?.postMessage(counted);
}

server.rule = (seen) => {
  sayIfArrived();
  counted.requests[seen.operation] = (counted.requests[seen.operation] ?? 0) + 1;
  const { range } = seen.headers;
  if (seen.operation === 'GetObject') counted.ranges.push({ key: seen.key, range: range ?? '' });
  if (trouble === null || !new RegExp(trouble.matches).test(`${seen.operation} ${seen.key}`)) return null;
  trouble.after -= 1;
  if (trouble.after >= 0) return null;
  if (trouble.times <= 0) return null;
  trouble.times -= 1;
  counted.troubled += 1;
  if (trouble.kind === 'denied') return { before: new S3Error(403, 'AccessDenied', 'Access Denied') };
  return trouble.kind === 'error' ? { before: INTERNAL } : trouble.kind;
};

port.on('message', (asked: Asked) => {
  if (asked.type === 'trouble') trouble = asked.trouble;
  if (asked.type === 'reset') counted = emptyCount();
  if (asked.type === 'take') {
    const bytes = server.store.find(asked.key)?.bytes;
    if (bytes === undefined) throw new Error(`there is no ${asked.key}`);
    taken.set(asked.key, bytes);
    server.store.remove(asked.key, undefined);
  }
  if (asked.type === 'put-back') {
    const object = { sha256: undefined, storageClass: 'STANDARD', lock: null, ifNoneMatch: false };
    server.store.put(asked.key, taken.get(asked.key) ?? Buffer.alloc(0), object);
  }
  if (asked.type === 'rot') rot(asked.key);
  if (asked.type === 'parts') {
    awaited = asked.count;
    return;
  }
  port.postMessage(counted);
  if (asked.type === 'stop') void server.stop().then(() => port.close());
});
port.postMessage({
  endpoint: server.endpoint,
  region: server.region,
  bucket: server.bucket,
  keys: server.keys,
} satisfies Started);
