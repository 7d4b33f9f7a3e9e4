/**
 * What this computer remembers of each destination over restarts: when the newest backup was complete there, what went
 * wrong last, and how much it took over time. A cache of facts for people: losing it loses nothing of a backup.
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeFileAtomic } from './atomic-file.ts';
import { StoredError } from './error-schema.ts';

const DestinationState = z.object({
  /** When the newest backup was complete there, ms since the epoch. */
  completeMs: z.number().nullable(),
  /** Some of the newest backup is not there yet. */
  behind: z.boolean(),
  /** Ids of the plans whose newest backup is not whole there, where it was a backup that told so. */
  late: z.array(z.string()).optional(),
  /** What went wrong in the last run there; null after one that went well. */
  error: StoredError.nullable(),
  usedBytes: z.number().nullable(),
  /** One sample a day at most, oldest first. */
  usage: z.array(z.object({ at: z.number(), bytes: z.number() })),
});
export type DestinationState = z.infer<typeof DestinationState>;

const States = z.object({ version: z.literal(1), destinations: z.record(z.string(), DestinationState) });

const NOTHING: DestinationState = { completeMs: null, behind: false, error: null, usedBytes: null, usage: [] };
const MAX_SAMPLES = 60;
const DAY_MS = 86_400_000;

export class DestinationStates {
  readonly #file: string;
  readonly #states: Map<string, DestinationState>;
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: string, states: Map<string, DestinationState>) {
    this.#file = file;
    this.#states = states;
  }

  /** Reads `file`; one that is missing or not understood means that nothing is remembered. */
  static async load(file: string): Promise<DestinationStates> {
    const text = await readFile(file, 'utf8').catch(() => '');
    return new DestinationStates(file, new Map(Object.entries(parse(text))));
  }

  get(id: string): DestinationState {
    return this.#states.get(id) ?? NOTHING;
  }

  /** Changes at once in memory, then on disk. What can't be written is remembered until the app quits. */
  async update(id: string, change: Partial<Omit<DestinationState, 'usage'>>): Promise<void> {
    this.#states.set(id, { ...this.get(id), ...change });
    await this.#write();
  }

  /** Notes how many bytes the backup takes there; a newer sample of the same day replaces the older one. */
  async noteUsage(id: string, at: number, bytes: number): Promise<void> {
    const state = this.get(id);
    const usage = state.usage.filter((sample) => Math.floor(sample.at / DAY_MS) !== Math.floor(at / DAY_MS));
    usage.push({ at, bytes });
    this.#states.set(id, { ...state, usedBytes: bytes, usage: usage.slice(-MAX_SAMPLES) });
    await this.#write();
  }

  async forget(id: string): Promise<void> {
    this.#states.delete(id);
    await this.#write();
  }

  async #write(): Promise<void> {
    const text = JSON.stringify({ version: 1, destinations: Object.fromEntries(this.#states) });
    const write = this.#writing.then(() => writeFileAtomic(this.#file, text));
    this.#writing = write.catch(() => undefined);
    await this.#writing;
  }
}

function parse(text: string): Record<string, DestinationState> {
  try {
    const parsed = States.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data.destinations : {};
  } catch {
    return {};
  }
}
