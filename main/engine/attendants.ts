/** The verbs that use one destination at a time: it stands still while all of them are paused, ends when all are stopped. */
import { setMaxListeners } from 'node:events';
import type { Wait } from '../destinations/open.ts';
import { countSince, MeteredTraffic } from '../destinations/meter.ts';
import { Limits } from '../destinations/limits.ts';
import { folderOf, placeText } from '../destinations/spec.ts';
import type { TrafficCount } from '../destinations/traffic.ts';
import type { Halt } from '../destinations/waiting.ts';
import type { DestinationSpec } from './api.ts';
import { stopped } from './control.ts';
import type { VerbContext } from './verb-context.ts';
import { told } from '../text.ts';
import { serviceOf, waitText } from './wait-words.ts';

/** How often it is looked whether the verbs were stopped, so that a request on its way ends within a second. */
const LOOK_MS = 200;
/** Shorter waits are nothing to speak of. */
const SPOKEN_MS = 5_000;

export class Attendants implements Halt {
  readonly meter: MeteredTraffic;
  readonly #spec: DestinationSpec;
  readonly #verbs = new Map<symbol, { context: VerbContext; before: TrafficCount }>();
  #ending = endingController();
  #look: NodeJS.Timeout | null = null;
  #spokenUntil = 0;

  constructor(spec: DestinationSpec) {
    this.#spec = spec;
    this.meter = new MeteredTraffic({ limits: Limits.of(spec), halt: this });
  }

  /** Aborted while all verbs that use the destination are stopped; to be asked for at each call. */
  readonly signal = (): AbortSignal => this.#ending.signal;

  /** A verb uses the destination until it calls what comes back, which tells it what passed meanwhile. */
  attend(context: VerbContext): () => void {
    const id = Symbol('verb');
    this.#verbs.set(id, { context, before: this.meter.count() });
    this.#lookNow();
    this.#look ??= setInterval(() => this.#lookNow(), LOOK_MS).unref();
    return () => this.#leave(id);
  }

  /** Resolves while any verb runs, or none is there; rejects with `stopped` once all are. */
  async check(): Promise<void> {
    const controls = [...this.#verbs.values()].map(({ context }) => context.control);
    if (controls.length === 0 || controls.some(({ state }) => state === 'running')) return;
    await Promise.any(controls.map((control) => control.check())).catch(() => {
      throw stopped();
    });
  }

  /** Told by the retries: says it to the people behind the verbs, once where many calls wait for the same. */
  readonly onWait = ({ error, delayMs }: Wait): void => {
    const now = performance.now();
    if (delayMs <= SPOKEN_MS || now + delayMs <= this.#spokenUntil) return;
    this.#spokenUntil = now + delayMs + SPOKEN_MS;
    const words = told(waitText(this.#spec.kind, serviceOf(this.#spec), error.code, delayMs));
    for (const { context } of this.#verbs.values()) context.emit({ type: 'message', level: 'info', ...words });
  };

  #leave(id: symbol): void {
    const verb = this.#verbs.get(id);
    if (verb === undefined) return;
    this.#verbs.delete(id);
    if (this.#verbs.size === 0 && this.#look !== null) {
      clearInterval(this.#look);
      this.#look = null;
    }
    // What a sync service carries passes through its own program.
    if (folderOf(this.#spec) !== null) return;
    const count = countSince(verb.before, this.meter.count());
    verb.context.emit({ type: 'traffic', destination: placeText(this.#spec), count });
  }

  #lookNow(): void {
    const all = [...this.#verbs.values()].every(({ context }) => context.control.state === 'stopped');
    if (!all && this.#ending.signal.aborted) this.#ending = endingController();
    else if (all && this.#verbs.size > 0 && !this.#ending.signal.aborted) this.#ending.abort(stopped());
  }
}

/** Every request on its way listens to it. */
function endingController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}
