/**
 * The repository that is being looked at: the plan's own, or one that the user connected to before this computer was set
 * up (restore on a new machine).
 */
import type { DestinationSpec, RepositoryFacts, VaultLocator } from '../engine/api.ts';
import type { ConfigStore, KnownVault } from './config.ts';
import { notSetUp } from './not-set-up.ts';
import type { Destinations } from './destinations.ts';
import { type BackupPlan, planOf, plansOf } from './plans.ts';
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
  /** Id of the plan whose places are read from; null for the place that serves most plans. */
  #readFrom: string | null = null;

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

  /**
   * Looks into the backups of one plan, where it goes to other places than the rest; null for what serves most of them.
   * @throws HoldfastError `bad-input` for an unknown plan
   */
  readFrom(planId: string | null): void {
    if (planId !== null) planOf(this.#config.value, planId);
    this.#readFrom = planId;
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
      destination: this.#destinations.spec(this.#destinations.reading(this.#readable())),
      repoId: plan.repoId,
      createdMs: plan.repoCreatedMs,
      vault: plan.vault ?? null,
    };
  }

  /** Client ids of the plans at the place that is read from; the set-up's own, whichever it is, before there are any. */
  clientsHere(): (string | undefined)[] {
    const plans = plansOf(this.#config.value);
    if (plans.length === 0) return [undefined];
    const { id } = this.#destinations.reading(this.#readable());
    return plans
      .filter(({ destinations }) => destinations.some((one) => one.id === id))
      .map(({ clientId }) => clientId);
  }

  /** Undefined for any place. */
  #readable(): BackupPlan['destinations'] | undefined {
    return plansOf(this.#config.value).find(({ id }) => id === this.#readFrom)?.destinations;
  }

  /** @throws HoldfastError `bad-input` where there is none */
  require(): Connected {
    const current = this.current();
    if (current === null) throw notSetUp();
    return current;
  }
}
