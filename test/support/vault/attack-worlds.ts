/**
 * The two vaults that every attack is made on: one with module and ledger in memory, quick; and one machine as it is run,
 * with a SoftHSM2 token, SQLite and seals. Both are the real service over HTTPS, on a clock that tests turn.
 */
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import type { Hsm } from '../../../vault/hsm/hsm.ts';
import type { Ledger, LogEntry } from '../../../vault/ledger/ledger.ts';
import { fromBase64url } from '../../../vault/protocol/bytes.ts';
import { decodeState, type RecordState } from '../../../vault/record/state.ts';
import type { FaultyHsm } from './hsm-faults.ts';
import { MemoryLedger } from './memory-ledger.ts';
import { SoftSite, startTestService, type TestService } from './service.ts';
import { SoftwareHsm, SoftwareToken } from './software-hsm.ts';
import type { TestClient } from './test-client.ts';

export interface AttackWorld {
  readonly service: TestService;
  readonly hsm: FaultyHsm & Hsm;
  readonly ledger: Ledger;
  /** Another service, with a session of its own in the same module, over the same store. It ends with the world. */
  anotherNode(): Promise<TestService>;
  /** What serves ends and starts again. */
  restart(): Promise<void>;
  pass(ms: number): Promise<void>;
  /** Derives with the OPRF key since the world began, of all its nodes. */
  derives(): number;
  dispose(): Promise<void>;
}

class MemoryWorld implements AttackWorld {
  readonly #token = new SoftwareToken();
  readonly #modules: SoftwareHsm[] = [];
  readonly #nodes: TestService[] = [];
  readonly ledger = new MemoryLedger();
  readonly hsm = this.#module();
  service!: TestService;

  static async make(): Promise<MemoryWorld> {
    const world = new MemoryWorld();
    world.service = await startTestService(world.hsm, world.ledger);
    return world;
  }

  #module(): SoftwareHsm {
    const module = this.#token.open();
    this.#modules.push(module);
    return module;
  }

  async anotherNode(): Promise<TestService> {
    const node = await startTestService(this.#module(), this.ledger);
    this.#nodes.push(node);
    return node;
  }

  async restart(): Promise<void> {
    await this.service.close();
    this.service = await startTestService(this.hsm, this.ledger);
  }

  async pass(ms: number): Promise<void> {
    this.ledger.timeMs += ms;
    this.service.clock.advance(ms);
  }

  derives(): number {
    return this.#modules.reduce((sum, { counts }) => sum + counts.oprfDerives, 0);
  }

  async dispose(): Promise<void> {
    for (const node of [this.service, ...this.#nodes]) await node.close();
  }
}

class SoftWorld implements AttackWorld {
  readonly #site: SoftSite;
  readonly #nodes: { service: TestService; hsm: Hsm }[] = [];
  /** By modules that were closed. */
  #derived = 0;

  private constructor(site: SoftSite) {
    this.#site = site;
  }

  static async make(): Promise<SoftWorld> {
    return new SoftWorld(await SoftSite.make());
  }

  get service(): TestService {
    return this.#site.service;
  }
  get hsm(): FaultyHsm & Hsm {
    return this.#site.hsm;
  }
  get ledger(): Ledger {
    return this.#site.ledger;
  }

  async anotherNode(): Promise<TestService> {
    const hsm = await this.#site.openModule();
    const service = await startTestService(hsm, this.#site.ledger, { clock: this.#site.clock });
    this.#nodes.push({ service, hsm });
    return service;
  }

  async #closeNodes(): Promise<void> {
    for (const { service, hsm } of this.#nodes.splice(0)) {
      await service.close();
      this.#derived += hsm.counts.oprfDerives;
      await hsm.close();
    }
  }

  async restart(): Promise<void> {
    await this.#closeNodes();
    this.#derived += this.hsm.counts.oprfDerives;
    await this.#site.restart();
  }

  pass(ms: number): Promise<void> {
    return this.#site.pass(ms);
  }

  derives(): number {
    const open = [this.hsm, ...this.#nodes.map((node) => node.hsm)];
    return this.#derived + open.reduce((sum, { counts }) => sum + counts.oprfDerives, 0);
  }

  async dispose(): Promise<void> {
    await this.#closeNodes();
    await this.#site.dispose();
  }
}

export const ATTACK_WORLDS: { name: string; make: () => Promise<AttackWorld> }[] = [
  { name: 'a module and a ledger in memory', make: () => MemoryWorld.make() },
  { name: 'SoftHSM2 and SQLite', make: () => SoftWorld.make() },
];

/** What the vault keeps of a client's record. */
export async function stateIn(world: AttackWorld, client: TestClient): Promise<RecordState> {
  const stored = await world.ledger.read(fromBase64url(client.recordId));
  if (stored === null) throw new Error('no record');
  return decodeState(stored.state);
}

/** Entries of the log after `index`, oldest first. */
export async function logAfter(world: AttackWorld, index: number): Promise<LogEntry[]> {
  const { index: last } = await world.ledger.head();
  return last === index ? [] : world.ledger.entries(index + 1, last - index);
}

/** What an attack is made with. `world` is there while a test runs. */
export interface Attack {
  readonly world: AttackWorld;
  /** A client that has registered PASSWORD. */
  registered(maxAttempts?: number): Promise<TestClient>;
}

export const PASSWORD = 'correct horse battery staple';

/** Declares the same tests on each of the two vaults; every fault that a test injects must have happened by its end. */
export function inEachWorld(declare: (attack: Attack) => void): void {
  describe.each(ATTACK_WORLDS)('$name', ({ make }) => {
    let world: AttackWorld;
    beforeAll(async () => {
      world = await make();
    });
    afterAll(() => world?.dispose());
    afterEach(() => {
      world.hsm.onCall = () => {};
      expect(world.hsm.faultsLeft).toBe(0);
    });
    declare({
      get world() {
        return world;
      },
      async registered(maxAttempts = 10) {
        const client = world.service.client();
        await client.register(PASSWORD, { maxAttempts });
        return client;
      },
    });
  });
}
