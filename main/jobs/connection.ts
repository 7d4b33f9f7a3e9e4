/**
 * The repository that is being looked at: the plan's own, or one that the user connected to before this computer was set
 * up (restore on a new machine).
 */
import type { DestinationSpec, RepositoryFacts } from '../engine/api.ts';
import type { ConfigStore } from './config.ts';
import { notSetUp } from './backups.ts';
import type { Engines } from './ports.ts';

export interface Connected {
  destination: DestinationSpec;
  repoId: string;
  createdMs: number;
}

export class Connection {
  readonly #config: ConfigStore;
  readonly #engines: Engines;
  #visiting: Connected | null = null;

  constructor(config: ConfigStore, engines: Engines) {
    this.#config = config;
    this.#engines = engines;
  }

  /**
   * What is known of a place without a key.
   * @throws HoldfastError `not-a-repository`, `repository-damaged`, `newer-format`, `destination-*`
   */
  async inspect(destination: DestinationSpec): Promise<RepositoryFacts> {
    const engine = this.#engines.fresh();
    try {
      return await engine.run('inspect', { destination });
    } finally {
      await engine.end();
    }
  }

  /** Looks at a repository and stays with it until the plan exists or another is visited. */
  async visit(destination: DestinationSpec): Promise<RepositoryFacts> {
    const facts = await this.inspect(destination);
    this.#visiting = { destination, repoId: facts.repoId, createdMs: facts.createdMs };
    return facts;
  }

  leave(): void {
    this.#visiting = null;
  }

  /** Null before anything is set up or connected. */
  current(): Connected | null {
    const plan = this.#config.value.plan;
    if (plan === null) return this.#visiting;
    return {
      destination: { kind: plan.destination.kind, path: plan.destination.path },
      repoId: plan.repoId,
      createdMs: plan.repoCreatedMs,
    };
  }

  /** @throws HoldfastError `bad-input` where there is none */
  require(): Connected {
    const current = this.current();
    if (current === null) throw notSetUp();
    return current;
  }
}
