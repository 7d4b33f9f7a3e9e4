/**
 * What the backup's folder in Drive holds, kept on this computer: listed once in full, then kept true by Drive's changes
 * feed, one request for each look. Saved between runs as names, ids, sizes and checksums; nothing in it is secret.
 *
 * Drive's lists may lag behind its files. So what this process stored is remembered until a list shows it, what it
 * removed stays removed, and the first full list is made again once, later, for what others had stored just before it.
 */
import type { drive_v3 } from 'googleapis/build/src/apis/drive/index.js';
import { isStatus } from './drive-errors.ts';
import type { DriveFiles } from './files.ts';
import { Line } from './line.ts';
import { MirrorFile, type MirrorPlace, type MirrorState } from './mirror-file.ts';
import { DriveTree, itemOf, type DriveItem } from './tree.ts';

/** For so many ms a list may not show a file yet, or still show one that is gone. */
export const LAG_MS = 10 * 60_000;

export class Mirror {
  readonly tree: DriveTree;
  readonly #files: DriveFiles;
  readonly #saved: MirrorFile;
  readonly #now: () => number;
  #state: MirrorState | null = null;
  #looked = false;
  #changed = false;
  /** The feed has told of a folder that was not there before. */
  #cameBack = false;
  /** Ids that this process stored or removed, and when. */
  readonly #stored = new Map<string, { item: DriveItem; ms: number }>();
  readonly #removed = new Map<string, number>();
  /** One look at a time; each with its own signal. */
  readonly #line = new Line();

  /**
   * @param scratch where it is saved; it lives in memory only without one
   * @param now a clock in ms since the epoch
   */
  constructor(place: MirrorPlace, files: DriveFiles, scratch: string | undefined, now: () => number = Date.now) {
    this.tree = new DriveTree(place.root);
    this.#files = files;
    this.#saved = new MirrorFile(scratch, place);
    this.#now = now;
  }

  /** True once it has seen Drive. */
  get ready(): boolean {
    return this.#looked;
  }

  /** Makes sure of one look at Drive in this process's time. @throws HoldfastError `destination-*`; the signal's reason */
  async load(signal: AbortSignal | undefined): Promise<void> {
    if (this.#looked) return;
    await this.#line.run(signal, async () => {
      if (!this.#looked) await this.#look(signal);
    });
  }

  /** Looks at Drive: one request where little has changed. @throws as `load` */
  async refresh(signal: AbortSignal | undefined): Promise<void> {
    await this.#line.run(signal, async () => await this.#look(signal));
  }

  /** Forgets everything but what this process did; the next look lists in full. */
  forget(): void {
    this.#state = null;
    this.#looked = false;
  }

  noteStored(item: DriveItem): void {
    this.#removed.delete(item.id);
    this.#stored.set(item.id, { item, ms: this.#now() });
    this.#set(item);
  }

  noteRemoved(id: string): void {
    this.#stored.delete(id);
    this.#removed.set(id, this.#now());
    this.#drop(id);
  }

  /** What somebody saw of a file just now; null where it is gone. */
  noteSeen(id: string, item: DriveItem | null): void {
    if (item !== null) return this.#set(item);
    this.#stored.delete(id);
    this.#drop(id);
  }

  /** Saves it for the next run. A mirror that cannot be saved is made anew then. */
  async save(): Promise<void> {
    if (this.#state === null || !this.#changed || this.#cameBack) return;
    this.#changed = false;
    await this.#saved.write(this.#state, this.tree.all());
  }

  async #look(signal: AbortSignal | undefined): Promise<void> {
    this.#state ??= await this.#fromFile();
    if (this.#state === null || this.#isUnsettled(this.#state)) await this.#listAll(signal);
    else await this.#follow(this.#state, signal);
    this.#looked = true;
  }

  async #fromFile(): Promise<MirrorState | null> {
    const saved = await this.#saved.read();
    if (saved === null) return null;
    for (const item of saved.items) this.tree.set(item);
    for (const { item } of this.#stored.values()) this.tree.set(item);
    for (const id of this.#removed.keys()) this.tree.delete(id);
    return saved.state;
  }

  #isUnsettled(state: MirrorState): boolean {
    return !state.settled && this.#now() - state.listedMs >= LAG_MS;
  }

  async #listAll(signal: AbortSignal | undefined): Promise<void> {
    const listedMs = this.#now();
    this.#cameBack = false;
    // First the token: what changes while the list is read comes again with the feed.
    const pageToken = await this.#files.changesToken(signal);
    const listed = new Map<string, DriveItem>();
    for await (const file of this.#files.search('trashed = false', signal)) {
      const item = itemOf(file);
      if (item !== null) listed.set(item.id, item);
    }
    for (const item of [...this.tree.all()]) if (!listed.has(item.id)) this.tree.delete(item.id);
    for (const item of listed.values()) this.#learn(item.id, item);
    for (const [id, { item, ms }] of this.#stored) {
      if (ms < listedMs - LAG_MS) this.#stored.delete(id);
      else if (!listed.has(id)) this.tree.set(item);
    }
    const settled = this.#state !== null && this.#isUnsettled(this.#state);
    this.#state = { pageToken, listedMs, settled };
    this.#changed = true;
  }

  async #follow(state: MirrorState, signal: AbortSignal | undefined): Promise<void> {
    let next: string | null = state.pageToken;
    try {
      while (next !== null) {
        const page: drive_v3.Schema$ChangeList = await this.#files.changes(next, signal);
        for (const change of page.changes ?? []) this.#apply(change);
        state.pageToken = page.newStartPageToken ?? page.nextPageToken ?? state.pageToken;
        if ((page.changes ?? []).length > 0) this.#changed = true;
        next = page.nextPageToken ?? null;
      }
      // A folder has come back from the trash, with files that the feed need not name.
      if (this.#cameBack) await this.#listAll(signal);
    } catch (error) {
      // The token is older than Drive remembers.
      if (!isStatus(error, 400, 404, 410)) throw error;
      await this.#listAll(signal);
    }
  }

  #apply(change: drive_v3.Schema$Change): void {
    const id = change.fileId;
    if (typeof id !== 'string') return;
    const item = change.removed === true || !change.file ? null : itemOf(change.file);
    if (item?.folder === true && this.tree.get(id) === undefined) this.#cameBack = true;
    this.#learn(id, item);
  }

  /** Takes over what a list or the feed says, unless this process knows better and they may lag behind. */
  #learn(id: string, item: DriveItem | null): void {
    const oldest = this.#now() - LAG_MS;
    const removedMs = this.#removed.get(id);
    if (removedMs !== undefined && removedMs < oldest) this.#removed.delete(id);
    if (item !== null && this.#removed.has(id)) return;
    const stored = this.#stored.get(id);
    if (stored !== undefined) {
      if (item !== null && item.modifiedMs < stored.item.modifiedMs) return;
      this.#stored.delete(id);
    }
    if (item === null) this.tree.delete(id);
    else this.tree.set(item);
  }

  #set(item: DriveItem): void {
    this.#changed = true;
    this.tree.set(item);
  }

  #drop(id: string): void {
    this.#changed = true;
    this.tree.delete(id);
  }
}
