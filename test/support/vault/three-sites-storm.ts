/** Many guessers at three sites at once, while something happens to the sites; all that they see is kept. */
import { performance } from 'node:perf_hooks';
import { verifyFacts } from '../../../vault/protocol/receipt.ts';
import type { FactsKind } from '../../../vault/protocol/receipt.ts';
import type { Signed } from '../../../vault/protocol/messages.ts';
import { newId, Refused } from './test-client.ts';
import type { Login, TestClient } from './test-client.ts';
import type { Seen } from './three-sites-history.ts';
import { SITE_NAMES } from './three-sites-network.ts';
import type { ThreeSites } from './three-sites.ts';

/** A record that is guessed at; who has the key of its owner. */
export interface Victim {
  recordId: string;
  rootKey: Uint8Array;
}

/** Sites that a guesser brings one login to, while it does not know what became of it. */
const TRIES = 3;

/** What happens in one round, told by the number of answers that the guessers have had in it. */
export interface Round {
  guessers: number;
  /** Done once the first third of the guessers was answered. */
  meanwhile?: () => void | Promise<void>;
  /** Sites that are asked; by default all. */
  sites?: readonly number[];
}

export class Storm {
  readonly history: Seen[] = [];
  readonly world: ThreeSites;
  readonly victims: readonly Victim[];
  readonly #clients = new Map<string, TestClient>();
  #answered = 0;
  #waiting: { count: number; resolve: () => void }[] = [];

  constructor(world: ThreeSites, victims: readonly Victim[]) {
    this.world = world;
    this.victims = victims;
  }

  /** Every guesser makes one try of its own, of which no site gets away with no answer. */
  async round({ guessers, meanwhile = () => {}, sites = [...SITE_NAMES.keys()] }: Round): Promise<void> {
    this.#answered = 0;
    const all = Array.from({ length: guessers }, (_, i) => this.#guesser(i, sites));
    await this.answered(Math.ceil(guessers / 3));
    await meanwhile();
    await Promise.all(all);
  }

  /** Resolves when guessers and onlookers have had so many answers in this round; each of them asks for one or more. */
  answered(count: number): Promise<void> {
    if (this.#answered >= count) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ count, resolve }));
  }

  /** Codes that guessers were refused with or failed by, and how often. */
  get codes(): Record<string, number> {
    const codes: Record<string, number> = {};
    for (const { what } of this.history) if ('code' in what) codes[what.code] = (codes[what.code] ?? 0) + 1;
    return codes;
  }

  /** Numbers that were charged for the record, as far as anybody was told. */
  charged(recordId: string): number[] {
    const numbers = this.history.flatMap(({ recordId: id, what }) =>
      id === recordId && what.kind === 'charged' ? [what.used] : [],
    );
    return [...new Set(numbers)].toSorted((a, b) => a - b);
  }

  async #guesser(number: number, sites: readonly number[]): Promise<void> {
    const victim = this.victims[number % this.victims.length];
    if (victim === undefined) throw new Error('nobody to guess at');
    const first = Math.floor(number / this.victims.length);
    const siteAt = (turn: number): number => sites[(first + turn) % sites.length] ?? 0;
    // The owner looks on, from another site.
    await Promise.all([this.#guess(victim, siteAt, number), this.#status(siteAt(1), victim)]);
  }

  async #guess(victim: Victim, siteAt: (turn: number) => number, number: number): Promise<void> {
    const login = this.#client(siteAt(0), victim).login(`guess ${newId()}`);
    for (let turn = 0; turn < TRIES; turn++) {
      const outcome = await this.#try(siteAt(turn), victim, login);
      if (outcome === 'charged') {
        // Whichever site is asked now must know of it. Every other guesser says that it has failed, as the app does.
        await Promise.all([
          this.#status(siteAt(turn + 1), victim),
          this.#status(siteAt(turn + 2), victim),
          ...(number % 2 === 0 ? [this.#giveUp(siteAt(turn), victim, login)] : []),
        ]);
      }
      if (outcome !== 'unknown') return;
    }
  }

  #client(site: number, victim: Victim): TestClient {
    const key = `${site} ${victim.recordId}`;
    const client = this.#clients.get(key) ?? this.world.client(site, victim);
    this.#clients.set(key, client);
    return client;
  }

  #note(seen: Omit<Seen, 'end'>): void {
    this.history.push({ ...seen, end: performance.now() });
    this.#answered++;
    for (const { count, resolve } of this.#waiting) if (this.#answered >= count) resolve();
    this.#waiting = this.#waiting.filter(({ count }) => this.#answered < count);
  }

  async #try(site: number, victim: Victim, login: Login): Promise<'charged' | 'refused' | 'unknown'> {
    const client = this.#client(site, victim);
    const place = { start: performance.now(), site, recordId: victim.recordId };
    const { loginId } = login;
    try {
      const { used, logIndex } = await client.facts(await client.start(login));
      this.#note({ ...place, what: { kind: 'charged', loginId, used, logIndex } });
      return 'charged';
    } catch (error) {
      if (error instanceof Refused && error.facts !== null) {
        const { code, used, logIndex } = error.facts;
        this.#note({ ...place, what: { kind: 'refused', loginId, code, used, logIndex } });
        return 'refused';
      }
      const code = failure(error);
      this.#note({ ...place, what: { kind: 'failed', loginId, code } });
      return code === 'destroyed' ? 'refused' : 'unknown';
    }
  }

  #status(site: number, victim: Victim): Promise<void> {
    return this.#ask(site, victim, async (client) => {
      const { receipt } = await client.byOwner('status', {});
      const { used, logIndex } = await facts(client, 'status-facts', receipt);
      return { kind: 'status', used, logIndex };
    });
  }

  #giveUp(site: number, victim: Victim, login: Login): Promise<void> {
    return this.#ask(site, victim, async (client) => {
      const { receipt } = await client.giveUp(login);
      const { logIndex, head } = await facts(client, 'receipt', receipt);
      return { kind: 'receipt', logIndex, head: Buffer.from(head).toString('hex') };
    });
  }

  async #ask(site: number, victim: Victim, work: (client: TestClient) => Promise<Seen['what']>): Promise<void> {
    const place = { start: performance.now(), site, recordId: victim.recordId };
    const what = await work(this.#client(site, victim)).catch(
      (error: unknown) => ({ kind: 'failed', loginId: null, code: failure(error) }) as const,
    );
    this.#note({ ...place, what });
  }
}

async function facts<K extends FactsKind>(client: TestClient, kind: K, signed: Signed) {
  return verifyFacts(kind, signed, (await client.bundle()).receiptKey);
}

/** What vaults refuse, and what lines do; anything else is a fault of the test or of the vault. */
function failure(error: unknown): string {
  if (error instanceof Refused && error.code !== 'internal') return error.code;
  const code = (error as { code?: unknown } | null)?.code;
  if (code === 'ECONNRESET' || code === 'ECONNREFUSED' || code === 'EPIPE') return 'cut';
  throw error;
}
