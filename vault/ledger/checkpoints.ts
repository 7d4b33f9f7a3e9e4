/**
 * When this site seals, and whether enough sites have: a new epoch key at the start, after 100 commits or 60 s of
 * change; in between the same seal is written anew every 20 s, so that what sites publish stays fresh.
 */
import type { Hsm } from '../hsm/hsm.ts';
import { equal } from '../protocol/bytes.ts';
import type { Entry, Store } from '../store/store.ts';
import type { Chain } from './chain.ts';
import type { LedgerClock, ServiceClock } from './clock.ts';
import { notReady } from './errors.ts';
import { Lane } from './lane.ts';
import type { Sealer } from './seal.ts';
import { publishSeal, readSeal } from './site-seals.ts';
import { majorityOf } from './sites.ts';
import type { Site } from './sites.ts';

/** Commits, and ms, after which the epoch key is made anew. */
export const CHECKPOINT_COMMITS = 100;
export const CHECKPOINT_MS = 60_000;
/** ms between the looks of a site at the store; its seal is written anew each time. */
export const TICK_MS = 20_000;
/** A seal older than this does not count. */
export const SEAL_AGE_MS = 60_000;

export interface CheckpointParts {
  store: Store;
  hsm: Hsm;
  sealer: Sealer;
  chain: Chain;
  time: ServiceClock;
  clock: LedgerClock;
  site: string;
  sites: readonly Site[];
}

export class Checkpoints {
  readonly #parts: CheckpointParts;
  readonly #lane = new Lane();
  /** Service time when this site started: what others published before it may be of a store that was put back. */
  #startedAt = 0;
  /** Of the last seal: service time; of the last epoch key: index and service time. Null before the first. */
  #sealed: { at: number } | null = null;
  #epoch: { index: number; at: number } | null = null;

  constructor(parts: CheckpointParts) {
    this.#parts = parts;
  }

  /** The first seal of this run, before the first answer. */
  async begin(): Promise<void> {
    this.#startedAt = this.#parts.time.now();
    await this.seal(true);
  }

  /** @param fresh with a new epoch key */
  seal(fresh: boolean): Promise<void> {
    return this.#lane.run(() => this.#seal(fresh));
  }

  /** Called before each answer: the hundredth commit waits for its checkpoint. */
  async afterCommit(): Promise<void> {
    const due = (): boolean => this.#parts.chain.position.index - (this.#epoch?.index ?? 0) >= CHECKPOINT_COMMITS;
    if (due()) await this.#lane.run(async () => (due() ? await this.#seal(true) : undefined));
  }

  /** Every TICK_MS. */
  async tick(): Promise<void> {
    const { chain, time } = this.#parts;
    const moved = this.#epoch === null || chain.position.index > this.#epoch.index;
    await this.seal(moved && time.now() - (this.#epoch?.at ?? 0) >= CHECKPOINT_MS);
  }

  /**
   * @param published entries of the sites' seals, in the order of the sites
   * @throws LedgerError `not-ready` unless a majority of sites, this one among them, has sealed this log lately
   */
  async check(published: (Entry | null)[]): Promise<void> {
    const { sites, site, store, chain, time } = this.#parts;
    const due = (): boolean => this.#sealed === null || time.now() - this.#sealed.at > SEAL_AGE_MS;
    if (due()) await this.#lane.run(async () => (due() ? await this.#seal(true) : undefined));
    let count = 0;
    for (const [i, { name }] of sites.entries()) {
      if (name === site) {
        count++;
        continue;
      }
      const seal = readSeal(store.clusterId, sites, name, published[i] ?? null);
      if (seal === null || seal.at <= this.#startedAt || time.now() - seal.at > SEAL_AGE_MS) continue;
      const hash = chain.hashAt(seal.index);
      if (hash !== null && equal(hash, seal.hash)) count++;
    }
    const needed = majorityOf(sites.length);
    if (count >= needed) return;
    throw notReady(
      `${count} of ${sites.length} sites have sealed the log within ${SEAL_AGE_MS / 1000} s; ${needed} must`,
    );
  }

  async #seal(fresh: boolean): Promise<void> {
    const { store, hsm, sealer, chain, time, clock, site } = this.#parts;
    const { index, hash } = chain.position;
    const at = time.now();
    await sealer.write({ index, hash, at, wall: Math.max(0, Math.floor(clock.now())) }, fresh);
    if (fresh || this.#epoch === null) this.#epoch = { index, at };
    await publishSeal(store, hsm, site, { index, hash, at });
    this.#sealed = { at };
  }
}
