/**
 * Sends what is published at one destination to others as well, while the file is at hand: read and sealed once, sent to
 * each. Everything else concerns the leading destination only. Each follower has its own queue and its own failure: one
 * that fails is dropped and never holds back another. Nothing relies on it: what a follower lacks is copied later.
 */
import { link, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from './decorators/pass-through.ts';
import type { Destination, PublishOptions } from './destination.ts';
import { unlessAborted, type Halt } from './waiting.ts';

/** Bytes that may wait in the spool for the slowest follower before the leading destination is held back. */
const QUEUE_BYTES = 2 * 1024 ** 3;
const LANES = 2;

/** One follower, as it joined. */
export interface FanOutFollower {
  readonly destination: Destination;
  /** Bytes sent to it. */
  readonly storedBytes: number;
  /** Bytes that wait to be sent. */
  readonly queuedBytes: number;
  /** Why it is sent nothing more; null while all is well. */
  readonly failure: unknown;
}

interface Queued {
  name: string;
  size: number;
  file: SharedFile;
}

/** A file that several followers send; removed after the last of them where it is a link made for them. */
class SharedFile {
  readonly path: string;
  readonly #isLink: boolean;
  #users: number;

  constructor(path: string, isLink: boolean, users: number) {
    this.path = path;
    this.#isLink = isLink;
    this.#users = users;
  }

  async release(): Promise<void> {
    if (--this.#users > 0 || !this.#isLink) return;
    await unlink(this.path).catch(() => undefined);
  }
}

class Follower implements FanOutFollower {
  readonly destination: Destination;
  readonly queue: Queued[] = [];
  readonly running = new Set<Promise<void>>();
  storedBytes = 0;
  queuedBytes = 0;
  failure: unknown = null;

  constructor(destination: Destination) {
    this.destination = destination;
  }

  async drop(reason: unknown): Promise<void> {
    this.failure ??= reason;
    for (const { size, file } of this.queue.splice(0)) {
      this.queuedBytes -= size;
      await file.release();
    }
  }
}

export class FanOut extends PassThrough {
  readonly #followers: Follower[] = [];
  readonly #owner: string;
  readonly #halt: Halt;
  readonly #queueBytes: number;
  readonly #abort = new AbortController();
  readonly #waiting: (() => void)[] = [];
  #spool: Promise<string> | null = null;
  #links = 0;

  /**
   * @param owner of the spool at `lead` that keeps files for the followers: 32 hexadecimal digits, nobody else's
   * @param halt holds up what is sent to followers while the run is paused, and ends it when it is stopped
   * @param queueBytes bytes that may wait there for a follower
   */
  constructor(lead: Destination, owner: string, halt: Halt, queueBytes = QUEUE_BYTES) {
    super(lead);
    this.#owner = owner;
    this.#halt = halt;
    this.#queueBytes = queueBytes;
  }

  /** From now on what is published is sent there too. The caller closes it, after `drain` or `abandon`. */
  join(destination: Destination): FanOutFollower {
    const follower = new Follower(destination);
    if (this.#abort.signal.aborted) follower.failure = this.#abort.signal.reason;
    else this.#followers.push(follower);
    return follower;
  }

  override async publish(spoolPath: string, name: string, options?: PublishOptions): Promise<void> {
    const inPlace = this.localPath(name);
    const size = (await stat(spoolPath).catch(() => null))?.size ?? null;
    const linked = size !== null && this.#needsLink(inPlace) ? await this.#link(spoolPath) : null;
    try {
      await super.publish(spoolPath, name, options);
    } catch (error) {
      if (linked !== null) await unlink(linked).catch(() => undefined);
      throw error;
    }
    const followers = this.#followers.filter(
      ({ failure, destination }) =>
        failure === null && (linked !== null || (inPlace !== null && destination.abilities?.resume !== true)),
    );
    const path = linked ?? inPlace;
    if (path === null || size === null || followers.length === 0) {
      if (linked !== null) await unlink(linked).catch(() => undefined);
      return;
    }
    const file = new SharedFile(path, linked !== null, followers.length);
    for (const follower of followers) {
      follower.queue.push({ name, size, file });
      follower.queuedBytes += size;
      this.#pump(follower);
    }
    // What lies in the leading folder itself takes no further room while it waits.
    if (inPlace === null) await this.#room(options);
  }

  /** Resolves when every follower has been sent all, or was dropped. Never rejects. */
  async drain(): Promise<void> {
    for (;;) {
      const running = this.#followers.flatMap((follower) => [...follower.running]);
      if (running.length === 0) break;
      await Promise.race(running);
    }
    if (this.#spool !== null) await this.clearSpool(this.#owner).catch(() => undefined);
  }

  /** Sends nothing more; resolves when nothing is on its way any more. Never rejects. */
  async abandon(reason: unknown): Promise<void> {
    this.#abort.abort(reason);
    for (const follower of this.#followers) await follower.drop(reason);
    for (const wake of this.#waiting.splice(0)) wake();
    await this.drain();
  }

  /**
   * Where the file of the leading destination cannot be sent: it has none here, or what an upload needs to go on after a
   * restart would come to lie beside it, among the objects.
   */
  #needsLink(inPlace: string | null): boolean {
    return this.#followers.some(
      ({ failure, destination }) => failure === null && (inPlace === null || destination.abilities?.resume === true),
    );
  }

  /** Another name for a spool file, which outlives its publishing. Null where that cannot be: it is copied later. */
  async #link(spoolPath: string): Promise<string | null> {
    try {
      this.#spool ??= this.clearSpool(this.#owner).then(async () => await this.spoolFolder(this.#owner));
      const path = join(await this.#spool, `${++this.#links}.also`);
      await link(spoolPath, path);
      return path;
    } catch {
      return null;
    }
  }

  #pump(follower: Follower): void {
    const lanes = Math.max(1, follower.destination.abilities?.parallel ?? LANES);
    while (follower.running.size < lanes && follower.failure === null) {
      const next = follower.queue.shift();
      if (next === undefined) return;
      const work = this.#send(follower, next).finally(() => {
        follower.running.delete(work);
        this.#pump(follower);
        for (const wake of this.#waiting.splice(0)) wake();
      });
      follower.running.add(work);
    }
  }

  async #send(follower: Follower, { name, size, file }: Queued): Promise<void> {
    try {
      await this.#halt.check();
      // The file stays for the others. A folder gets a copy: one file under two names would be damaged twice at once.
      await follower.destination.publish(file.path, name, { keep: true, signal: this.#abort.signal });
      follower.storedBytes += size;
    } catch (error) {
      await follower.drop(error);
    } finally {
      follower.queuedBytes -= size;
      await file.release();
    }
  }

  /** Waits while too much is queued. The object is stored: whatever ends the wait is no failure of its publishing. */
  async #room({ signal, letGo }: PublishOptions = {}): Promise<void> {
    const ended = AbortSignal.any([signal, letGo].filter((one) => one !== undefined));
    while (!ended.aborted && this.#followers.some(({ queuedBytes }) => queuedBytes > this.#queueBytes)) {
      const room = new Promise<void>((resolve) => this.#waiting.push(resolve));
      await unlessAborted(room, ended).catch(() => undefined);
    }
  }
}
