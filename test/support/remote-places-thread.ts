/**
 * Entry of the thread behind `remote-places.ts`: serves one kind of storage, or stands before its real server, and lets
 * one chosen request fail. Verbs block the thread of their test, so none of this can run there.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { segmentsOf } from '../../main/destinations/layout.ts';
import { CuttingProxy, type Cut } from './cutting-proxy.ts';
import { ApiError } from './fake-google/replies.ts';
import { FakeGoogle } from './fake-google/fake-google.ts';
import { FOLDER } from './fake-google/store.ts';
import { AMAZON } from './fake-s3/operations.ts';
import { S3Error } from './fake-s3/errors.ts';
import { FakeS3, INTERNAL, SLOW_DOWN, type Fault } from './fake-s3/server.ts';
import type { Asked, Counted, ServedKind, Started, Trouble } from './remote-places.ts';
import { SftpLine } from './remote-sftp-line.ts';

interface Served {
  started: Started;
  /** Remembers what is stored; the function puts it back. Only of storage that lives in this thread. */
  keep?: () => () => void;
  /** Every stored object by its logical name, and names that are there more than once. */
  objects?: () => { objects: Map<string, Buffer>; doubled: string[] };
  stop: () => Promise<void>;
}

const ACCOUNT = 'anna@example.com';

const port = parentPort;
if (port === null) throw new Error('runs in a worker thread only');
let plan: { trouble: Trouble; at: number } | null = null;
let counted = nothingYet();
let putBack: () => void = () => undefined;

function nothingYet(): Counted {
  return { requests: 0, asked: [], troubled: '', doubled: [] };
}

/** Called once for each request, in the order of arrival. */
function next(request: string): Trouble | null {
  counted.requests += 1;
  counted.asked.push(request);
  if (plan === null || counted.requests !== plan.at) return null;
  counted.troubled = request;
  return plan.trouble;
}

async function serve({ kind, target }: ServedKind): Promise<Served> {
  if (kind === 's3') return await serveS3();
  if (kind === 'google-drive') return await serveDrive();
  if (kind === 'webdav') return await passDav(target);
  const line = await SftpLine.start(next);
  return { started: { port: line.port }, stop: async () => await line.stop() };
}

async function serveS3(): Promise<Served> {
  const server = await FakeS3.start(AMAZON);
  const faults: Record<Exclude<Trouble, 'short'>, Fault> = {
    denied: { before: new S3Error(403, 'AccessDenied', 'Access Denied') },
    before: { before: SLOW_DOWN },
    after: { after: INTERNAL },
    lost: 'lost',
    stall: 'stall',
  };
  server.rule = ({ operation, key, headers }) => {
    const trouble = next(`${operation} ${key}`);
    if (trouble !== 'short') return trouble === null ? null : faults[trouble];
    return Number(headers['content-length'] ?? 0) > 1 ? 'cut' : 'short';
  };
  return {
    started: { endpoint: server.endpoint, region: server.region, bucket: server.bucket, keys: server.keys },
    keep: () => server.store.keep(),
    objects: () => ({
      objects: new Map(server.store.keys().map((key) => [key, server.store.find(key)?.bytes ?? Buffer.alloc(0)])),
      doubled: [],
    }),
    stop: async () => await server.stop(),
  };
}

async function serveDrive(): Promise<Served> {
  const google = await FakeGoogle.start();
  const drive = google.addAccount(ACCOUNT, 1e9);
  const denied = new ApiError(403, 'insufficientFilePermissions', 'The user does not have sufficient permissions.');
  google.fault = ({ where }) => {
    const trouble = next(where);
    return trouble === 'denied' ? denied : trouble;
  };
  return {
    started: { origin: google.origin, account: ACCOUNT, credentials: google.signedIn(ACCOUNT) },
    keep: () => drive.keep(),
    objects: () => {
      const objects = new Map<string, Buffer>();
      const doubled: string[] = [];
      // The backup's own folder lies in the account's root, which is no file.
      const nameOf = (file: { name: string; parents: string[] }): string => {
        const parent = drive.files.get(file.parents[0] ?? '');
        return parent === undefined ? '' : path.posix.join(nameOf(parent), file.name);
      };
      const folders = new Set<string>();
      for (const file of drive.files.values()) {
        if (drive.isTrashed(file)) continue;
        const name = nameOf(file);
        if (name === '') continue;
        if (objects.has(name) || folders.has(name)) doubled.push(name);
        if (file.mimeType === FOLDER) folders.add(name);
        else objects.set(name, file.content ?? Buffer.alloc(0));
      }
      return { objects, doubled };
    },
    stop: async () => await google.close(),
  };
}

async function passDav(target: string): Promise<Served> {
  const proxy = await CuttingProxy.before(target);
  const cuts: Record<Exclude<Trouble, 'short'>, Cut> = {
    denied: 403,
    before: 503,
    after: 'after',
    lost: 'lost',
    stall: 'stall',
  };
  proxy.rule = ({ method, url }) => {
    const trouble = next(`${method} ${url}`);
    if (trouble !== 'short') return trouble === null ? null : cuts[trouble];
    return method === 'PUT' ? 'cut' : 'short';
  };
  return { started: { url: proxy.url }, stop: async () => await proxy.stop() };
}

const served = await serve(workerData as ServedKind);

port.on('message', (asked: Asked) => {
  if (asked.type === 'fail') {
    plan = asked.plan;
    port.postMessage(counted);
    counted = nothingYet();
    return;
  }
  if (asked.type === 'keep') putBack = served.keep?.() ?? putBack;
  if (asked.type === 'put-back') putBack();
  if (asked.type === 'write-to') {
    const { objects, doubled } = served.objects?.() ?? { objects: new Map<string, Buffer>(), doubled: [] };
    rmSync(asked.folder, { recursive: true, force: true });
    mkdirSync(path.join(asked.folder, 'tmp'), { recursive: true });
    for (const [name, bytes] of objects) {
      const file = path.join(asked.folder, ...segmentsOf(name));
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, bytes);
    }
    counted.doubled = doubled;
  }
  if (asked.type === 'stop') void served.stop().then(() => port.close());
  port.postMessage(counted);
});
port.postMessage(served.started);
