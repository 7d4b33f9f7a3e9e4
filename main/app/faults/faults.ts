/**
 * Reports of faults of the program itself, on this computer only: one text file for each, the newest few. Memory is never
 * written out (no crash dumps): it may hold keys.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { FaultPlace, FaultsService, FaultSummary } from '../../ipc/services.ts';
import { say } from '../../words/say.ts';
import { faultText, faultTitle, type FaultFacts, titleWords } from './report.ts';
import { scrub, type Scrubbed } from './scrub.ts';

export const MAX_KEPT = 20;
/** A fault that comes again and again must not push out what led to it. */
const MAX_OF_ONE_START = 10;
const MAX_BYTES = 64 * 1024;
const NAME = /^(\d{8}t\d{9}-[0-9a-f]{4})\.txt$/;
/** There while the program runs. */
const RUNNING = 'running';

export interface FaultsParts {
  /** Made when the first fault comes. */
  readonly folder: string;
  /** Folder of the program's own scripts. */
  readonly scripts: string;
  readonly facts: FaultFacts;
  readonly now: () => number;
  /** For who started the program from a terminal. */
  readonly report: (what: string) => void;
}

export class Faults implements FaultsService {
  readonly #parts: FaultsParts;
  /** What was noted since the start; the same fault once. */
  readonly #noted = new Set<string>();
  #begun = false;

  constructor(parts: FaultsParts) {
    this.#parts = parts;
  }

  /** Writes a report at once, for the program may be about to end. Never throws. */
  note(place: FaultPlace, thrown: unknown): void {
    this.#keep(place, scrub(thrown, this.#parts.scripts));
  }

  /**
   * A process of the program that ended, by what the system says of it.
   * @param what such as `renderer crashed`: fixed words only
   */
  noteProcess(what: string): void {
    this.#keep('process', {
      name: what.replaceAll(/[^a-z -]/gi, '').slice(0, 60),
      code: null,
      message: null,
      frames: [],
    });
  }

  /**
   * Notes that the program runs; where the last run of it has left that note behind, it ended without a word. Never
   * throws.
   */
  begin(): void {
    const file = path.join(this.#parts.folder, RUNNING);
    this.#begun = true;
    try {
      mkdirSync(this.#parts.folder, { recursive: true, mode: 0o700 });
      writeFileSync(file, '', { flag: 'wx', mode: 0o600 });
    } catch (error) {
      if (!isThere(error)) return this.#parts.report(`faults: ${String(error)}`);
      const message = 'A crash, a power cut and a system that shut down in a hurry look the same.';
      this.#keep('end', { name: 'End', code: null, message, frames: [] });
    }
  }

  /** The program ends as it should. Never throws. */
  end(): void {
    if (!this.#begun) return; // the note is another's, which runs already
    this.#begun = false;
    try {
      rmSync(path.join(this.#parts.folder, RUNNING), { force: true });
    } catch (error) {
      this.#parts.report(`faults: ${String(error)}`);
    }
  }

  async list(): Promise<FaultSummary[]> {
    const ids = (await this.#ids()).reverse();
    const found = await Promise.all(
      ids.map(async (id) => {
        const text = await this.text(id);
        return text === null
          ? []
          : [{ id, at: timeOf(id), title: say(titleWords(text.slice(0, Math.max(0, text.indexOf('\n'))))) }];
      }),
    );
    return found.flat();
  }

  async text(id: string): Promise<string | null> {
    if (!NAME.test(`${id}.txt`)) return null;
    const text = await readFile(this.fileOf(id), 'utf8').catch(() => null);
    return text === null ? null : text.slice(0, MAX_BYTES);
  }

  fileOf(id: string): string {
    return path.join(this.#parts.folder, `${id}.txt`);
  }

  async removeAll(): Promise<void> {
    for (const id of await this.#ids()) await rm(this.fileOf(id), { force: true });
  }

  #keep(place: FaultPlace, scrubbed: Scrubbed): void {
    const { folder, facts, now, report } = this.#parts;
    const same = JSON.stringify([place, scrubbed]);
    if (this.#noted.has(same) || this.#noted.size >= MAX_OF_ONE_START) return;
    this.#noted.add(same);
    report(`fault: ${faultTitle(place, scrubbed)}`);
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const atMs = now();
      writeFileSync(this.fileOf(idOf(atMs)), faultText(place, scrubbed, atMs, facts), { mode: 0o600, flag: 'wx' });
    } catch (error) {
      return report(`faults: ${String(error)}`);
    }
    void this.#trim();
  }

  async #trim(): Promise<void> {
    for (const id of (await this.#ids()).slice(0, -MAX_KEPT)) await rm(this.fileOf(id), { force: true });
  }

  /** Oldest first. */
  async #ids(): Promise<string[]> {
    const names = await readdir(this.#parts.folder).catch(() => []);
    return names.flatMap((name) => NAME.exec(name)?.[1] ?? []).sort();
  }
}

/** `20261126t091500123-ab12`: sorts by time. */
function idOf(atMs: number): string {
  const digits = new Date(atMs).toISOString().replaceAll(/[-:.Z]/g, '');
  return `${digits.toLowerCase()}-${randomBytes(2).toString('hex')}`;
}

function timeOf(id: string): number {
  const [, year, month, day, hour, minute, second, ms] = /^(....)(..)(..)t(..)(..)(..)(...)/.exec(id) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`);
}

function isThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}
