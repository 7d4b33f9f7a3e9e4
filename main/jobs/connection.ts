/**
 * The repository that is being looked at: the plan's own, or one that the user connected to before this computer was set
 * up (restore on a new machine).
 */
import type { DestinationSpec, RepositoryFacts, VaultLocator } from '../engine/api.ts';
import type { ConfigStore, KnownVault } from './config.ts';
import { notSetUp } from './not-set-up.ts';
import type { Destinations } from './destinations.ts';
import { type BackupPlan, plansOf } from './plans.ts';
import type { Engines } from './ports.ts';

export interface Connected {
  destination: DestinationSpec;
  repoId: string;
  createdMs: number;
  /** The key vault that it names; `embedded` and `seenMs` only where this computer's own plan knows them. */
  vault: (VaultLocator & Partial<Pick<KnownVault, 'embedded' | 'seenMs'>>) | null;
}

export class Connection {
  readonly #config: ConfigStore;
  readonly #engines: Engines;
  readonly #destinations: Pick<Destinations, 'load' | 'reading' | 'spec'>;
  readonly #stateFolder: string | undefined;
  #visiting: Connected | null = null;
  /** Where snapshots and clients lie that the place that is read from does not have, by their ids. */
  readonly #elsewhere = new Map<string, DestinationSpec>();

  /** @param stateFolder the engine's: what is found at a place is compared with what this computer has seen there */
  constructor(
    config: ConfigStore,
    engines: Engines,
    destinations: Pick<Destinations, 'load' | 'reading' | 'spec'>,
    stateFolder?: string,
  ) {
    this.#config = config;
    this.#engines = engines;
    this.#destinations = destinations;
    this.#stateFolder = stateFolder;
  }

  /**
   * What is known of a place without a key.
   * @throws HoldfastError `not-a-repository`, `repository-damaged`, `repository-rolled-back`, `newer-format`, `destination-*`
   */
  async inspect(destination: DestinationSpec): Promise<RepositoryFacts> {
    const engine = this.#engines.fresh();
    try {
      return await engine.run('inspect', { destination, stateFolder: this.#stateFolder });
    } finally {
      await engine.end();
    }
  }

  /** Looks at a repository and stays with it until the plan exists or another is visited. */
  async visit(destination: DestinationSpec): Promise<RepositoryFacts> {
    const facts = await this.inspect(destination);
    const { repoId, createdMs, vault } = facts;
    this.#visiting = { destination, repoId, createdMs, vault };
    return facts;
  }

  leave(): void {
    this.#visiting = null;
  }

  /** A place to read from for each plan, the first plan first. */
  eachPlan(): { plan: BackupPlan; destination: DestinationSpec }[] {
    return plansOf(this.#config.value).map((plan) => ({
      plan,
      destination: this.#destinations.spec(this.#destinations.reading(plan.destinations)),
    }));
  }

  /** Null before anything is set up or connected. Of several destinations, the one that is read from. */
  current(): Connected | null {
    const plan = this.#config.value.plan;
    if (plan === null) return this.#visiting;
    return {
      destination: this.#destinations.spec(this.#destinations.reading()),
      repoId: plan.repoId,
      createdMs: plan.repoCreatedMs,
      vault: plan.vault ?? null,
    };
  }

  /** Client ids of the plans at the place that is read from; the set-up's own, whichever it is, before there are any. */
  clientsHere(): (string | undefined)[] {
    const plans = plansOf(this.#config.value);
    if (plans.length === 0) return [undefined];
    const { id } = this.#destinations.reading();
    return plans
      .filter(({ destinations }) => destinations.some((one) => one.id === id))
      .map(({ clientId }) => clientId);
  }

  /** Plans that do not go to the place that is read from, with a place of theirs. */
  plansElsewhere(): { plan: BackupPlan; destination: DestinationSpec }[] {
    if (this.#config.value.plan === null) return [];
    const { id } = this.#destinations.reading();
    return this.eachPlan().filter(({ plan }) => !plan.destinations.some((one) => one.id === id));
  }

  /** Snapshots and clients of these ids lie there. */
  foundAt(destination: DestinationSpec, ids: readonly string[]): void {
    for (const id of ids) this.#elsewhere.set(id, destination);
  }

  /**
   * Where a snapshot or a client's backups are read, by its id.
   * @throws HoldfastError `bad-input` where there is nothing to read
   */
  at(id: string): DestinationSpec {
    const { destination } = this.require();
    return this.#elsewhere.get(id) ?? destination;
  }

  /** @throws HoldfastError `bad-input` where there is none */
  require(): Connected {
    const current = this.current();
    if (current === null) throw notSetUp();
    return current;
  }
}
