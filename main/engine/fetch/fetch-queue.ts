/**
 * What is fetched, and when. Readers wait for what they want, so that comes first; beside it the plan of what will be
 * read soon is fetched ahead, in its order, as many ranges at a time as the storage likes. Ranges that several want are
 * fetched once.
 */
import type { Destination } from '../../destinations/destination.ts';
import { HoldfastError } from '../../errors.ts';
import type { CacheFolder } from './cache-folder.ts';
import type { FetchedPack } from './messages.ts';
import { bitCount, firstRun, MIB, PART_MIB, type Parts } from './parts.ts';

/** Most bytes of one request's answer lie in memory; of all those that are fetched ahead, no more than this. */
const AHEAD_IN_MEMORY_MIB = 64;
/** MiB that may lie fetched and unread on the disk for each request at a time. */
const AHEAD_ON_DISK_MIB = 2 * PART_MIB;

interface Flight {
  mask: number;
  done: Promise<void>;
}

export interface FetchQueueOptions {
  /** Resolves to the open destination; rejects for every request alike where it cannot be opened. */
  destination: () => Promise<Destination>;
  packs: readonly FetchedPack[];
  parts: Parts;
  files: CacheFolder;
  /** True: whole packs that were kept in earlier runs are not used. */
  fresh: boolean;
  budgetBytes: number;
  /** Ends all requests. */
  signal: AbortSignal;
}

export class FetchQueue {
  readonly #o: FetchQueueOptions;
  readonly #flights = new Map<number, Set<Flight>>();
  /** Planned MiB by part, in the plan's order, and the plans that they came from. */
  readonly #planned = new Map<number, number>();
  readonly #plans = new Map<number, Int32Array>();
  /** How far each pack was read in sequence: the MiB that comes next, and how many are fetched at once. */
  readonly #sequences = new Map<number, { next: number; mib: number }>();
  #parallel = 2;
  #running = 0;
  #inMemoryMib = 0;
  #unreadMib = 0;
  /** A failure ends the fetching ahead until somebody's own request has succeeded. */
  #failed = false;

  constructor(options: FetchQueueOptions) {
    this.#o = options;
  }

  /** Ranges on their way. */
  get running(): number {
    return this.#running;
  }

  /** Resolves when these MiB of a pinned part are there. */
  async want(part: number, mask: number): Promise<void> {
    const { parts } = this.#o;
    for (;;) {
      const lacking = mask & ~parts.there(part);
      if (lacking === 0) break;
      const flights = [...(this.#flights.get(part) ?? [])].filter((flight) => (flight.mask & lacking) !== 0);
      if (flights.length > 0) await Promise.all(flights.map(({ done }) => done));
      else await this.#fetch(part, this.#withReadAhead(part, lacking));
    }
    this.#failed = false;
    this.#pump();
  }

  /** @param wanted pairs of a part and its MiB, in the order in which they will be read */
  plan(plan: number, wanted: Int32Array): void {
    this.#plans.set(plan, wanted);
    for (let i = 0; i + 1 < wanted.length; i += 2) {
      const part = wanted[i] ?? 0;
      this.#planned.set(part, (this.#planned.get(part) ?? 0) | (wanted[i + 1] ?? 0));
    }
    this.#pump();
  }

  /** What of this plan has not been read will not be. */
  planDone(plan: number): void {
    const wanted = this.#plans.get(plan) ?? new Int32Array(0);
    this.#plans.delete(plan);
    for (let i = 0; i + 1 < wanted.length; i += 2) {
      const part = wanted[i] ?? 0;
      const mask = wanted[i + 1] ?? 0;
      const rest = (this.#planned.get(part) ?? 0) & ~mask;
      if (rest === 0) this.#planned.delete(part);
      else this.#planned.set(part, rest);
      this.#unreadMib -= this.#o.parts.clearAhead(part, mask);
    }
    this.#pump();
  }

  didRead(mib: number): void {
    this.#unreadMib -= mib;
    this.#pump();
  }

  /** Resolves when nothing is on its way any more. */
  async settled(): Promise<void> {
    this.#planned.clear();
    const flights = [...this.#flights.values()].flatMap((set) => [...set]);
    await Promise.allSettled(flights.map(({ done }) => done));
  }

  /** Fetches ahead what is planned, as far as requests, memory and disk allow. */
  #pump(): void {
    const { parts, signal, budgetBytes } = this.#o;
    const onDiskMib = Math.max(
      PART_MIB,
      Math.min(this.#parallel * AHEAD_ON_DISK_MIB, Math.floor(budgetBytes / 2 / MIB)),
    );
    while (!this.#failed && !signal.aborted && this.#running < this.#parallel && this.#unreadMib < onDiskMib) {
      const next = this.#nextPlanned();
      if (next === null) return;
      const { part, mask } = next;
      if (this.#inMemoryMib > 0 && this.#inMemoryMib + bitCount(mask) > AHEAD_IN_MEMORY_MIB) return;
      this.#unplan(part, mask);
      parts.markAhead(part, mask);
      this.#unreadMib += bitCount(mask);
      this.#fetch(part, mask).catch(() => {
        this.#failed = true;
        this.#unreadMib -= parts.clearAhead(part, mask);
      });
    }
  }

  /** The first range of the plan that is neither there nor on its way. */
  #nextPlanned(): { part: number; mask: number } | null {
    for (const [part, planned] of this.#planned) {
      const lacking = planned & ~this.#o.parts.there(part) & ~this.#onItsWay(part);
      const run = firstRun(lacking);
      if (run !== null) return { part, mask: maskOfRun(run) };
      this.#planned.delete(part);
    }
    return null;
  }

  #unplan(part: number, mask: number): void {
    const rest = (this.#planned.get(part) ?? 0) & ~mask;
    if (rest === 0) this.#planned.delete(part);
    else this.#planned.set(part, rest);
  }

  #onItsWay(part: number): number {
    let mask = 0;
    for (const flight of this.#flights.get(part) ?? []) mask |= flight.mask;
    return mask;
  }

  /**
   * The range to fetch for a reader: what it lacks, with what is planned behind it, or with what it will ask for next
   * where it reads in sequence: twice as much each time, up to the part's end. Metadata packs come whole.
   */
  #withReadAhead(part: number, lacking: number): number {
    const { parts } = this.#o;
    const all = parts.all(part);
    if (this.#isMetadata(part)) return all;
    const first = (firstRun(lacking) ?? { first: 0 }).first;
    const last = 31 - Math.clz32(lacking);
    const { pack, index } = parts.place(part);
    const sequence = this.#sequences.get(pack);
    const start = index * PART_MIB + first;
    const mib = sequence?.next === start ? Math.min(PART_MIB, sequence.mib * 2) : 1;
    const end = Math.min(PART_MIB, Math.max(last + 1, first + mib));
    const free = all & ~parts.there(part) & ~this.#onItsWay(part);
    let mask = maskOfRun({ first, end }) & free;
    const planned = this.#planned.get(part) ?? 0;
    for (let at = last + 1; at < PART_MIB && (planned & free & (1 << at)) !== 0; at++) mask |= 1 << at;
    // One request takes one unbroken range.
    const run = firstRun(mask) ?? { first, end: first + 1 };
    this.#sequences.set(pack, { next: index * PART_MIB + run.end, mib: Math.max(mib, run.end - run.first) });
    return maskOfRun(run);
  }

  #isMetadata(part: number): boolean {
    const { pack } = this.#o.parts.place(part);
    return /\/m\/[0-9a-f]{64}$/.test(this.#o.packs[pack]?.name ?? '') && this.#o.parts.partsOf(pack) === 1;
  }

  #fetch(part: number, mask: number): Promise<void> {
    const mib = bitCount(mask);
    this.#running++;
    this.#inMemoryMib += mib;
    const flights = this.#flights.get(part) ?? new Set();
    this.#flights.set(part, flights);
    const flight: Flight = {
      mask,
      done: this.#load(part, mask).finally(() => {
        flights.delete(flight);
        if (flights.size === 0) this.#flights.delete(part);
        this.#running--;
        this.#inMemoryMib -= mib;
        this.#pump();
      }),
    };
    flights.add(flight);
    return flight.done;
  }

  async #load(part: number, mask: number): Promise<void> {
    const { files, parts, packs, fresh, signal } = this.#o;
    const metadata = this.#isMetadata(part);
    if (metadata && !fresh && (await files.useKept(part))) return;
    const destination = await this.#o.destination();
    const parallel = Math.max(1, destination.abilities?.parallel ?? 2);
    if (parallel !== this.#parallel) {
      this.#parallel = parallel;
      this.#pump();
    }
    const { pack, offset, length } = parts.place(part);
    const run = firstRun(mask) ?? { first: 0, end: 0 };
    const from = run.first * MIB;
    const to = Math.min(length, run.end * MIB);
    const get = async (): Promise<Uint8Array> => {
      const bytes = await destination.getRange(packs[pack]?.name ?? '', offset + from, to - from, { signal });
      if (bytes.length !== to - from) throw shortAnswer(packs[pack]?.name ?? '', bytes.length, to - from);
      parts.countRequest(bytes.length);
      return bytes;
    };
    let bytes = await get();
    if (metadata) {
      // A line that gave wrong bytes once is asked once more. What is damaged in the storage is said by who reads it.
      if (!files.isWhole(part, bytes)) bytes = await get();
      if (files.isWhole(part, bytes) && (await files.keep(part, bytes))) return;
    }
    await files.write(part, from, bytes, mask);
  }
}

const maskOfRun = ({ first, end }: { first: number; end: number }): number => (2 ** end - 1) & ~(2 ** first - 1);

function shortAnswer(name: string, got: number, asked: number): HoldfastError {
  return new HoldfastError(
    'destination-failed',
    'The storage gave fewer bytes than it was asked for.',
    'Nothing stored was changed. Try again; if it happens again, verify the backup.',
    { detail: `${name}: ${got} of ${asked} bytes` },
  );
}
