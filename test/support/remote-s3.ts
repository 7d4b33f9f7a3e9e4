/**
 * Storage behind a line, for tests of whole verbs: the fake S3 server in a thread of its own, since verbs block the
 * thread that they run in. It counts what it is asked for and fails on command.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import type { DestinationSpec } from '../../main/engine/api.ts';

export interface Started {
  endpoint: string;
  region: string;
  bucket: string;
  keys: { accessKeyId: string; secretAccessKey: string };
}

export interface Counted {
  /** By S3's names of the operations. */
  requests: Record<string, number>;
  /** Requests that the trouble has happened to. */
  troubled: number;
  /** Every GetObject, in order; `range` as the header says, empty where all was asked for. */
  ranges: { key: string; range: string }[];
}

/** What happens to requests whose operation and key, with a space between, match. */
export interface Trouble {
  /** Regular expression. */
  matches: string;
  /** So many are let through first. */
  after: number;
  times: number;
  /** `denied` and `error` (for a moment) are answers; the others are those of the fake server. */
  kind: 'denied' | 'error' | 'lost' | 'short' | 'cut' | 'stall';
}

export type Asked =
  | { type: 'trouble'; trouble: Trouble | null }
  | { type: 'reset' }
  | { type: 'count' }
  | { type: 'parts'; count: number }
  | { type: 'take'; key: string }
  | { type: 'put-back'; key: string }
  | { type: 'rot'; key: string }
  | { type: 'stop' };

export class RemoteS3 {
  readonly spec: DestinationSpec;
  readonly #worker: Worker;
  readonly #folder: string;

  private constructor(worker: Worker, started: Started, folder: string) {
    this.#worker = worker;
    this.#folder = folder;
    this.spec = {
      kind: 's3',
      endpoint: started.endpoint,
      region: started.region,
      bucket: started.bucket,
      prefix: '',
      pathStyle: true,
      storageClass: null,
      lock: null,
      credentials: { kind: 's3', ...started.keys },
      scratch: path.join(folder, 'scratch'),
    };
  }

  static async start(): Promise<RemoteS3> {
    const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-s3-'));
    const outfile = path.join(folder, 'server.mjs');
    await build({
      entryPoints: [fileURLToPath(new URL('remote-s3-thread.ts', import.meta.url))],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      logLevel: 'error',
    });
    const worker = new Worker(outfile);
    const started = await answerOf<Started>(worker);
    return new RemoteS3(worker, started, folder);
  }

  /** Where the destination keeps files of this computer. */
  get scratch(): string {
    return path.join(this.#folder, 'scratch');
  }

  async trouble(trouble: Trouble | null): Promise<void> {
    await this.#ask({ type: 'trouble', trouble });
  }

  async reset(): Promise<void> {
    await this.#ask({ type: 'reset' });
  }

  async count(): Promise<Counted> {
    return await this.#ask({ type: 'count' });
  }

  /** Ends at the first request after so many parts of unfinished uploads have arrived. Nothing else may be asked meanwhile. */
  async partsArrived(count: number): Promise<void> {
    await this.#ask({ type: 'parts', count });
  }

  /** Takes an object away, to be put back. */
  async take(key: string): Promise<void> {
    await this.#ask({ type: 'take', key });
  }

  async putBack(key: string): Promise<void> {
    await this.#ask({ type: 'put-back', key });
  }

  /** Turns one bit of an object over. */
  async rot(key: string): Promise<void> {
    await this.#ask({ type: 'rot', key });
  }

  async stop(): Promise<void> {
    await this.#ask({ type: 'stop' });
    await this.#worker.terminate();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #ask(asked: Asked): Promise<Counted> {
    const answer = answerOf<Counted>(this.#worker);
    this.#worker.postMessage(asked);
    return await answer;
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
