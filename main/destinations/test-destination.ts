/**
 * "Test this destination": does with real objects what a backup will do there, measures it, and leaves nothing behind.
 * Only names under `probe/` are used, which no reader of a repository sees, so a repository in use is not disturbed.
 */
import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { HoldfastError, toHoldfastError } from '../errors.ts';
import { byteSize, english, plural, text, together, type Text } from '../text.ts';
import type { CallOptions, Destination, ObjectInfo, SpaceInfo } from './destination.ts';
import { PROBE_PREFIX, REPOSITORY_FILES } from './names.ts';
import { warningsOf } from './test-warnings.ts';

export type DestinationCheckId = 'reach' | 'write' | 'read-back' | 'list' | 'rename' | 'remove' | 'space';

export interface DestinationCheck {
  id: DestinationCheckId;
  /** What was checked, for the user. */
  label: string;
  ok: boolean;
  /** What was measured, or what went wrong and what to do. */
  detail: string;
  /** The same, as it is said in another language. */
  said: string | Text;
}

export interface DestinationTestResult {
  /** `other-files`: something that is not ours lies there; it is left alone. */
  content: 'empty' | 'repository' | 'other-files';
  /** Always all seven, in the order of `DestinationCheckId`. */
  checks: DestinationCheck[];
  /** True when every check passed. */
  ok: boolean;
  freeBytes: number | null;
  totalBytes: number | null;
  /** Durable writing, in millions of bytes a second; null if not measured. */
  writeMBps: number | null;
  /** Reading, in millions of bytes a second; null if not measured. */
  readMBps: number | null;
  /** Median time to store a small object durably, in ms; null if not measured. */
  latencyMs: number | null;
  /** Median time of the smallest question, in ms; null if not measured. */
  requestMs: number | null;
  /** Worth knowing, but no failure. */
  warnings: (string | Text)[];
}

export interface DestinationTestOptions extends CallOptions {
  /** Absolute paths of what is to be backed up: a warning tells if the destination is on the same disk. */
  sources?: readonly string[];
}

const LABELS: Record<DestinationCheckId, Text> = {
  reach: text`The place can be reached`,
  write: text`Files can be stored`,
  'read-back': text`They read back unchanged`,
  list: text`They can be listed`,
  rename: text`They can be replaced in one step`,
  remove: text`They can be removed`,
  space: text`The free space is known`,
};

const SMALL = 64 * 1024;
const LARGE = 16 * 2 ** 20;
/** Small objects stored one after the other, for the median. */
const SAMPLES = 5;

/**
 * Runs the checks. Failing checks are part of the result; the call rejects only when it is cancelled (with the
 * signal's reason). About 17 MB are written, less where there is little space.
 */
export async function testDestination(
  destination: Destination,
  options: DestinationTestOptions = {},
): Promise<DestinationTestResult> {
  const test = new DestinationTest(destination, options);
  try {
    return await test.run();
  } finally {
    await test.cleanUp();
  }
}

class DestinationTest {
  readonly #destination: Destination;
  readonly #options: DestinationTestOptions;
  readonly #signal: { signal: AbortSignal | undefined };
  readonly #folder = `${PROBE_PREFIX}${randomBytes(16).toString('hex')}/`;
  /** Owner of the spool: an id that no computer has. */
  readonly #owner = randomBytes(16).toString('hex');
  readonly #stored = new Map<string, Uint8Array>();
  readonly #checks: DestinationCheck[] = [];
  #content: DestinationTestResult['content'] = 'empty';
  #space: SpaceInfo = { freeBytes: null, totalBytes: null };
  #writeMBps: number | null = null;
  #readMBps: number | null = null;
  #latencyMs: number | null = null;
  #requestMs: number | null = null;
  /** Objects of a synchronised folder whose bytes are in the cloud only. */
  #evicted = 0;

  constructor(destination: Destination, options: DestinationTestOptions) {
    this.#destination = destination;
    this.#options = options;
    this.#signal = { signal: options.signal };
  }

  async run(): Promise<DestinationTestResult> {
    await this.#check('reach', async () => await this.#reach());
    await this.#check('write', async () => await this.#write());
    await this.#check('read-back', async () => await this.#readBack());
    await this.#check('list', async () => await this.#list());
    await this.#check('rename', async () => await this.#rename());
    await this.#check('remove', async () => await this.#remove());
    await this.#check('space', async () => await this.#measureSpace());
    return {
      content: this.#content,
      checks: this.#checks,
      ok: this.#checks.every((check) => check.ok),
      ...this.#space,
      writeMBps: this.#writeMBps,
      readMBps: this.#readMBps,
      latencyMs: this.#latencyMs,
      requestMs: this.#requestMs,
      warnings: await warningsOf(this.#destination, this.#options.sources ?? [], {
        freeBytes: this.#space.freeBytes,
        writeMBps: this.#writeMBps,
        evicted: this.#evicted,
      }),
    };
  }

  /** Removes every trace; what cannot be removed any more (the disk was pulled out) is left to its fate. */
  async cleanUp(): Promise<void> {
    for (const name of this.#stored.keys()) await this.#destination.remove(name).catch(() => undefined);
    await this.#destination.clearSpool(this.#owner).catch(() => undefined);
    await this.#destination.undoInit?.().catch(() => undefined);
  }

  async #check(id: DestinationCheckId, body: () => Promise<string | Text>): Promise<void> {
    const label = LABELS[id].english;
    const note = (ok: boolean, said: string | Text): void => {
      this.#checks.push({ id, label, ok, detail: english(said), said });
    };
    // Without a place, or without anything stored there, the other answers would say nothing.
    const failed = this.#checks.find((check) => !check.ok && (check.id === 'reach' || check.id === 'write'));
    if (failed !== undefined && id !== 'space') {
      return note(false, text`Not tried, because an earlier step failed.`);
    }
    try {
      this.#options.signal?.throwIfAborted();
      note(true, await body());
    } catch (error) {
      this.#options.signal?.throwIfAborted();
      const { message, guidance, said } = toHoldfastError(error);
      note(false, together([said?.message ?? message, said?.guidance ?? guidance]));
    }
  }

  async #reach(): Promise<Text> {
    await this.#destination.init(this.#signal);
    this.#content = await this.#look();
    if (this.#content === 'repository') return text`There is a backup in it already.`;
    return this.#content === 'empty' ? text`It is empty.` : text`It holds other files, which Holdfast leaves alone.`;
  }

  async #look(): Promise<DestinationTestResult['content']> {
    for (const name of REPOSITORY_FILES) {
      if ((await this.#destination.stat(name, this.#signal)) !== null) return 'repository';
    }
    let strays = 0;
    const listed = this.#destination.list('', { ...this.#signal, onStray: () => (strays += 1) });
    const objects = listed[Symbol.asyncIterator]();
    const first = await objects.next();
    await objects.return?.();
    if (first.done !== true) return 'repository';
    return strays === 0 ? 'empty' : 'other-files';
  }

  async #write(): Promise<Text> {
    const times: number[] = [];
    for (let sample = 0; sample < SAMPLES; sample += 1) times.push(await this.#store(randomBytes(SMALL)));
    this.#latencyMs = median(times);
    await this.#measureRequests();
    const { freeBytes } = await this.#destination.space(this.#signal).catch(() => this.#space);
    const size = freeBytes !== null && freeBytes < 8 * LARGE ? SMALL : LARGE;
    const ms = await this.#store(randomBytes(size));
    this.#writeMBps = round(size / 1000 / Math.max(ms, 0.001));
    const [small, question] = [round(this.#latencyMs ?? 0), round(this.#requestMs ?? 0)];
    return text`${this.#writeMBps} MB a second; ${small} ms for a small file, ${question} ms for a question.`;
  }

  async #measureRequests(): Promise<void> {
    const times: number[] = [];
    for (const name of [...this.#stored.keys()].slice(0, SAMPLES)) {
      const start = performance.now();
      const found = await this.#destination.stat(name, this.#signal);
      times.push(performance.now() - start);
      if (found === null) throw broken('A file that was just stored cannot be found.');
    }
    this.#requestMs = median(times);
  }

  /** Stores bytes under a new name; gives back the time in ms. */
  async #store(bytes: Uint8Array): Promise<number> {
    const name = this.#newName();
    this.#stored.set(name, bytes);
    const sha256 = createHash('sha256').update(bytes).digest();
    const start = performance.now();
    await this.#destination.put(name, bytes, { ...this.#signal, sha256 });
    return performance.now() - start;
  }

  #newName(): string {
    return `${this.#folder}${randomBytes(16).toString('hex')}`;
  }

  async #readBack(): Promise<Text> {
    let total = 0;
    let largest = 0;
    for (const [name, bytes] of this.#stored) {
      const start = performance.now();
      expectSame(await this.#destination.get(name, this.#signal), bytes);
      const ms = performance.now() - start;
      if (bytes.length > largest) this.#readMBps = round(bytes.length / 1000 / Math.max(ms, 0.001));
      largest = Math.max(largest, bytes.length);
      const offset = bytes.length >> 1;
      expectSame(await this.#destination.getRange(name, offset, SMALL / 4, this.#signal), part(bytes, offset));
      total += bytes.length;
    }
    return text`${byteSize(total)} compared, whole and in parts; ${byteSize((this.#readMBps ?? 0) * 1e6)} a second.`;
  }

  async #list(): Promise<Text> {
    const found = new Map<string, ObjectInfo>();
    for await (const object of this.#destination.list(this.#folder, this.#signal)) found.set(object.name, object);
    for (const [name, bytes] of this.#stored) {
      const object = found.get(name);
      if (object?.size !== bytes.length) throw broken('A file that was just stored is missing in the list.');
      if (this.#destination.abilities?.checksums === true) expectChecksum(object, bytes);
    }
    if (found.size !== this.#stored.size) throw broken('The list shows files that were never stored.');
    if (this.#destination.kind === 'synced') await this.#countEvicted();
    return this.#destination.abilities?.checksums === true
      ? text`${plural(found.size, { one: '# file', other: '# files' })}, each with its size and its checksum.`
      : text`${plural(found.size, { one: '# file', other: '# files' })}, each with its size.`;
  }

  async #countEvicted(): Promise<void> {
    for await (const { evicted } of this.#destination.list('', this.#signal)) this.#evicted += evicted === true ? 1 : 0;
  }

  /**
   * Overwrites an object, stores one again as after a lost answer, and publishes one that was prepared in the spool: the
   * ways in which backups appear.
   */
  async #rename(): Promise<Text> {
    const [name] = this.#stored.keys();
    if (name === undefined) throw broken('Nothing was stored that could be replaced.');
    const replaced = randomBytes(SMALL);
    this.#stored.set(name, replaced);
    await this.#destination.put(name, replaced, this.#signal);
    await this.#destination.put(name, replaced, this.#signal);
    expectSame(await this.#destination.get(name, this.#signal), replaced);

    const prepared = randomBytes(SMALL);
    const spool = path.join(await this.#destination.spoolFolder(this.#owner, this.#signal), 'probe');
    await writeFile(spool, prepared, { mode: 0o600 });
    const published = this.#newName();
    this.#stored.set(published, prepared);
    await this.#destination.publish(spool, published, this.#signal);
    expectSame(await this.#destination.get(published, this.#signal), prepared);
    return text`Old or new, never half of each.`;
  }

  async #remove(): Promise<Text> {
    const count = this.#stored.size;
    for (const name of [...this.#stored.keys()]) {
      await this.#destination.remove(name, this.#signal);
      if ((await this.#destination.stat(name, this.#signal)) !== null) {
        throw broken('A file that was removed is still there.');
      }
      this.#stored.delete(name);
    }
    return text`${plural(count, { one: '# file removed', other: '# files removed' })}; nothing of the test is left.`;
  }

  async #measureSpace(): Promise<Text> {
    this.#space = await this.#destination.space(this.#signal);
    const { freeBytes, totalBytes } = this.#space;
    if (freeBytes === null) return text`This kind of storage does not say how much is free.`;
    return totalBytes === null
      ? text`${byteSize(freeBytes)} free.`
      : text`${byteSize(freeBytes)} of ${byteSize(totalBytes)} free.`;
  }
}

function part(bytes: Uint8Array, offset: number): Uint8Array {
  return bytes.subarray(offset, offset + SMALL / 4);
}

function expectSame(read: Uint8Array, stored: Uint8Array): void {
  if (Buffer.compare(read, stored) !== 0) throw broken('A file came back with other content than was stored.');
}

function expectChecksum({ checksum }: ObjectInfo, bytes: Uint8Array): void {
  if (checksum === undefined) throw broken('A file that was just stored has no checksum in the list.');
  if (createHash(checksum.algorithm).update(bytes).digest('hex') !== checksum.hex) {
    throw broken('A file that was just stored has another checksum in the list than its content.');
  }
}

function median(times: number[]): number | null {
  return times.sort((a, b) => a - b)[times.length >> 1] ?? null;
}

function broken(message: string | Text): HoldfastError {
  return new HoldfastError(
    'destination-failed',
    message,
    'Nothing of yours was touched. This place cannot be trusted with backups: choose another one.',
  );
}

function round(value: number): number {
  return value < 10 ? Math.round(value * 10) / 10 : Math.round(value);
}
