/**
 * Looking into snapshots: the list of them, and pages of one folder in the order asked for. What is decrypted stays in
 * the engine's thread, which keeps the folders that were looked at last.
 */
import { HoldfastError, toHoldfastError } from '../errors.ts';
import type { EntryOrder, FolderPage, SnapshotFacts } from '../engine/api.ts';
import type { Connection } from './connection.ts';
import { entryName, parseEntryPath } from './entry-path.ts';
import type { DestinationSpec, Engines, Keys } from './ports.ts';
import { readWithKey } from './reading.ts';

export interface ShownPage extends FolderPage {
  crumbs: { id: string | null; name: string }[];
}

export class Browse {
  readonly #parts: { connection: Connection; engines: Engines; keys: Keys };

  constructor(parts: { connection: Connection; engines: Engines; keys: Keys }) {
    this.#parts = parts;
  }

  /**
   * Every snapshot that the key opens, newest first; while locked, this computer's own, which its capability opens.
   * @throws HoldfastError `locked` where this computer has no capability either, `destination-*`, `repository-*`
   */
  async snapshots(): Promise<SnapshotFacts[]> {
    const { destination } = this.#parts.connection.require();
    const found = await this.#all(destination).catch(async (thrown: unknown) => {
      if (toHoldfastError(thrown).code !== 'locked') throw thrown;
      return (await this.#own(destination)) ?? Promise.reject(thrown);
    });
    found.push(...(await this.#elsewhere()));
    return found.sort((a, b) => b.startedMs - a.startedMs || b.sequence - a.sequence);
  }

  /**
   * One page of a folder.
   * @param folderId entry path, empty for the top
   * @throws HoldfastError `locked`, `bad-input`, `path-not-found`, `snapshot-not-found`, `object-*`, `destination-*`
   */
  async list(
    snapshotId: string,
    folderId: string,
    order: EntryOrder,
    page: { offset: number; limit: number },
  ): Promise<ShownPage> {
    const names = parseEntryPath(folderId);
    if (!/^[0-9a-f]{64}$/.test(snapshotId)) throw noSuchSnapshot();
    const destination = this.#parts.connection.at(snapshotId);
    const input = { destination, snapshotId, path: folderId, order, ...page };
    return {
      ...(await readWithKey(this.#parts, 'page', (access) => ({ ...input, access }))),
      crumbs: [
        { id: null, name: '' },
        ...names.map((name, i) => ({ id: names.slice(0, i + 1).join('/'), name: entryName(name) })),
      ],
    };
  }

  /** Snapshots of plans that do not go to the place that is read from; of places that are away none. */
  async #elsewhere(): Promise<SnapshotFacts[]> {
    const { connection } = this.#parts;
    const found: SnapshotFacts[] = [];
    for (const { plan, destination } of connection.plansElsewhere()) {
      const there = await this.#all(destination)
        .catch(async () => await this.#ownOf(plan.clientId, destination))
        .catch(() => null);
      const own = (there ?? []).filter(({ clientId }) => clientId === plan.clientId);
      connection.foundAt(destination, [plan.clientId, ...own.map(({ id }) => id)]);
      found.push(...own);
    }
    return found;
  }

  async #all(destination: DestinationSpec): Promise<SnapshotFacts[]> {
    return await readWithKey(this.#parts, 'snapshots', (access) => ({ destination, access }));
  }

  /** Those of every plan that goes there; null where this computer may not write either. */
  async #own(destination: DestinationSpec): Promise<SnapshotFacts[] | null> {
    const found = [];
    for (const clientId of this.#parts.connection.clientsHere()) found.push(await this.#ownOf(clientId, destination));
    return found.every((one) => one === null) ? null : found.flatMap((one) => one ?? []);
  }

  async #ownOf(clientId: string | undefined, destination: DestinationSpec): Promise<SnapshotFacts[] | null> {
    const { engines, keys } = this.#parts;
    const access = await keys.writeAccess(clientId).catch(() => null);
    if (access === null) return null;
    const engine = engines.fresh();
    try {
      return await engine.run('snapshots', { destination, access });
    } finally {
      access.capability.fill(0);
      await engine.end();
    }
  }
}

function noSuchSnapshot(): HoldfastError {
  return new HoldfastError(
    'snapshot-not-found',
    'There is no such snapshot.',
    'Choose one from the list. Nothing was changed.',
    { severity: 'notice' },
  );
}
