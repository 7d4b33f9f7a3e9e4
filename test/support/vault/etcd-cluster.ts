/** Real etcd members as processes of this machine, which tests kill, pause and start again. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** ms between heartbeats, and without one before an election: short, so that tests are. */
const HEARTBEAT_MS = 50;
const ELECTION_MS = 500;

/** Ports that were free a moment ago. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** A test run that ends early leaves no member behind. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Files of a cluster that asks its clients for certificates. */
export interface ClusterTls {
  ca: string;
  certificate: string;
  key: string;
}

class Member {
  readonly tls: ClusterTls | null;
  readonly name: string;
  readonly clientPort: number;
  readonly peerPort: number;
  readonly folder: string;
  #process: ChildProcess | null = null;

  constructor(name: string, clientPort: number, peerPort: number, folder: string, tls: ClusterTls | null) {
    this.tls = tls;
    this.name = name;
    this.clientPort = clientPort;
    this.peerPort = peerPort;
    this.folder = folder;
  }

  get endpoint(): string {
    return `${this.tls === null ? 'http' : 'https'}://127.0.0.1:${this.clientPort}`;
  }

  /** Resolves when the member has joined and takes clients. */
  async start(initialCluster: string): Promise<void> {
    const peer = `http://127.0.0.1:${this.peerPort}`;
    const flags = {
      name: this.name,
      'data-dir': this.folder,
      'listen-client-urls': this.endpoint,
      'advertise-client-urls': this.endpoint,
      'listen-peer-urls': peer,
      'initial-advertise-peer-urls': peer,
      'initial-cluster': initialCluster,
      'heartbeat-interval': HEARTBEAT_MS,
      'election-timeout': ELECTION_MS,
      logger: 'zap',
      'log-outputs': 'stderr',
      ...(this.tls === null
        ? {}
        : {
            'cert-file': this.tls.certificate,
            'key-file': this.tls.key,
            'trusted-ca-file': this.tls.ca,
            'client-cert-auth': 'true',
          }),
    };
    const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
    const child = spawn('etcd', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#process = child;
    running.add(child);
    child.once('exit', () => running.delete(child));
    const lines = createInterface({ input: child.stderr! });
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`etcd ended with ${code} before it was ready`)));
      lines.on('line', (line) => {
        if (/serving client traffic/.test(line)) resolve();
      });
    });
  }

  async kill(): Promise<void> {
    const child = this.#process;
    if (child === null) return;
    this.#process = null;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#process?.kill(name);
  }
}

export class EtcdCluster {
  readonly #members: Member[];
  readonly #folder: string;
  readonly #initial: string;

  private constructor(members: Member[], folder: string) {
    this.#members = members;
    this.#folder = folder;
    this.#initial = members.map((member) => `${member.name}=http://127.0.0.1:${member.peerPort}`).join(',');
  }

  /** Resolves when all members serve. */
  static async start(size: 1 | 3, tls: ClusterTls | null = null): Promise<EtcdCluster> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'holdfast-etcd-'));
    const ports = await freePorts(size * 2);
    const members = Array.from(
      { length: size },
      (_, i) => new Member(`m${i}`, ports[i * 2]!, ports[i * 2 + 1]!, path.join(folder, `m${i}`), tls),
    );
    const cluster = new EtcdCluster(members, folder);
    try {
      await Promise.all(members.map((member) => member.start(cluster.#initial)));
    } catch (error) {
      await cluster.dispose();
      throw error;
    }
    return cluster;
  }

  get endpoints(): string[] {
    return this.#members.map((member) => member.endpoint);
  }

  /** The member's data folder. */
  folderOf(index: number): string {
    return this.#at(index).folder;
  }

  #at(index: number): Member {
    const member = this.#members[index];
    if (member === undefined) throw new RangeError(`there is no member ${index}`);
    return member;
  }

  kill(index: number): Promise<void> {
    return this.#at(index).kill();
  }

  /** Starts a killed member again on its own folder. */
  restart(index: number): Promise<void> {
    return this.#at(index).start(this.#initial);
  }

  pause(index: number): void {
    this.#at(index).signal('SIGSTOP');
  }

  resume(index: number): void {
    this.#at(index).signal('SIGCONT');
  }

  /** Index of the member that leads now. */
  async leader(): Promise<number> {
    for (;;) {
      for (const [index, member] of this.#members.entries()) {
        const answer = await fetch(`${member.endpoint}/v3/maintenance/status`, {
          method: 'POST',
          body: '{}',
          signal: AbortSignal.timeout(1000),
        }).catch(() => null);
        if (answer === null || !answer.ok) continue;
        const status = (await answer.json()) as { leader?: string; header: { member_id: string } };
        if (status.leader !== undefined && status.leader === status.header.member_id) return index;
      }
    }
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#members.map((member) => member.kill()));
    await rm(this.#folder, { recursive: true, force: true });
  }
}
