/** The etcd member of one vault site: a process that tests kill, pause, put back to an older copy and join anew. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { SitePlace } from './three-sites-network.ts';

/** ms between heartbeats, and without one before an election. */
const HEARTBEAT_MS = 50;
const ELECTION_MS = 500;
/** Lines that are kept to say why a member ended. */
const LAST_LINES = 40;

/** A test run that ends early leaves no process behind. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
export function endWithTests(child: ChildProcess): void {
  running.add(child);
  child.once('exit', () => running.delete(child));
}

export class Member {
  readonly name: string;
  readonly place: SitePlace;
  readonly folder: string;
  #process: ChildProcess | null = null;
  /** Resolves with the last words of the process. */
  #ended: Promise<string> = Promise.resolve('');

  constructor(name: string, place: SitePlace, folder: string) {
    this.name = name;
    this.place = place;
    this.folder = folder;
  }

  get alive(): boolean {
    return this.#process !== null;
  }

  /** The last words of the process, once it has ended by itself or was killed. */
  get ended(): Promise<string> {
    return this.#ended;
  }

  /** Resolves when the member has joined a majority and takes clients. */
  async start(initialCluster: string, state: 'new' | 'existing' = 'new'): Promise<void> {
    const { inside, listenClient, listenPeer, peerUrl } = this.place;
    const flags = {
      name: this.name,
      'data-dir': this.folder,
      'listen-client-urls': listenClient.join(','),
      'advertise-client-urls': listenClient.join(','),
      'listen-peer-urls': listenPeer,
      'initial-advertise-peer-urls': peerUrl,
      'initial-cluster': initialCluster,
      'initial-cluster-state': state,
      // It would ask for five seconds of quiet before a member may be added.
      'strict-reconfig-check': false,
      'heartbeat-interval': HEARTBEAT_MS,
      'election-timeout': ELECTION_MS,
      logger: 'zap',
      'log-outputs': 'stderr',
    };
    // Processes die in these tests, machines do not: what was written stays without fsync.
    const args = [...Object.entries(flags).map(([name, value]) => `--${name}=${value}`), '--unsafe-no-fsync'];
    const [command = 'etcd', ...before] = [...inside, 'etcd'];
    const child = spawn(command, [...before, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    endWithTests(child);
    this.#process = child;
    const last: string[] = [];
    const lines = createInterface({ input: child.stderr! });
    this.#ended = once(child, 'exit').then(() => {
      if (this.#process === child) this.#process = null;
      return last.join('\n');
    });
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      void this.#ended.then((words) => reject(new Error(`etcd ended before it was ready: ${words}`)));
      lines.on('line', (line) => {
        last.push(line);
        if (last.length > LAST_LINES) last.shift();
        if (/serving client traffic/.test(line)) resolve();
      });
    });
  }

  async kill(): Promise<void> {
    this.#process?.kill('SIGKILL');
    await this.#ended;
  }

  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Of a member that is stopped. */
  async copyTo(folder: string): Promise<void> {
    await cp(this.folder, folder, { recursive: true });
  }

  async putBack(copy: string): Promise<void> {
    await rm(this.folder, { recursive: true });
    await cp(copy, this.folder, { recursive: true });
  }

  /** As the admin of the cluster asks it. @throws where it does not answer */
  async ask(path: string, body: object): Promise<Record<string, unknown>> {
    const answer = await fetch(`${this.place.adminUrl}/v3/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(3000),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Record<string, unknown>;
  }

  /** Its id, and whom it takes for the leader (null: nobody), in decimal. */
  async status(): Promise<{ id: string; leader: string | null }> {
    const { leader, header } = await this.ask('maintenance/status', {});
    const { member_id: id } = header as { member_id: string };
    return { id, leader: typeof leader === 'string' && leader !== '0' ? leader : null };
  }

  /** Whether it has heard that another member has come at this peer URL in the place of `id` (decimal). */
  async knowsInPlaceOf(id: string, peerUrl: string): Promise<boolean> {
    const { members } = (await this.ask('cluster/member/list', {})) as {
      members: { ID: string; peerURLs: string[] }[];
    };
    return members.some((member) => member.ID !== id && member.peerURLs.includes(peerUrl));
  }
}
