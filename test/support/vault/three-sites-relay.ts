/** Lines between vault sites as TCP relays, where the system permits no network namespaces. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { SITE_NAMES } from './three-sites-network.ts';
import type { SiteIndex, SiteNetwork, SitePlace } from './three-sites-network.ts';

/** Whose connection it is: known from the start for clients, told by the first request of an etcd member. */
type From = SiteIndex | 'member';

interface Piped {
  from: SiteIndex | null;
  to: SiteIndex;
  sockets: [Socket, Socket];
}

const lineOf = (a: SiteIndex, b: SiteIndex): string => `${Math.min(a, b)}${Math.max(a, b)}`;

/** rafthttp names the sender in every request but its probes, whose connections it goes on to use for all others. */
const PROBE = /^GET \/raft\/probing/;
const SENDER = /^X-Server-From: ([0-9a-f]+)\r$/im;

export class RelayNetwork implements SiteNetwork {
  readonly kind = 'relays';
  places: SitePlace[] = [];
  readonly #servers: Server[] = [];
  readonly #open = new Set<Piped>();
  readonly #cut = new Set<string>();
  #memberIds: string[] = [];

  static async make(): Promise<RelayNetwork> {
    const network = new RelayNetwork();
    const sites = [...SITE_NAMES.keys()];
    const ports = await freePorts(sites.length * 3);
    const port = (site: SiteIndex, what: 0 | 1 | 2): number => ports[site * 3 + what] ?? 0;
    for (const site of sites) {
      const endpoints = [`http://127.0.0.1:${port(site, 0)}`];
      for (const other of sites) {
        if (other !== site) endpoints.push(await network.#listen(site, other, port(other, 0)));
      }
      network.places.push({
        inside: [],
        listenClient: [`http://127.0.0.1:${port(site, 0)}`],
        listenPeer: `http://127.0.0.1:${port(site, 1)}`,
        peerUrl: await network.#listen('member', site, port(site, 1)),
        endpoints,
        adminUrl: `http://127.0.0.1:${port(site, 0)}`,
        service: { host: '127.0.0.1', port: port(site, 2) },
      });
    }
    return network;
  }

  cut(a: SiteIndex, b: SiteIndex): void {
    this.#cut.add(lineOf(a, b));
    for (const piped of this.#open) if (this.#isCut(piped)) this.#drop(piped);
  }

  heal(): void {
    this.#cut.clear();
  }

  know(memberIds: string[]): void {
    this.#memberIds = memberIds;
    // Connections of before are nobody's; the members make new ones.
    for (const piped of this.#open) if (piped.from === null) this.#drop(piped);
  }

  async dispose(): Promise<void> {
    for (const piped of this.#open) this.#drop(piped);
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  #isCut({ from, to }: Pick<Piped, 'from' | 'to'>): boolean {
    return from !== null && from !== to && this.#cut.has(lineOf(from, to));
  }

  #drop(piped: Piped): void {
    this.#open.delete(piped);
    for (const socket of piped.sockets) socket.destroy();
  }

  /** @returns URL */
  async #listen(from: From, to: SiteIndex, port: number): Promise<string> {
    const server = createServer((incoming) => this.#relay(incoming, from, to, port));
    this.#servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  #relay(incoming: Socket, from: From, to: SiteIndex, port: number): void {
    const outgoing = connect(port, '127.0.0.1');
    const piped: Piped = { from: from === 'member' ? null : from, to, sockets: [incoming, outgoing] };
    this.#open.add(piped);
    for (const socket of piped.sockets) {
      socket.setNoDelay(true);
      socket.on('error', () => this.#drop(piped));
      socket.on('close', () => this.#drop(piped));
    }
    if (this.#isCut(piped)) return this.#drop(piped);
    if (from !== 'member') incoming.pipe(outgoing);
    else {
      incoming.once('data', (first: Buffer) => {
        const head = first.toString('latin1');
        if (PROBE.test(head)) return this.#drop(piped);
        const sender = SENDER.exec(head)?.[1];
        const at = sender === undefined ? -1 : this.#memberIds.indexOf(sender);
        piped.from = at < 0 ? null : at;
        if (this.#isCut(piped)) return this.#drop(piped);
        outgoing.write(first);
        incoming.pipe(outgoing);
      });
    }
    outgoing.pipe(incoming);
  }
}

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
