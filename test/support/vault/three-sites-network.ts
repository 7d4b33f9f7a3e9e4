/**
 * What lies between three vault sites: a line between each two of them, which tests cut and heal while the sites' own
 * users still reach each of them. Real ones in network namespaces where the system permits that, else TCP relays.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';

export const SITE_NAMES = ['amsterdam', 'berlin', 'cracow'] as const;
/** Index of a site: 0, 1 or 2. */
export type SiteIndex = number;
export const PAIRS: readonly (readonly [SiteIndex, SiteIndex])[] = [
  [0, 1],
  [0, 2],
  [1, 2],
];

/** Where one site's etcd member and service are. */
export interface SitePlace {
  /** What the commands of this site begin with. */
  inside: string[];
  /** URLs that the member listens at. */
  listenClient: string[];
  listenPeer: string;
  /** What the other members know it by. */
  peerUrl: string;
  /** Every member's client URL, this site's own first, by the lines that are cut. */
  endpoints: string[];
  /** The member's client URL for the test itself, by no line that is cut. */
  adminUrl: string;
  /** Where the service listens, for users, whom no cut concerns. */
  service: { host: string; port: number };
}

export interface SiteNetwork {
  readonly kind: 'namespaces' | 'relays';
  readonly places: readonly SitePlace[];
  cut(a: SiteIndex, b: SiteIndex): void;
  /** All lines. */
  heal(): void;
  /** Called once when the members run, with etcd's ids of them in hexadecimal. */
  know(memberIds: string[]): void;
  dispose(): Promise<void>;
}

/** Cuts a site off from both others. */
export function isolate(network: SiteNetwork, site: SiteIndex): void {
  for (const [a, b] of PAIRS) if (a === site || b === site) network.cut(a, b);
}

const PEER_PORT = 2380;
const CLIENT_PORT = 2379;
const SERVICE_PORT = 8443;

function ip(args: string[], lines: string[] = []): void {
  execFileSync('ip', [...args, ...(lines.length > 0 ? ['-batch', '-'] : [])], {
    input: lines.join('\n'),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** Null where namespaces with virtual lines can be made, else the reason why not. */
export function whyNoNamespaces(): string | null {
  const name = `hf-${process.pid}-probe`;
  try {
    ip(['netns', 'add', name]);
    try {
      ip(['-n', name, 'link', 'add', 'bridge', 'type', 'bridge']);
      ip(['-n', name, 'link', 'add', 'one', 'type', 'veth', 'peer', 'name', 'other']);
    } finally {
      ip(['netns', 'del', name]);
    }
    return null;
  } catch (error) {
    const said = String((error as { stderr?: unknown }).stderr ?? '').trim();
    return said === '' ? String(error) : said;
  }
}

/** Namespaces of test processes that were killed. */
function sweepNamespaces(): void {
  for (const name of readdirSync('/var/run/netns')) {
    const pid = /^hf-(\d+)-/.exec(name)?.[1];
    if (pid === undefined || Number(pid) === process.pid) continue;
    try {
      process.kill(Number(pid), 0);
    } catch {
      ip(['netns', 'del', name]);
    }
  }
}

/**
 * One namespace for each site, and one for the lines: each is a bridge there with a port to each of its two sites.
 * Taking a port down drops what is sent, without a word to either side. Root only.
 */
export class NamespaceNetwork implements SiteNetwork {
  readonly kind = 'namespaces';
  readonly places: SitePlace[];
  readonly #name: string;

  constructor(number = 0) {
    this.#name = `hf-${process.pid}-${number}`;
    process.once('exit', this.#drop);
    // 198.18.0.0/15 is for tests of networks (RFC 2544): nobody's own addresses are hidden.
    const third = (process.pid + number) % 256;
    const own = (site: SiteIndex): string => `198.19.${third}.${site + 1}`;
    const users = (site: SiteIndex): { here: string; there: string } => ({
      here: `198.18.${third}.${site * 4 + 1}`,
      there: `198.18.${third}.${site * 4 + 2}`,
    });
    ip(['netns', 'add', this.#hub]);
    sweepNamespaces();
    for (const site of SITE_NAMES.keys()) ip(['netns', 'add', this.#space(site)]);
    ip(
      ['-n', this.#hub],
      PAIRS.flatMap(([a, b]) => [
        `link add line${a}${b} type bridge`,
        `link set line${a}${b} up`,
        ...[a, b].flatMap((end) => [
          `link add port${a}${b}${end} type veth peer name to${end === a ? b : a} netns ${this.#space(end)}`,
          `link set port${a}${b}${end} master line${a}${b} up`,
        ]),
      ]),
    );
    for (const site of SITE_NAMES.keys()) {
      const { here, there } = users(site);
      const outside = `hf${process.pid % 1e6}u${number}${site}`;
      ip(['link', 'add', outside, 'type', 'veth', 'peer', 'name', 'users', 'netns', this.#space(site)]);
      ip([], [`addr add ${here}/30 dev ${outside}`, `link set ${outside} up`]);
      const others = [...SITE_NAMES.keys()].filter((other) => other !== site);
      ip(
        ['-n', this.#space(site)],
        [
          'link set lo up',
          `addr add ${own(site)}/32 dev lo`,
          `addr add ${there}/30 dev users`,
          'link set users up',
          ...others.flatMap((other) => [
            `link set to${other} up`,
            `route add ${own(other)}/32 dev to${other} src ${own(site)}`,
          ]),
        ],
      );
    }
    const clientUrl = (host: string): string => `http://${host}:${CLIENT_PORT}`;
    this.places = [...SITE_NAMES.keys()].map((site) => {
      const adminUrl = clientUrl(users(site).there);
      const peerUrl = `http://${own(site)}:${PEER_PORT}`;
      const order = [site, ...[...SITE_NAMES.keys()].filter((other) => other !== site)];
      return {
        inside: ['ip', 'netns', 'exec', this.#space(site)],
        listenClient: [clientUrl(own(site)), adminUrl],
        listenPeer: peerUrl,
        peerUrl,
        endpoints: order.map((other) => clientUrl(own(other))),
        adminUrl,
        service: { host: users(site).there, port: SERVICE_PORT },
      };
    });
  }

  get #hub(): string {
    return `${this.#name}-lines`;
  }

  #space(site: SiteIndex): string {
    return `${this.#name}-${site}`;
  }

  cut(a: SiteIndex, b: SiteIndex): void {
    ip(['-n', this.#hub, 'link', 'set', `port${a}${b}${a}`, 'down']);
  }

  heal(): void {
    ip(
      ['-n', this.#hub],
      PAIRS.map(([a, b]) => `link set port${a}${b}${a} up`),
    );
  }

  know(): void {
    // A real line carries everything or nothing.
  }

  dispose(): Promise<void> {
    process.removeListener('exit', this.#drop);
    this.#drop();
    return Promise.resolve();
  }

  /** The virtual lines go with their namespaces. */
  readonly #drop = (): void => {
    for (const space of [this.#hub, ...[...SITE_NAMES.keys()].map((site) => this.#space(site))]) {
      try {
        ip(['netns', 'del', space]);
      } catch {
        // It was not made.
      }
    }
  };
}
