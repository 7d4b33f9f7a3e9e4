/**
 * The destinations of the plan as the rest of the app uses them: what opens each, how each stands, and which one is read
 * from. Their secrets are read from the keychain once and held in memory while the app runs; changes go to both.
 */
import { randomBytes } from 'node:crypto';
import { Limits } from '../destinations/limits.ts';
import { placeId } from '../destinations/place-id.ts';
import { openDestination, WHILE_WATCHED } from '../destinations/open.ts';
import { folderOf, type DestinationCredentials, type DestinationPlace, type LocalPlace } from '../destinations/spec.ts';
import type { DestinationSpec } from '../engine/api.ts';
import { HoldfastError, type ErrorInfo } from '../errors.ts';
import { notSetUp } from './not-set-up.ts';
import { type BackupPlan, plansOf, withoutPlace } from './plans.ts';
import { NO_LIMITS, type ConfigStore, type DestinationLimits, type PlannedDestination } from './config.ts';
import type { DestinationStates } from './destination-states.ts';
import { destinationStatus, NOT_LOOKED_AT, usedBytes, type DestinationStatus } from './destination-status.ts';
import type { Clock } from './ports.ts';
import { scratchFolder } from './scratch.ts';

/** A place that a person chose, with what opens it. */
export interface ChosenPlace {
  place: DestinationPlace;
  credentials: DestinationCredentials | null;
  name: string;
}

/** Where secrets of destinations are kept, by the destination's id. */
export interface DestinationSecrets {
  /** @throws HoldfastError `keychain-unavailable` */
  read(id: string): Promise<DestinationCredentials | null>;
  keep(id: string, credentials: DestinationCredentials): Promise<void>;
  forget(id: string): Promise<void>;
}

/** Servers are asked how they stand at most this often; folders of this computer at every look. */
const ASK_SERVERS_MS = 15 * 60_000;

export interface DestinationsParts {
  config: ConfigStore;
  secrets: DestinationSecrets;
  states: DestinationStates;
  clock: Clock;
  /** The engine's folder: spools, unfinished uploads and read caches of destinations lie below it. */
  stateFolder: string;
  /** Of the whole connection, for everything that is not a folder of this computer. */
  line?: Limits;
  /** Where the plan's repository is now, for a disk that came back under another name; null where it is nowhere. */
  findMoved: (place: LocalPlace) => Promise<string | null>;
  changed: () => void;
}

export class Destinations {
  readonly #parts: DestinationsParts;
  readonly #credentials = new Map<string, DestinationCredentials>();
  readonly #limits = new Map<string, Limits>();
  readonly #status = new Map<string, { at: number; status: DestinationStatus }>();
  /** Destinations that a run has written to since they were measured. */
  readonly #written = new Set<string>();
  #loaded: Promise<void> | null = null;

  constructor(parts: DestinationsParts) {
    this.#parts = parts;
  }

  get states(): DestinationStates {
    return this.#parts.states;
  }

  planned(): readonly PlannedDestination[] {
    return this.#parts.config.value.plan?.destinations ?? [];
  }

  /** @throws HoldfastError `bad-input` for an unknown id */
  require(id: string): PlannedDestination {
    const found = this.planned().find((destination) => destination.id === id);
    if (found !== undefined) return found;
    throw new HoldfastError('bad-input', 'There is no such destination.', 'Choose one from the list.', {
      severity: 'notice',
    });
  }

  /** Reads the secrets of the plan's destinations from the keychain, once. Rejects with `keychain-unavailable`. */
  load(): Promise<void> {
    this.#loaded ??= this.#read().catch((error: unknown) => {
      this.#loaded = null;
      throw error;
    });
    return this.#loaded;
  }

  async #read(): Promise<void> {
    for (const { id, place } of this.planned()) {
      if (folderOf(place) !== null || this.#credentials.has(id)) continue;
      const credentials = await this.#parts.secrets.read(id);
      if (credentials !== null && credentials.kind === place.kind) this.#credentials.set(id, credentials);
    }
  }

  /** What opens a destination of the plan. */
  spec({ id, place, limits }: PlannedDestination): DestinationSpec {
    return this.#spec(place, this.#credentials.get(id) ?? null, this.#limitsOf(id, limits));
  }

  /** What opens a place that is not of the plan. */
  specOf({ place, credentials }: ChosenPlace): DestinationSpec {
    return this.#spec(place, credentials, null);
  }

  #spec(place: DestinationPlace, credentials: DestinationCredentials | null, limits: Limits | null): DestinationSpec {
    if (folderOf(place) !== null && place.kind === 'local') return { ...place };
    return {
      ...place,
      ...(credentials === null ? {} : { credentials }),
      ...(limits === null ? {} : { limits: limits.shared }),
      ...(this.#parts.line === undefined ? {} : { line: this.#parts.line.shared }),
      scratch: scratchFolder(this.#parts.stateFolder, place),
    };
  }

  #limitsOf(id: string, wanted: DestinationLimits): Limits {
    let limits = this.#limits.get(id);
    if (limits === undefined) {
      limits = new Limits();
      limits.set(wanted);
      this.#limits.set(id, limits);
    }
    return limits;
  }

  /**
   * The destination to read from: one that is there, opens with the key of now, has most plans and is complete, a folder of
   * this computer before a server.
   * @param among those of one plan; all where it is not given
   * @throws HoldfastError `bad-input` before anything is set up
   */
  reading(among: readonly PlannedDestination[] = this.planned()): PlannedDestination {
    const best = [...among].sort((a, b) => this.#readingCost(a) - this.#readingCost(b))[0];
    if (best === undefined) throw notSetUp();
    return best;
  }

  #readingCost({ id, place }: PlannedDestination): number {
    const { completeMs, behind } = this.states.get(id);
    const absent = this.status(id).presence === 'present' ? 0 : 1 << 16;
    // A change of the key that is not over has not come to it yet.
    const oldKey = this.#parts.config.value.plan?.keyChange?.places.includes(id) === true ? 8 : 0;
    return (
      absent +
      16 * this.plansElsewhere(id).length +
      oldKey +
      (completeMs === null ? 4 : 0) +
      (behind ? 2 : 0) +
      (folderOf(place) === null ? 1 : 0)
    );
  }

  /** How it stood when it was last looked at. */
  status(id: string): DestinationStatus {
    return this.#status.get(id)?.status ?? NOT_LOOKED_AT;
  }

  /** How a run found it, which needs no look of its own. */
  found(id: string, status: Partial<DestinationStatus>): void {
    this.#status.set(id, { at: this.#parts.clock.now(), status: { ...this.status(id), ...status } });
  }

  /**
   * Looks at every destination again; at servers only where `servers` or where the last look is long ago. Never rejects.
   * @returns true where one came back that was away
   */
  async look(servers: boolean): Promise<boolean> {
    await this.load().catch(() => undefined); // without its secrets a destination says itself what is missing
    let back = false;
    await Promise.all(
      this.planned().map(async (destination) => {
        const before = this.#status.get(destination.id);
        const recent = before !== undefined && Math.abs(this.#parts.clock.now() - before.at) < ASK_SERVERS_MS;
        if (folderOf(destination.place) === null && recent && !servers) return;
        let status = await destinationStatus(this.spec(destination));
        if (status.presence === 'away' && (await this.#foundAgain(destination))) {
          status = await destinationStatus(this.spec(this.require(destination.id)));
        }
        this.#status.set(destination.id, { at: this.#parts.clock.now(), status });
        if (before !== undefined && before.status.presence !== 'present' && status.presence === 'present') back = true;
      }),
    );
    this.#parts.changed();
    return back;
  }

  /** A disk may come back under another name or letter: it is known by what it holds. True where the plan was changed. */
  async #foundAgain({ id, place }: PlannedDestination): Promise<boolean> {
    if (place.kind !== 'local') return false;
    const folder = await this.#parts.findMoved(place);
    // Another destination of the plan may be a copy of this one: it is not taken for it.
    const taken = this.planned().some((other) => folderOf(other.place) === folder);
    if (folder === null || folder === place.path || taken) return false;
    await this.#change((all) =>
      all.map((one) => (one.id === id ? { ...one, place: { ...place, path: folder } } : one)),
    );
    return true;
  }

  /**
   * Measures how much each present destination holds; a server, which has to list everything for that, only after a run
   * of this computer there. Never rejects.
   */
  async measure(): Promise<void> {
    for (const destination of this.planned()) {
      const { id, place } = destination;
      if (this.status(id).presence !== 'present') continue;
      const known = this.states.get(id).usedBytes !== null && !this.#written.has(id);
      if (known && folderOf(place) === null) continue;
      const bytes = await usedBytes(this.spec(destination));
      if (bytes === null) continue;
      this.#written.delete(id);
      await this.states.noteUsage(id, this.#parts.clock.now(), bytes);
    }
    this.#parts.changed();
  }

  /**
   * The plan's entry for a chosen place; its secrets are in the keychain when this resolves. It is not in the plan yet.
   * @throws HoldfastError `keychain-unavailable`, `bad-input` where the secrets are too long
   */
  async adopt(chosen: ChosenPlace): Promise<PlannedDestination> {
    const id = randomBytes(8).toString('hex');
    if (chosen.credentials !== null) {
      await this.#parts.secrets.keep(id, chosen.credentials);
      this.#credentials.set(id, chosen.credentials);
    }
    return { id, name: chosen.name, place: chosen.place, limits: NO_LIMITS };
  }

  /** Forgets the secrets of one that was adopted and did not come into the plan. Never rejects. */
  async drop(id: string): Promise<void> {
    this.#credentials.delete(id);
    await this.#parts.secrets.forget(id).catch(() => undefined); // an entry that opens nothing anybody plans to use
  }

  /** Makes the place where it is not there yet. @throws HoldfastError `destination-*` */
  async make(destination: PlannedDestination): Promise<void> {
    const opened = await openDestination(this.spec(destination), { patience: WHILE_WATCHED });
    try {
      await opened.init();
    } finally {
      await opened.close();
    }
  }

  /**
   * Takes a place into the plan.
   * @param name what it is called instead of its own name
   * @throws HoldfastError `bad-input` where it is there already, those of `adopt`
   */
  async add(chosen: ChosenPlace, name = chosen.name): Promise<PlannedDestination> {
    const wanted = placeId(chosen.place);
    if (this.planned().some(({ place }) => placeId(place) === wanted)) {
      throw new HoldfastError('bad-input', 'Your backups go there already.', 'Choose another place.', {
        severity: 'notice',
      });
    }
    const destination = await this.adopt({ ...chosen, name: name.trim() || chosen.name });
    try {
      await this.make(destination);
      await this.#change((all) => withDistinctNames([...all, destination]));
    } catch (error) {
      await this.drop(destination.id);
      throw error;
    }
    return destination;
  }

  /** Takes it out of the plan and forgets its secrets; what lies there stays. @throws HoldfastError `bad-input` for the last */
  async remove(id: string): Promise<void> {
    this.require(id);
    await this.#parts.config.update(withoutPlace(this.#parts.config.value, id));
    this.#parts.changed();
    this.#credentials.delete(id);
    this.#limits.delete(id);
    this.#status.delete(id);
    await this.states.forget(id);
    await this.#parts.secrets.forget(id);
  }

  async rename(id: string, name: string): Promise<void> {
    this.require(id);
    await this.#change((all) => all.map((one) => (one.id === id ? { ...one, name: name.trim() || one.name } : one)));
  }

  /** Acts within a second, also on a run that is going on. */
  async setLimits(id: string, limits: DestinationLimits): Promise<void> {
    const destination = this.require(id);
    this.#limitsOf(id, destination.limits).set(limits);
    await this.#change((all) => all.map((one) => (one.id === id ? { ...one, limits } : one)));
  }

  credentialsOf(id: string): DestinationCredentials | null {
    return this.#credentials.get(id) ?? null;
  }

  /**
   * Replaces what opens a destination; it is tried first, and kept only if it opens.
   * @throws HoldfastError `destination-*` where it does not open it, `keychain-unavailable`
   */
  async renew(id: string, credentials: DestinationCredentials, place?: DestinationPlace): Promise<void> {
    const destination = this.require(id);
    const next = place ?? destination.place;
    const status = await destinationStatus(this.#spec(next, credentials, null));
    if (status.error !== null && status.presence !== 'away') throw HoldfastError.fromInfo(status.error);
    await this.#parts.secrets.keep(id, credentials);
    this.#credentials.set(id, credentials);
    if (place !== undefined) await this.#change((all) => all.map((one) => (one.id === id ? { ...one, place } : one)));
    this.found(id, status);
    await this.states.update(id, { error: null });
    this.#parts.changed();
  }

  /**
   * What went wrong there in a run; null after one that went well.
   * @param plan id of the plan that it was of: another one may still lack something there; all where it is not given
   */
  async note(id: string, outcome: { error: ErrorInfo | null; complete: boolean }, plan?: string): Promise<void> {
    const { error, complete } = outcome;
    this.#written.add(id);
    const now = this.#parts.clock.now();
    const others = plan === undefined ? [] : this.#lateAt(id).filter((one) => one !== plan);
    const late = complete || plan === undefined ? others : [...others, plan];
    const behind = !complete || late.length > 0;
    await this.states.update(id, { error, behind, late, ...(complete ? { completeMs: now } : {}) });
    this.#parts.changed();
  }

  /** Plans that do not go to a place. */
  plansElsewhere(id: string): BackupPlan[] {
    return plansOf(this.#parts.config.value).filter(({ destinations }) => !destinations.some((one) => one.id === id));
  }

  /** Plans that lack something there, and still go there. */
  #lateAt(id: string): string[] {
    const here = plansOf(this.#parts.config.value).filter(({ destinations }) =>
      destinations.some((one) => one.id === id),
    );
    return (this.states.get(id).late ?? []).filter((late) => here.some((plan) => plan.id === late));
  }

  async #change(change: (all: PlannedDestination[]) => PlannedDestination[]): Promise<void> {
    const plan = this.#parts.config.value.plan;
    if (plan === null) throw notSetUp();
    await this.#parts.config.update({ plan: { ...plan, destinations: change([...plan.destinations]) } });
    this.#parts.changed();
  }
}

/** Two destinations of one name could not be told apart: later ones get a number. */
export function withDistinctNames(all: readonly PlannedDestination[]): PlannedDestination[] {
  const taken = new Set<string>();
  return all.map((one) => {
    let name = one.name;
    for (let n = 2; taken.has(name); n++) name = `${one.name} ${n}`;
    taken.add(name);
    return { ...one, name };
  });
}
