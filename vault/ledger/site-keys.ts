/**
 * A site's wrap keys: made anew after every rotation, published signed, the old ones destroyed; and data keys wrapped
 * for other sites that have a new one: those that missed rotations, or join.
 */
import type { Hsm } from '../hsm/hsm.ts';
import type { Store } from '../store/store.ts';
import { CURRENT_KEY, wrapPrefix } from './data-keys.ts';
import type { DataKeys } from './data-keys.ts';
import { publishWrapKey, readWrapKey, wrapDataKey, wrapKeyIdOf } from './key-wrap.ts';
import type { WrapKey } from './key-wrap.ts';
import { newOperationId } from './site-seals.ts';
import type { Site } from './sites.ts';

export function siteKey(site: string): string {
  return `site/${site}`;
}

export class SiteKeys {
  readonly #store: Store;
  readonly #hsm: Hsm;
  readonly #keys: DataKeys;
  readonly #site: string;
  readonly #sites: readonly Site[];

  constructor(store: Store, hsm: Hsm, keys: DataKeys, site: string, sites: readonly Site[]) {
    this.#store = store;
    this.#hsm = hsm;
    this.#keys = keys;
    this.#site = site;
    this.#sites = sites;
  }

  /** Sees to it that what this site publishes is a key that its module holds. */
  async ensurePublished(): Promise<void> {
    const entry = await this.#store.get(siteKey(this.#site));
    const published = entry === null ? null : readWrapKey(this.#sites, this.#store.clusterId, this.#site, entry.value);
    const own = await this.#hsm.listWrapKeys();
    if (published !== null && own.some((key) => key.id === published.id)) return;
    const key = await this.#hsm.createWrapKey();
    await this.#store.commit({
      operationId: newOperationId(),
      conditions: [{ key: siteKey(this.#site), revision: entry?.revision ?? 0 }],
      puts: [{ key: siteKey(this.#site), value: await this.publication(key, 0) }],
      deletes: [],
    });
  }

  /** @param number of the data key that it is made for */
  publication(key: WrapKey, number: number): Promise<Uint8Array> {
    return publishWrapKey(this.#hsm, this.#store.clusterId, this.#site, key, number);
  }

  /** The wrap keys that the other sites publish now; without those that publish none. */
  async others(): Promise<{ site: string; key: WrapKey }[]> {
    const others = this.#sites.filter((site) => site.name !== this.#site);
    const entries = await this.#store.getMany(others.map((site) => siteKey(site.name)));
    return others.flatMap(({ name }, i) => {
      const entry = entries[i] ?? null;
      const key = entry === null ? null : readWrapKey(this.#sites, this.#store.clusterId, name, entry.value);
      return key === null ? [] : [{ site: name, key }];
    });
  }

  /** Bytes for the store: data key `number` for `site`. */
  wrap(number: number, dataKey: Uint8Array, site: string, to: WrapKey): Promise<Uint8Array> {
    const place = { clusterId: this.#store.clusterId, number, site };
    return wrapDataKey(this.#hsm, this.#site, place, to, dataKey);
  }

  /** Wraps the data keys to what other sites publish, where what lies there is for another key of theirs. */
  async serveOthers(): Promise<void> {
    const { number, rotating, revision } = this.#keys.state;
    const others = await this.others();
    const numbers = rotating && number > 1 ? [number, number - 1] : [number];
    for (const n of numbers) {
      const places = others.map(({ site }) => wrapPrefix(n) + site);
      const entries = await this.#store.getMany(places);
      for (const [i, { site, key }] of others.entries()) {
        const entry = entries[i] ?? null;
        if (entry !== null && wrapKeyIdOf(entry.value) === key.id) continue;
        const place = wrapPrefix(n) + site;
        await this.#store.commit({
          operationId: newOperationId(),
          conditions: [
            { key: CURRENT_KEY, revision },
            { key: place, revision: entry?.revision ?? 0 },
          ],
          puts: [{ key: place, value: await this.wrap(n, this.#keys.get(n), site, key) }],
          deletes: [],
        });
      }
    }
  }

  /**
   * After a rotation that another site made: a new wrap key of this one, the data key wrapped to it. With the old key
   * goes what retained copies of the store could be opened with.
   */
  async renewAfterRotation(): Promise<void> {
    const { number, rotating, revision } = this.#keys.state;
    if (rotating) return;
    const [entry, wrapped] = await this.#store.getMany([siteKey(this.#site), wrapPrefix(number) + this.#site]);
    if (entry === null || entry === undefined) return;
    const published = readWrapKey(this.#sites, this.#store.clusterId, this.#site, entry.value);
    if (published !== null && published.number >= number) return;
    const key = await this.#hsm.createWrapKey();
    const value = await this.wrap(number, this.#keys.get(number), this.#site, key);
    const result = await this.#store.commit({
      operationId: newOperationId(),
      conditions: [
        { key: CURRENT_KEY, revision },
        { key: siteKey(this.#site), revision: entry.revision },
        { key: wrapPrefix(number) + this.#site, revision: wrapped?.revision ?? 0 },
      ],
      puts: [
        { key: siteKey(this.#site), value: await this.publication(key, number) },
        { key: wrapPrefix(number) + this.#site, value },
      ],
      deletes: [],
    });
    // Whatever came in between is looked at the next time.
    if (result.outcome === 'done') await this.destroyOld();
    else await this.#hsm.destroyWrapKey(key.id);
  }

  /** Destroys the wrap keys of this site that nothing in the store refers to any more. */
  async destroyOld(): Promise<void> {
    const entry = await this.#store.get(siteKey(this.#site));
    const wraps = await this.#keys.ownWraps();
    const used = new Set(wraps.map((wrap) => wrapKeyIdOf(wrap.value)));
    const published = entry === null ? null : readWrapKey(this.#sites, this.#store.clusterId, this.#site, entry.value);
    if (published !== null) used.add(published.id);
    for (const { id } of await this.#hsm.listWrapKeys()) if (!used.has(id)) await this.#hsm.destroyWrapKey(id);
  }
}
