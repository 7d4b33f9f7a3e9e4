/**
 * What this computer remembers of updates: the channel, and the newest release that was seen of each, below which it
 * never goes back. A file of its own, so that it stays where the configuration is lost.
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeFileAtomic } from '../../jobs/atomic-file.ts';
import type { Seen } from './decide.ts';
import type { Channel } from './manifest.ts';
import { isVersion } from './version.ts';

const SeenRelease = z.object({ version: z.string().refine(isVersion), issuedMs: z.number() });

const Kept = z.object({
  version: z.literal(1),
  channel: z.enum(['stable', 'beta']),
  /** Looks for updates by itself. */
  automatic: z.boolean(),
  /** 16 random bytes in hex. It decides when a staged release reaches this computer, and is sent nowhere. */
  stagingId: z.string(),
  checkedMs: z.number().nullable(),
  seen: z.object({ stable: SeenRelease.nullable(), beta: SeenRelease.nullable() }),
  /** What a notification told of last, so that it is told once. */
  told: z.string().nullable(),
});
type Kept = z.infer<typeof Kept>;

export class UpdateMemory {
  readonly #file: string;
  #kept: Kept;
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: string, kept: Kept) {
    this.#file = file;
    this.#kept = kept;
  }

  /** Reads `file`; one that is missing or damaged is begun anew, on the channel of the version that runs. */
  static async load(file: string, version: string): Promise<UpdateMemory> {
    const text = await readFile(file, 'utf8').catch(() => '');
    return new UpdateMemory(file, parse(text) ?? fresh(version));
  }

  get value(): Readonly<Kept> {
    return this.#kept;
  }

  /** At once in memory, then on disk. Rejects with the system's error where it can't be written. */
  async update(change: Partial<Omit<Kept, 'version' | 'stagingId'>>): Promise<void> {
    this.#kept = { ...this.#kept, ...change };
    const text = `${JSON.stringify(this.#kept, null, 2)}\n`;
    const write = this.#writing.then(() => writeFileAtomic(this.#file, text));
    this.#writing = write.catch(() => undefined);
    await write;
  }

  /** Called with every release that was proven genuine and is no step back. */
  async noteSeen(channel: Channel, seen: Seen): Promise<void> {
    await this.update({ seen: { ...this.#kept.seen, [channel]: seen } });
  }
}

function fresh(version: string): Kept {
  return {
    version: 1,
    channel: version.includes('-beta.') ? 'beta' : 'stable',
    automatic: true,
    stagingId: randomBytes(16).toString('hex'),
    checkedMs: null,
    seen: { stable: null, beta: null },
    told: null,
  };
}

function parse(text: string): Kept | null {
  try {
    return Kept.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
