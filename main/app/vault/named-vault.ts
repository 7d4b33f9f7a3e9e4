/** Which vault the repository and this computer's plan name: both are written here, and compared. */
import { notSetUp } from '../../jobs/not-set-up.ts';
import type { ConfigStore, KnownVault } from '../../jobs/config.ts';
import type { Clock, DestinationSpec, Engines, VaultLocator } from '../../jobs/ports.ts';
import { type RootKey, wipe } from '../../keys/secret.ts';
import { isLoopback } from './place.ts';

export interface NamedVaultParts {
  config: ConfigStore;
  engines: Engines;
  clock: Clock;
  /** The engine's folder: generation and owner of repo.json are remembered there. */
  stateFolder: string;
  changed: () => void;
}

export class NamedVault {
  readonly #parts: NamedVaultParts;
  #renamed: VaultLocator | null | undefined = undefined;

  constructor(parts: NamedVaultParts) {
    this.#parts = parts;
  }

  /** What the plan names; null where it names none. */
  get own(): KnownVault | null {
    return this.#parts.config.value.plan?.vault ?? null;
  }

  /** @throws HoldfastError `bad-input` where the plan names none */
  require(): KnownVault {
    const { own } = this;
    if (own === null) throw notSetUp();
    return own;
  }

  /** What the repository names where it differs from the plan; undefined while it does not. */
  get renamed(): VaultLocator | null | undefined {
    return this.#renamed;
  }

  /** What the repository of a finished set-up names, as this computer will know it. */
  known(vault: VaultLocator | null): KnownVault | null {
    return vault === null ? null : { ...vault, embedded: isLoopback(vault.urls), seenMs: this.#parts.clock.now() };
  }

  /** Compares what the repository names with the plan; storage alone never changes the plan. */
  noticed(vault: VaultLocator | null): void {
    this.#renamed = (vault?.recordId ?? null) === (this.own?.recordId ?? null) ? undefined : vault;
  }

  /** Takes over what the repository names, as the key has proven it. */
  async accept(vault: VaultLocator | null): Promise<void> {
    this.#renamed = undefined;
    if ((vault?.recordId ?? null) !== (this.own?.recordId ?? null)) await this.keep(this.known(vault));
  }

  /** The plan and the repository were made to name the same. */
  agreed(): void {
    this.#renamed = undefined;
  }

  /** Puts the vault into repo.json, or takes it out, then into the plan. @throws HoldfastError of the engine's `setVault` */
  async write(destination: DestinationSpec, rootKey: RootKey, known: KnownVault | null): Promise<void> {
    await this.writeIn(destination, rootKey, known);
    await this.keep(known);
    this.#renamed = undefined;
  }

  /** Into repo.json alone. @throws HoldfastError of the engine's `setVault` */
  async writeIn(destination: DestinationSpec, key: RootKey, known: KnownVault | null): Promise<void> {
    const engine = this.#parts.engines.fresh();
    const rootKey = key.copy();
    const vault =
      known === null
        ? null
        : {
            vaultId: known.vaultId,
            recordId: known.recordId,
            urls: known.urls,
            fingerprint: known.fingerprint,
          };
    try {
      const running = engine.run('setVault', { destination, rootKey, vault, stateFolder: this.#parts.stateFolder });
      wipe(rootKey);
      await running;
    } finally {
      wipe(rootKey);
      await engine.end();
    }
  }

  /** Into the plan alone. @throws HoldfastError `bad-input` before there is a plan */
  async keep(vault: KnownVault | null): Promise<void> {
    const { config } = this.#parts;
    if (config.value.plan === null) throw notSetUp();
    await config.update({ plan: { ...config.value.plan, vault } });
    this.#parts.changed();
  }
}
