/**
 * Every kind of storage behind a line, each with a line that fails at a chosen request, for tests of whole verbs: the
 * fakes, and what stands before the real servers, run in a thread of their own, since verbs block theirs.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { makeFolder } from '../../main/destinations/google-drive/folders.ts';
import type { DestinationCredentials, DestinationSpec } from '../../main/destinations/spec.ts';
import type { BackupOutput, RestoreOutput, Verbs } from '../../main/engine/api.ts';
import { apacheMissing, PASSWORD, startApache, USER } from './apache-dav.ts';
import { placeAt } from './destination-sftp.ts';
import { transferThrough } from './remote-sftp-line.ts';
import { sshdMissing, startSshd } from './sshd.ts';

/**
 * `denied`: refused for good, nothing happens. `before`: refused for a moment, nothing happens. `after`: it happens, and
 * the answer says that it failed. `lost`: it happens, and the connection ends before the answer. `short`: half of what
 * is sent, or else of the answer, then the connection ends. `stall`: no answer ever comes.
 */
export const TROUBLES = ['denied', 'before', 'after', 'lost', 'short', 'stall'] as const;
export type Trouble = (typeof TROUBLES)[number];

export interface ServedKind {
  kind: 's3' | 'google-drive' | 'webdav' | 'sftp';
  /** Address of the real server that it stands before, where there is one. */
  target: string;
}

/** What the thread says first; each kind has its own part of it. */
export interface Started {
  endpoint?: string;
  region?: string;
  bucket?: string;
  keys?: { accessKeyId: string; secretAccessKey: string };
  origin?: string;
  account?: string;
  credentials?: DestinationCredentials;
  url?: string;
  port?: number;
}

export interface Counted {
  requests: number;
  /** What each of them asked for, in order: an operation or method, and a key or address. */
  asked: string[];
  /** The request that the trouble has happened to; empty where it came to none. */
  troubled: string;
  /** Names that more than one stored object has. */
  doubled: string[];
}

export type Asked =
  | { type: 'fail'; plan: { trouble: Trouble; at: number } | null }
  | { type: 'keep' }
  | { type: 'put-back' }
  | { type: 'write-to'; folder: string }
  | { type: 'stop' };

/** The thread of `remote-places-thread.ts`. */
class Thread {
  readonly started: Started;
  readonly #worker: Worker;

  private constructor(worker: Worker, started: Started) {
    this.#worker = worker;
    this.started = started;
  }

  static async start(kind: ServedKind, folder: string): Promise<Thread> {
    const outfile = path.join(folder, 'server.mjs');
    await build({
      entryPoints: [fileURLToPath(new URL('remote-places-thread.ts', import.meta.url))],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      logLevel: 'error',
    });
    const worker = new Worker(outfile, { workerData: kind });
    return new Thread(worker, await answerOf<Started>(worker));
  }

  async ask(asked: Asked): Promise<Counted> {
    const answer = answerOf<Counted>(this.#worker);
    this.#worker.postMessage(asked);
    return await answer;
  }

  async stop(): Promise<void> {
    await this.ask({ type: 'stop' });
    await this.#worker.terminate();
  }
}

/** What a thread says next; what it dies of is thrown. */
async function answerOf<T>(worker: Worker): Promise<T> {
  return await new Promise<T>((resolve, reject) => {
    worker.once('message', (answer: T) => {
      worker.off('error', reject);
      resolve(answer);
    });
    worker.once('error', reject);
  });
}

/** What came of a verb in trouble. */
export interface Outcome {
  /** Null where it succeeded. */
  error: unknown;
  /** As much of the verb's output as is looked at. */
  output: Partial<Pick<BackupOutput, 'skipped'> & Pick<RestoreOutput, 'problems'>>;
  /** As in `Counted`. */
  troubled: string;
}

/** A repository behind a line that fails. Everything of it on this computer lies in `folder`. */
export interface RemotePlace {
  readonly folder: string;
  /** What opens it. `scratch` is `folder`/scratch. */
  spec(): DestinationSpec;
  /** From now on the request of this number, from 1, has trouble; none where `plan` is null. Tells what was until now. */
  fail(plan: { trouble: Trouble; at: number } | null): Promise<Counted>;
  /** Remembers what is stored. */
  keep(): Promise<void>;
  /** Puts back what `keep` has remembered. */
  putBack(): Promise<void>;
  /**
   * What is stored, as the folder of a local repository; names that lie there twice beside it. Not to be written to.
   */
  asFolder(): Promise<{ path: string; doubled: string[] }>;
  /** Runs a verb with trouble; where this is missing, the verb runs in the test's own process behind `fail`. */
  run?<V extends 'backup' | 'restore'>(
    verb: V,
    input: Verbs[V]['input'],
    plan: { trouble: Trouble; at: number },
  ): Promise<Outcome>;
  stop(): Promise<void>;
}

export interface RemoteKind {
  name: string;
  /** Why it cannot be had here. */
  missing: string | null;
  /** Those that can happen to it; all of them where it is not given. */
  troubles?: readonly Trouble[];
  /** Troubles that mean that the call may be made again. */
  temporary: readonly Trouble[];
  /** After so many ms a silent request is given up. Short: each is waited for. */
  stallMs: number;
  start(): Promise<RemotePlace>;
}

const TEMPORARY = ['before', 'after', 'lost', 'short', 'stall'] as const;

export const REMOTE_KINDS: RemoteKind[] = [
  {
    name: 'S3',
    missing: null,
    temporary: TEMPORARY,
    stallMs: 400,
    start: async () =>
      await inMemory('s3', async ({ endpoint = '', region = '', bucket = '', keys }, scratch) => {
        const at = { endpoint, region, bucket, prefix: '', pathStyle: true, storageClass: null, lock: null };
        const given = { accessKeyId: '', secretAccessKey: '', ...keys };
        return () => ({ kind: 's3', ...at, credentials: { kind: 's3', ...given }, scratch });
      }),
  },
  {
    name: 'Google Drive',
    missing: null,
    temporary: TEMPORARY,
    stallMs: 400,
    start: async () =>
      await inMemory('google-drive', async ({ origin, account = '', credentials }, scratch) => {
        if (credentials?.kind !== 'google-drive') throw new Error('the fake Google has no account');
        // Not by vitest's stubs, which end with each test.
        process.env['HOLDFAST_GOOGLE_ENDPOINT'] = origin;
        const place = await makeFolder(credentials, account, 'Holdfast', null);
        let opened = 0;
        // The rate of writes goes by the account's name: each run has its own, and none waits for those before it.
        return () => ({ ...place, account: `${(opened += 1)}.${account}`, credentials, scratch });
      }),
  },
  {
    name: 'WebDAV',
    missing: apacheMissing(),
    temporary: TEMPORARY,
    stallMs: 400,
    start: startWebDav,
  },
  {
    name: 'SFTP',
    missing: sshdMissing,
    // What OpenSSH answers with its one word for every failure is not known to be over soon.
    temporary: ['lost', 'short', 'stall'],
    stallMs: 600,
    start: startSftp,
  },
];

/** One of the fakes, which keep everything in the memory of their thread. */
async function inMemory(
  kind: 's3' | 'google-drive',
  specOf: (started: Started, scratch: string) => Promise<() => DestinationSpec>,
): Promise<RemotePlace> {
  const folder = newFolder();
  const thread = await Thread.start({ kind, target: '' }, folder);
  const spec = await specOf(thread.started, path.join(folder, 'scratch'));
  return {
    folder,
    spec,
    fail: async (plan) => await thread.ask({ type: 'fail', plan }),
    keep: async () => void (await thread.ask({ type: 'keep' })),
    putBack: async () => void (await thread.ask({ type: 'put-back' })),
    asFolder: async () => {
      const at = path.join(folder, 'as-folder');
      const { doubled } = await thread.ask({ type: 'write-to', folder: at });
      return { path: at, doubled };
    },
    stop: async () => {
      delete process.env['HOLDFAST_GOOGLE_ENDPOINT'];
      await thread.stop();
      remove(folder);
    },
  };
}

async function startWebDav(): Promise<RemotePlace> {
  const folder = newFolder();
  const server = await startApache();
  const parent = await server.makeFolder('verbs');
  const thread = await Thread.start({ kind: 'webdav', target: server.url('') }, folder);
  const url = `${thread.started.url ?? ''}basic/verbs/repository/`;
  const credentials = { kind: 'webdav', password: PASSWORD } as const;
  const scratch = path.join(folder, 'scratch');
  return {
    ...onDisk(thread, parent),
    folder,
    spec: () => ({ kind: 'webdav', url, user: USER, certificate: null, credentials, scratch }),
    stop: async () => {
      await thread.stop();
      await server.stop();
      remove(folder);
    },
  };
}

async function startSftp(): Promise<RemotePlace> {
  const folder = newFolder();
  const thread = await Thread.start({ kind: 'sftp', target: '' }, folder);
  const server = await startSshd({ config: [`ForceCommand ${transferThrough(thread.started.port ?? 0)}`] });
  const place = await placeAt(server, path.join(folder, 'server', 'repository'));
  mkdirSync(path.join(folder, 'server'));
  return {
    ...onDisk(thread, path.join(folder, 'server')),
    folder,
    spec: () => ({ ...place, scratch: path.join(folder, 'scratch') }),
    stop: async () => {
      await thread.stop();
      await server.stop();
      remove(folder);
    },
  };
}

/** A server's folder `parent`/repository. */
function onDisk(thread: Thread, parent: string): Pick<RemotePlace, 'fail' | 'keep' | 'putBack' | 'asFolder'> {
  const repository = path.join(parent, 'repository');
  const kept = path.join(parent, 'kept');
  const copy = (from: string, to: string): void => {
    remove(to);
    // With owners: the server may be somebody else.
    execFileSync('cp', ['-a', from, to]);
  };
  return {
    fail: async (plan) => await thread.ask({ type: 'fail', plan }),
    keep: async () => copy(repository, kept),
    putBack: async () => copy(kept, repository),
    asFolder: async () => ({ path: repository, doubled: [] }),
  };
}

const newFolder = (): string => mkdtempSync(path.join(tmpdir(), 'holdfast-remote-'));
const remove = (folder: string): void => rmSync(folder, { recursive: true, force: true });
