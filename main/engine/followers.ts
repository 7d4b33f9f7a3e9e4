/**
 * The further destinations of a backup: opened beside the run, so that one that does not answer holds back nothing; sent
 * what the run stores; and at its end brought to the state of the leading one.
 */
import { happened, HoldfastError, toHoldfastError } from '../errors.ts';
import { plural, text, type Text, told } from '../text.ts';
import type { Destination } from '../destinations/destination.ts';
import { FanOut, type FanOutFollower } from '../destinations/fan-out.ts';
import { placeId } from '../destinations/place-id.ts';
import type {
  BackupInput,
  BackupOutput,
  DestinationProgress,
  DestinationSpec,
  EngineEvent,
  FollowerOutcome,
} from './api.ts';
import { stopped } from './control.ts';
import { bringNotes } from './copy-notes.ts';
import { copyOwner } from './copy-objects.ts';
import { copyLockKey, CopyRun, listAll, type CopySource, type Listing } from './copy-run.ts';
import { anotherRepository, bringRepoFile, isNewer, stateOf, type PlaceState } from './copy-state.ts';
import { equal, toHex } from './format/bytes.ts';
import type { Capability } from './format/capability.ts';
import type { ReadRepoFile } from './format/repo-file.ts';
import { leaveOutGone } from './gone.ts';
import { openFor } from './open.ts';
import { Ticker } from './progress-ticker.ts';
import { noteFilled, refuseEmptied } from './repository/known-places.ts';
import { noteBrought } from './repository/known-state.ts';
import { takeLocalLock } from './repository/local-lock.ts';
import { readRepoFile } from './repository/repository.ts';
import type { VerbContext } from './verb-context.ts';

/** Opens one of `BackupInput.also`. Tests pass destinations of their own. */
export type OpenFollower = (spec: DestinationSpec, context: VerbContext) => Promise<Destination>;

interface Follower {
  spec: DestinationSpec;
  destination: Destination | null;
  /** Settles when it is known whether it can be used; never rejects. */
  ready: Promise<void>;
  state: PlaceState | null;
  sent: FanOutFollower | null;
  copy: CopyRun | null;
  /** Why it is behind. */
  failure: HoldfastError | null;
  done: boolean;
}

export class Followers {
  /** For the run: its progress events tell of every destination. */
  readonly context: VerbContext;
  readonly #input: BackupInput;
  readonly #capability: Capability;
  readonly #lead: Destination;
  readonly #fanOut: FanOut;
  readonly #all: Follower[];
  /** Aborted when the computer's lock is given up: from then on a spool of its name may be another run's. */
  readonly #unlocked = new AbortController();
  readonly #clearing = new Set<Promise<void>>();
  #leadStored = 0;
  #committed = false;

  /** Begins to open them; does not wait. */
  constructor(
    lead: Destination,
    capability: Capability,
    input: BackupInput,
    context: VerbContext,
    open: OpenFollower = openFor,
  ) {
    this.#lead = lead;
    this.#input = input;
    this.context = { control: context.control, emit: (event) => context.emit(this.#widen(event)) };
    this.#capability = capability;
    const owner = copyOwner(capability.repoId, `fan-out\0${toHex(capability.clientId)}`);
    this.#fanOut = new FanOut(lead, owner, context.control);
    this.#all = (input.also ?? []).map((spec) => {
      const follower: Follower = {
        spec,
        destination: null,
        ready: Promise.resolve(),
        state: null,
        sent: null,
        copy: null,
        failure: null,
        done: false,
      };
      follower.ready = this.#admit(follower, open).catch((error: unknown) => {
        follower.failure = toHoldfastError(error);
      });
      return follower;
    });
  }

  /** What the run is to use as its destination. */
  get target(): Destination {
    return this.#fanOut;
  }

  /**
   * Where the leading destination missed a change of repo.json that a follower has seen, it is brought there. Only what
   * the owner signed that this computer's capability names.
   *
   * @returns true where something was brought
   */
  async bringRepoFile(): Promise<boolean> {
    await Promise.all(this.#all.map(({ ready }) => ready));
    const { repoId, ownerPublicKey } = this.#capability;
    const there = await readRepoFile(this.#lead, (file) => equal(file.repoId, repoId));
    let newest = there;
    for (const { state } of this.#all) {
      if (state?.state !== 'ready' || !equal(state.copies.file.ownerPublicKey, ownerPublicKey)) continue;
      if (isNewer(state.copies.file, newest.file)) newest = state.copies;
    }
    if (newest === there) return false;
    await bringRepoFile(this.#lead, there, newest);
    return true;
  }

  /** To be called before the computer's lock is released: nothing is cleared any more that the next run may write. */
  async beforeRelease(): Promise<void> {
    this.#unlocked.abort(stopped());
    await Promise.allSettled(this.#clearing);
  }

  /**
   * After the run's snapshot is stored: brings to the leading destination what only followers have, and to each follower
   * what it lacks. Never rejects: what goes wrong is told in the outcome.
   */
  async complete(output: BackupOutput): Promise<BackupOutput> {
    this.#committed = true;
    this.#leadStored = output.storedBytes;
    const ticker = new Ticker(this.context.emit);
    ticker.read = () => this.#counters();
    ticker.start('copy');
    try {
      await Promise.all(this.#all.map(({ ready }) => ready));
      await this.#fanOut.drain();
      if (this.#input.fillFollowers !== false) await this.#fill();
      else for (const follower of this.#all) follower.failure ??= failureOf(follower.sent);
    } catch (error) {
      // The snapshot is stored: that nobody could be given it is no reason to make it again.
      for (const follower of this.#all) if (!follower.done) follower.failure ??= toHoldfastError(error);
    } finally {
      const { files, bytes } = this.#counters();
      output.phases.push({ phase: 'copy', ms: ticker.end(), files, bytes });
      ticker.stop();
    }
    return { ...output, also: this.#all.map(outcomeOf) };
  }

  /** Ends what is on its way to them and closes them. Never rejects. */
  async close(): Promise<void> {
    await this.#fanOut.abandon(stopped());
    await Promise.all(
      this.#all.map(async (follower) => {
        await follower.ready;
        await follower.destination?.close().catch(() => undefined);
      }),
    );
  }

  /** A progress event with what goes on at every destination, the leading one first. */
  #widen(event: EngineEvent): EngineEvent {
    if (event.type !== 'progress') return event;
    if (!this.#committed) this.#leadStored = Math.max(this.#leadStored, event.storedBytes);
    const followers = this.#all.map(({ sent, copy, failure, done }): DestinationProgress => {
      const copied = copy?.done.bytes ?? 0;
      const toCopy = copy?.counters.totalBytes ?? 0;
      return {
        storedBytes: (sent?.storedBytes ?? 0) + copied,
        queuedBytes: (sent?.queuedBytes ?? 0) + Math.max(0, toCopy - copied),
        // One that failed on the way gets the rest at the end of the run, if it answers by then.
        state: done ? 'done' : (failure ?? failureOf(sent)) !== null && copy === null ? 'behind' : 'running',
      };
    });
    const lead = {
      storedBytes: this.#leadStored,
      queuedBytes: 0,
      state: this.#committed ? 'done' : 'running',
    } as const;
    return { ...event, storedBytes: this.#leadStored, destinations: [lead, ...followers] };
  }

  /** Errors: why it cannot be sent anything. */
  async #admit(follower: Follower, open: OpenFollower): Promise<void> {
    const { repoId } = this.#capability;
    follower.destination = await open(follower.spec, this.context);
    const state = await stateOf(follower.destination, repoId);
    const { label } = follower.destination;
    if (state.state === 'ready') {
      const { file } = state.copies;
      if (!equal(file.repoId, repoId)) throw anotherRepository(label);
      if (!equal(file.ownerPublicKey, this.#capability.ownerPublicKey)) throw anotherOwner(label);
    }
    if (state.state === 'empty') {
      await refuseEmptied(this.#input.stateFolder, repoId, follower.spec);
      await follower.destination.init();
    }
    await this.#clearSpool(follower.destination);
    follower.state = state;
    follower.sent = this.#fanOut.join(follower.destination);
  }

  /** Removes what a run that was killed left there. Only this run's to do while it holds the computer's lock. */
  async #clearSpool(destination: Destination): Promise<void> {
    const { signal } = this.#unlocked;
    if (signal.aborted) return;
    const clearing = destination.clearSpool(toHex(this.#capability.clientId), { signal });
    this.#clearing.add(clearing);
    try {
      await clearing;
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.#clearing.delete(clearing);
    }
  }

  async #fill(): Promise<void> {
    const client = toHex(this.#capability.clientId);
    const lists = new Map<Destination, Listing>();
    const sourceOf = (destination: Destination): CopySource => ({ destination, listing: lists.get(destination) });
    await this.#each(async () => await this.context.control.check());
    if (this.#all.every(({ failure }) => failure !== null)) return;
    lists.set(this.#lead, await listAll(this.#lead, [client]));
    await this.#each(async (follower, destination) => {
      if (follower.state?.state === 'ready') lists.set(destination, await listAll(destination, [client]));
    });
    await this.#bringAdoption();
    // What was forgotten or removed at one place does not come back from another.
    await leaveOutGone(lists, this.#lead, this.#input.access, client);
    // First what the leading destination missed while it was away, so that the others get that too.
    const ahead = this.#all.filter(({ failure, state }) => failure === null && state?.state === 'ready');
    await this.#collect(
      ahead.flatMap(({ destination }) => (destination === null ? [] : [sourceOf(destination)])),
      sourceOf(this.#lead),
    ).catch((error: unknown) => {
      this.#warn(text`${this.#lead.label} did not get what other places have: ${happened(toHoldfastError(error))}`);
    });
    await this.#each(async (follower, destination) => {
      follower.copy = this.#copy([sourceOf(this.#lead)], sourceOf(destination), placeId(follower.spec));
      const output = await follower.copy.run();
      if (!output.complete) throw notWhole(destination.label, output.missing.length);
      follower.done = true;
      await this.#noteWhole(follower.spec, follower.copy);
    });
  }

  /** Before they are asked what is gone there: what a former computer said since it was taken over is not believed. */
  async #bringAdoption(): Promise<void> {
    const { repoId, clientId, ownerPublicKey, writer } = this.#capability;
    if (writer === null) return;
    const mine = (file: ReadRepoFile): boolean => equal(file.repoId, repoId);
    const leading = await readRepoFile(this.#lead, mine);
    await this.#each(async ({ spec, state }, destination) => {
      if (state?.state !== 'ready') return;
      const lock = await takeLocalLock(copyLockKey(repoId, placeId(spec)));
      try {
        await bringRepoFile(destination, await readRepoFile(destination, mine), leading);
        await bringNotes([this.#lead], destination, toHex(clientId), { repoId, ownerPublicKey });
      } finally {
        await lock.release();
      }
    });
  }

  async #noteWhole(spec: DestinationSpec, { brought }: CopyRun): Promise<void> {
    const { stateFolder } = this.#input;
    await noteFilled(stateFolder, this.#capability.repoId, spec);
    if (brought !== null) await noteBrought(stateFolder, brought, spec);
  }

  async #collect(from: CopySource[], to: CopySource): Promise<void> {
    const lacks = (listing: Listing): boolean => [...listing.keys()].some((name) => to.listing?.has(name) === false);
    const ahead = from.filter(({ listing }) => listing !== undefined && lacks(listing));
    if (ahead.length > 0) await this.#copy(ahead, to, placeId(this.#input.destination)).run();
  }

  #copy(from: CopySource[], to: CopySource, place: string): CopyRun {
    const { repoId, clientId, ownerPublicKey } = this.#capability;
    return new CopyRun(
      {
        from,
        to,
        clients: [toHex(clientId)],
        lock: async () => await takeLocalLock(copyLockKey(repoId, place)),
        ownerOf: () => copyOwner(repoId, 'copy'),
        admit: async ({ file }) => {
          if (!equal(file.repoId, repoId)) throw anotherRepository(to.destination.label);
          if (!equal(file.ownerPublicKey, ownerPublicKey)) throw anotherOwner(to.destination.label);
        },
        make: false,
      },
      this.context,
    );
  }

  /** For each follower that can be used, all at a time; one's error is its own. */
  async #each(work: (follower: Follower, destination: Destination) => Promise<void>): Promise<void> {
    await Promise.all(
      this.#all.map(async (follower) => {
        if (follower.failure !== null || follower.destination === null) return;
        try {
          await work(follower, follower.destination);
        } catch (error) {
          follower.failure = toHoldfastError(error);
        }
      }),
    );
  }

  #counters() {
    const copies = this.#all.flatMap(({ copy }) => (copy === null ? [] : [copy]));
    const sum = (of: (copy: CopyRun) => number): number => copies.reduce((total, copy) => total + of(copy), 0);
    return {
      files: sum((copy) => copy.done.objects),
      bytes: sum((copy) => copy.done.bytes),
      totalFiles: sum((copy) => copy.counters.totalObjects ?? 0),
      totalBytes: sum((copy) => copy.counters.totalBytes ?? 0),
    };
  }

  #warn(words: Text): void {
    this.context.emit({ type: 'message', level: 'warning', ...told(words) });
  }
}

const outcomeOf = (follower: Follower, index: number): FollowerOutcome => ({
  index,
  state: follower.done ? 'complete' : 'behind',
  error: follower.failure?.toInfo() ?? null,
  storedBytes: (follower.sent?.storedBytes ?? 0) + (follower.copy?.done.bytes ?? 0),
  copiedObjects: follower.copy?.done.objects ?? 0,
});

const failureOf = (sent: FanOutFollower | null): HoldfastError | null =>
  sent === null || sent.failure === null ? null : toHoldfastError(sent.failure);

const notWhole = (label: string, count: number): HoldfastError =>
  new HoldfastError(
    'object-damaged',
    text`${label} lacks ${plural(count, {
      one: '# part of the backup: the leading place does not have it whole either.',
      other: '# parts of the backup: the leading place does not have them whole either.',
    })}`,
    'What could be copied was copied. Verify the backup to see which files are concerned.',
  );

const anotherOwner = (label: string): HoldfastError =>
  new HoldfastError(
    'repository-damaged',
    text`repo.json in ${label} was signed by somebody else than this computer knows.`,
    'Nothing was copied there. If you have changed the key of this backup, that place still needs the old digits: keep them, and change the key there too with `holdfast key change`. Else connect the right place, or bring back repo.json from the storage’s older versions.',
  );
