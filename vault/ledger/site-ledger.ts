/** The ledger of one site, put together. */
import type { Hsm } from '../hsm/hsm.ts';
import { wipe } from '../protocol/bytes.ts';
import type { Store } from '../store/store.ts';
import { Checkpoints, TICK_MS } from './checkpoints.ts';
import { Chain } from './chain.ts';
import { ServiceClock } from './clock.ts';
import type { LedgerClock } from './clock.ts';
import { Commits } from './commits.ts';
import { DataKeys } from './data-keys.ts';
import { asLedgerError, notReady, rolledBack, translated } from './errors.ts';
import { Lane } from './lane.ts';
import type { Change, ChangeResult, Ledger, LogEntry, StoredRecord } from './ledger.ts';
import { LedgerError } from './ledger.ts';
import { HEAD_KEY, LOG_PREFIX, logKey, readChain } from './log.ts';
import { listRecordIds, readRecord } from './records.ts';
import { rotateDataKey } from './rotate.ts';
import type { RotationStep } from './rotate.ts';
import { Sealer } from './seal.ts';
import type { Seal } from './seal.ts';
import { SiteKeys } from './site-keys.ts';
import { readSeal, siteSealKey } from './site-seals.ts';
import type { Site } from './sites.ts';
import { StrictHead } from './strict.ts';

export interface LedgerOptions {
  store: Store;
  hsm: Hsm;
  /** Name of this site, one of `sites`. */
  site: string;
  /** All sites of the vault, this one included. */
  sites: Site[];
  /** This site's seal: a file of its own, neither in the store nor in its backups. */
  sealFile: string;
  /** The head in the token before each answer. Default: with a single site. */
  strict?: boolean;
  clock?: LedgerClock;
  /** Told of each step of a rotation, for tests that kill the process there. */
  onRotation?: (step: RotationStep) => void | Promise<void>;
  /** Told of what the regular work in the background met; it is done again at the next turn. */
  onTrouble?: (error: unknown) => void;
}

export class SiteLedger implements Ledger {
  readonly vaultId: Uint8Array;
  readonly site: string;
  readonly #store: Store;
  readonly #hsm: Hsm;
  readonly #sites: readonly Site[];
  readonly #clock: LedgerClock;
  readonly #time: ServiceClock;
  readonly #keys: DataKeys;
  readonly #chain: Chain;
  readonly #commits: Commits;
  readonly #siteKeys: SiteKeys;
  readonly #sealer: Sealer;
  readonly #strict: StrictHead | null;
  readonly #checkpoints: Checkpoints;
  readonly #keyWork = new Lane();
  readonly #onRotation: (step: RotationStep) => void | Promise<void>;
  readonly #onTrouble: (error: unknown) => void;
  #begun: Promise<void> | null = null;
  /** The first seal of this run is made. */
  #sealing = false;
  /** The store was put back under this site: nothing is answered any more. */
  #fatal: LedgerError | null = null;
  #closed = false;
  #cancelTick: () => void = () => {};
  #working: Promise<void> = Promise.resolve();

  constructor(options: LedgerOptions & { clock: LedgerClock; vaultId: Uint8Array }) {
    const { store, hsm, site, sites, clock, vaultId } = options;
    this.vaultId = vaultId;
    this.site = site;
    this.#store = store;
    this.#hsm = hsm;
    this.#sites = sites;
    this.#clock = clock;
    this.#time = new ServiceClock(clock);
    this.#keys = new DataKeys(store, hsm, site, sites);
    this.#chain = new Chain(store, this.#keys, this.#time);
    this.#siteKeys = new SiteKeys(store, hsm, this.#keys, site, sites);
    this.#sealer = new Sealer(hsm, options.sealFile, { clusterId: store.clusterId, vaultId, site });
    const strict = options.strict ?? sites.length === 1;
    this.#strict = strict ? new StrictHead(hsm, store.clusterId) : null;
    const { chain, time, keys, sealer } = {
      chain: this.#chain,
      time: this.#time,
      keys: this.#keys,
      sealer: this.#sealer,
    };
    this.#checkpoints = new Checkpoints({ store, hsm, sealer, chain, time, clock, site, sites });
    this.#commits = new Commits({ store, chain, keys, time, site, cover: () => this.#cover() });
    this.#onRotation = options.onRotation ?? ((): void => {});
    this.#onTrouble = options.onTrouble ?? ((): void => {});
  }

  /** Checks that the store extends what this site has seen, and seals it. @throws LedgerError */
  async open(): Promise<void> {
    const seal = await this.#sealer.read();
    await this.#keys.reload();
    const token = (await this.#strict?.read()) ?? null;
    const floor = Math.max(seal?.index ?? 0, token?.index ?? 0);
    const from = Math.min(this.#keys.state.before, seal?.index ?? Infinity, token?.index ?? Infinity);
    await this.#chain.load(from, floor);
    this.#checkSeal(seal);
    await this.#strict?.check(this.#chain);
    if (seal !== null) this.#time.advanceTo(seal.at);
    if ((await this.#followTime()) && seal === null) {
      throw rolledBack(
        'this site has sealed before, but neither its seal file nor its module knows of it: set it up anew as a new site',
      );
    }
    await this.#siteKeys.ensurePublished();
    // A site that joins has no data key yet: it begins when another site has wrapped it.
    await this.#begin().catch((error: unknown) => {
      if (this.#sites.length === 1 || this.#keys.has(this.#keys.state.number)) throw error;
    });
    this.#scheduleTick();
  }

  now(): number {
    return this.#time.now();
  }

  read(recordId: Uint8Array): Promise<StoredRecord | null> {
    return this.#answer(async () => {
      const record = await readRecord(this.#store, this.#chain, this.#keys, recordId);
      return record === null ? null : { state: record.state, revision: record.revision };
    });
  }

  commit(change: Change): Promise<ChangeResult> {
    return this.#answer(() => this.#commits.commit(change));
  }

  /** How the log names the state that the record is in; null where there is none. For fsck. */
  commitment(recordId: Uint8Array): Promise<Uint8Array | null> {
    return this.#answer(async () => {
      const record = await readRecord(this.#store, this.#chain, this.#keys, recordId);
      if (record === null) return null;
      wipe(record.salted);
      return record.commitment;
    });
  }

  recordIds(options: { after?: Uint8Array; limit?: number } = {}): Promise<Uint8Array[]> {
    return this.#answer(() => listRecordIds(this.#store, options));
  }

  head(): Promise<{ index: number; hash: Uint8Array }> {
    return this.#answer(async () => {
      await this.#chain.refresh();
      const { index, hash } = this.#chain.position;
      return { index, hash };
    });
  }

  entries(fromIndex: number, limit: number): Promise<LogEntry[]> {
    return this.#answer(async () => {
      const after = logKey(Math.max(1, fromIndex) - 1);
      const stored = await this.#store.range(LOG_PREFIX, { after, limit });
      return readChain(stored, null).lines;
    });
  }

  assertReady(): Promise<void> {
    return this.#answer(async () => {
      const floor = this.#chain.position;
      const [head, ...seals] = await this.#store.getMany([
        HEAD_KEY,
        ...this.#sites.map((site) => siteSealKey(site.name)),
      ]);
      await this.#chain.follow(head ?? null, floor);
      await this.#strict?.check(this.#chain);
      await this.#checkpoints.check(seals);
    });
  }

  rotate(): Promise<void> {
    return this.#answer(() =>
      this.#keyWork.run(() =>
        rotateDataKey({
          store: this.#store,
          hsm: this.#hsm,
          chain: this.#chain,
          commits: this.#commits,
          keys: this.#keys,
          siteKeys: this.#siteKeys,
          site: this.site,
          onStep: this.#onRotation,
        }),
      ),
    );
  }

  checkpoint(): Promise<void> {
    return this.#answer(async () => {
      await this.#chain.refresh();
      await this.#checkpoints.seal(true);
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelTick();
    await this.#commits.close();
    await this.#working;
    // A restart goes on from here; without it, from the last checkpoint.
    if (this.#sealing && this.#fatal === null) await this.#checkpoints.seal(true).catch(this.#onTrouble);
    this.#keys.wipe();
  }

  /** One turn of the regular work. It is called by itself every 20 s; tests call it when they want it. */
  async tick(): Promise<void> {
    await this.#answer(async () => {
      await this.#chain.refresh();
      await this.#followTime();
      await this.#checkpoints.tick();
      await this.#keyWork.run(async () => {
        await this.#siteKeys.serveOthers();
        await this.#siteKeys.renewAfterRotation();
      });
    });
  }

  #scheduleTick(): void {
    if (this.#closed) return;
    this.#cancelTick = this.#clock.after(TICK_MS, () => {
      this.#working = this.tick()
        .catch((error: unknown) => (this.#closed ? undefined : this.#onTrouble(error)))
        .finally(() => this.#scheduleTick());
    });
  }

  /** The log must have what the seal names; Chain.load has seen to its length. */
  #checkSeal(seal: Seal | null): void {
    if (seal === null) return;
    const hash = this.#chain.hashAt(seal.index);
    if (hash !== null && Buffer.from(hash).equals(seal.hash)) return;
    throw new LedgerError(
      'rolled-back',
      `the store's log differs from what this site sealed at entry ${seal.index}: the store was put back to an older copy`,
    );
  }

  /** Service time goes on from the latest that any site has published. @returns whether this site is among them */
  async #followTime(): Promise<boolean> {
    const entries = await this.#store.getMany(this.#sites.map((site) => siteSealKey(site.name)));
    let own = false;
    for (const [i, { name }] of this.#sites.entries()) {
      const published = readSeal(this.#store.clusterId, this.#sites, name, entries[i] ?? null);
      if (published === null) continue;
      if (name === this.site) own = true;
      this.#time.advanceTo(published.at);
    }
    return own;
  }

  /** What must be done before the first answer. */
  #begin(): Promise<void> {
    this.#begun ??= (async (): Promise<void> => {
      if (!this.#keys.has(this.#keys.state.number)) await this.#keys.reload();
      this.#chain.checkLoaded();
      await this.#siteKeys.destroyOld();
      await this.#strict?.cover(() => this.#chain.position);
      await this.#checkpoints.begin();
      this.#sealing = true;
    })().catch((error: unknown) => {
      this.#begun = null;
      throw error;
    });
    return this.#begun;
  }

  async #cover(): Promise<void> {
    await this.#strict?.cover(() => this.#chain.position);
    if (this.#sealing) await this.#checkpoints.afterCommit();
  }

  /** Every method goes through here: nothing is answered by a ledger that is closed, not begun or rolled back. */
  #answer<T>(work: () => Promise<T>): Promise<T> {
    return translated(async () => {
      if (this.#fatal !== null) throw this.#fatal;
      if (this.#closed) throw notReady('the ledger was closed');
      try {
        await this.#begin();
        return await work();
      } catch (error) {
        const known = asLedgerError(error);
        if (known instanceof LedgerError && known.code === 'rolled-back') this.#fatal = known;
        throw known;
      }
    });
  }
}
