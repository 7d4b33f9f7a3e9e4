/** Checks of the backup: structure and, where asked, every byte; with the key when unlocked, else with the capability. */
import { placeText } from '../destinations/spec.ts';
import type { VerifyOutput } from '../engine/api.ts';
import type { Connection } from './connection.ts';
import type { Engines, Keys } from './ports.ts';
import { readWithKey } from './reading.ts';
import type { JobContext, JobRunner } from './runner.ts';
import type { RunRecord } from './activity.ts';
import { saidAs } from '../errors.ts';
import { list, phrase, text, type Text } from '../text.ts';

export type VerifyLevel = 0 | 1 | 2 | 3;

export interface VerifiesParts {
  connection: Connection;
  runner: JobRunner;
  engines: Engines;
  keys: Keys;
  stateFolder: string;
  /** True while the root key is in memory. */
  unlocked: () => boolean;
}

export class Verifies {
  readonly #parts: VerifiesParts;

  constructor(parts: VerifiesParts) {
    this.#parts = parts;
  }

  /**
   * Starts a check.
   * @throws HoldfastError `busy`, `bad-input` before anything is set up
   */
  start(level: VerifyLevel): string {
    return this.#start(level, undefined);
  }

  /**
   * Starts a check of structure and of so many bytes of packs, those first that were read longest ago.
   * @throws HoldfastError `busy`, `bad-input` before anything is set up
   */
  startPart(budget: number): string {
    return this.#start(2, budget);
  }

  #start(level: VerifyLevel, budget: number | undefined): string {
    const { destination } = this.#parts.connection.require();
    return this.#parts.runner.start({
      kind: 'verify',
      destination: placeText(destination),
      execute: async (context) => record(await this.#verify(level, budget, context)),
    }).runId;
  }

  async #verify(level: VerifyLevel, budget: number | undefined, { control, emit }: JobContext): Promise<VerifyOutput> {
    const { destination } = this.#parts.connection.require();
    const { keys, engines, stateFolder } = this.#parts;
    if (this.#parts.unlocked()) {
      const input = { destination, level, budget, stateFolder };
      return await readWithKey(this.#parts, 'verify', (access) => ({ ...input, access }), { control, onEvent: emit });
    }
    const access = await keys.writeAccess(this.#parts.connection.clientsHere()[0]);
    const engine = engines.fresh();
    try {
      const input = { destination, access, level, budget, stateFolder };
      return await engine.run('verify', input, { control, onEvent: emit });
    } finally {
      access.capability.fill(0);
      await engine.end();
    }
  }
}

/** Named of what needs a damaged object. */
const NAMED = 5;

function neededBy(affects: readonly string[]): string | Text {
  if (affects.length === 0) return phrase('No snapshot needs this. Nothing of yours is lost.');
  const named = list(affects.slice(0, NAMED));
  return affects.length > NAMED ? text`Needed by: ${named} and more.` : text`Needed by: ${named}.`;
}

function record(output: VerifyOutput): Partial<RunRecord> {
  return {
    files: output.objects,
    bytes: output.bytesRead,
    skippedCount: output.damage.length,
    skipped: output.damage.map((damage) => ({
      path: damage.object,
      reason: 'io-error',
      ...saidAs(damage.said ?? damage.message, neededBy(damage.affects)),
    })),
  };
}
