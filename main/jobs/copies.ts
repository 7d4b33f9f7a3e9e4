/** Fills a destination from the others, without the sources: a new one, or one that was away. */
import type { RunRecord } from './activity.ts';
import { presenceOf } from './destination-status.ts';
import type { Destinations } from './destinations.ts';
import type { EngineClient, Engines } from './ports.ts';
import type { CopyOutput } from '../engine/api.ts';
import { saidAs, toHoldfastError } from '../errors.ts';
import { phrase, sentence, text, told } from '../text.ts';
import type { JobContext, JobRunner } from './runner.ts';
import { TrafficLog } from './traffic-log.ts';

export interface CopiesParts {
  destinations: Destinations;
  runner: JobRunner;
  engines: Engines;
  stateFolder: string;
  /** Backups are paused: nothing starts by itself then. */
  paused: () => boolean;
}

export class Copies {
  readonly #parts: CopiesParts;

  constructor(parts: CopiesParts) {
    this.#parts = parts;
  }

  /**
   * Starts a copy to one destination from all the others.
   *
   * @param make a place that is not there, or was emptied, is filled anew: only where a person asked for it
   * @throws HoldfastError `busy`, `bad-input` for an unknown destination
   */
  start(id: string, make = true): { runId: string; finished: Promise<RunRecord> } {
    const target = this.#parts.destinations.require(id);
    return this.#parts.runner.start({
      kind: 'copy',
      destination: target.name,
      execute: async (context) => await this.#copy(id, make, context),
    });
  }

  /** Starts a copy to the first that lacks something and is there, where nothing else runs. */
  catchUp(): void {
    const { destinations, runner } = this.#parts;
    const planned = destinations.planned();
    if (planned.length < 2 || runner.active().length > 0 || runner.reserved || this.#parts.paused()) return;
    const late = planned.find(({ id }) => {
      const { behind, completeMs, error } = destinations.states.get(id);
      // What failed for another reason than absence would only fail again; the next backup tries it.
      const refused = error !== null && presenceOf(error.code) === 'error';
      return !refused && destinations.status(id).presence === 'present' && (behind || completeMs === null);
    });
    if (late !== undefined) this.start(late.id, false);
  }

  /** All computers' backups but those of plans that do not go there. */
  async #clients(engine: EngineClient, id: string): Promise<'all' | string[]> {
    const { destinations } = this.#parts;
    const elsewhere = destinations.plansElsewhere(id).map(({ clientId }) => clientId);
    if (elsewhere.length === 0) return 'all';
    const found = new Set<string>();
    for (const one of destinations.planned()) {
      if (one.id === id) continue;
      // One that does not answer is not copied from either.
      const facts = await engine.run('inspect', { destination: destinations.spec(one) }).catch(() => null);
      for (const client of facts?.clients ?? []) found.add(client);
    }
    return [...found].filter((client) => !elsewhere.includes(client));
  }

  async #copy(id: string, make: boolean, { control, emit }: JobContext): Promise<Partial<RunRecord>> {
    const { destinations, engines, stateFolder } = this.#parts;
    await destinations.load();
    const target = destinations.require(id);
    const others = destinations.planned().filter((one) => one.id !== id);
    const traffic = new TrafficLog();
    const engine = engines.fresh();
    try {
      const output = await engine.run(
        'copy',
        {
          from: others.map((one) => destinations.spec(one)),
          to: destinations.spec(target),
          clients: await this.#clients(engine, id),
          make,
          stateFolder,
        },
        {
          control,
          onEvent: (event) => {
            traffic.take(event);
            emit(event);
          },
        },
      );
      destinations.found(id, { presence: 'present', error: null });
      await destinations.note(id, { error: null, complete: output.complete });
      for (const { object, at, message } of output.damaged) {
        emit({ type: 'message', level: 'warning', ...told(text`${object} at ${at}: ${sentence(message)}`) });
      }
      return {
        files: output.objects,
        bytes: output.bytes,
        storedBytes: output.bytes,
        traffic: traffic.list(),
        skippedCount: output.missing.length,
        skipped: nowhereWhole(output),
      };
    } catch (thrown) {
      const error = toHoldfastError(thrown);
      if (error.code.startsWith('destination-')) {
        destinations.found(id, { presence: presenceOf(error.code), error: error.toInfo() });
        await destinations.note(id, { error: error.toInfo(), complete: false });
      }
      throw error;
    } finally {
      await engine.end();
    }
  }
}

/** What no other place has whole, with what the one that was asked last says of it. */
function nowhereWhole({ missing, damaged }: CopyOutput): RunRecord['skipped'] {
  return missing.map((object) => ({
    path: object,
    // Damaged, missing or not given: which it is stands in the message.
    reason: 'other',
    ...saidAs(
      damaged.findLast((one) => one.object === object)?.message ?? phrase('A part of the backup is damaged.'),
      phrase('What could be copied was copied. Verify the backup to see which files are concerned.'),
    ),
  }));
}
