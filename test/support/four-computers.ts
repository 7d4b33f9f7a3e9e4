/**
 * Four computers that back up, forget and prune against one repository at the same time, each in processes of its own
 * that are killed now and then. Each sees the storage by a path of its own, as four machines do that share a disk.
 */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import { LocalDestination } from '../../main/destinations/local/local-destination.ts';
import type { Access, Verb, Verbs } from '../../main/engine/api.ts';
import { RunControl } from '../../main/engine/control.ts';
import { create } from '../../main/engine/create.ts';
import { enrol } from '../../main/engine/enrol.ts';
import { loadDomain } from '../../main/engine/repository/domain.ts';
import { closeSnapshot } from '../../main/engine/repository/open-trees.ts';
import { Repository } from '../../main/engine/repository/repository.ts';
import { restore } from '../../main/engine/restore.ts';
import { snapshots } from '../../main/engine/snapshots.ts';
import { verbs } from '../../main/engine/verbs.ts';
import { verify } from '../../main/engine/verify.ts';
import { runVerb, type Kill } from './crash-child.ts';
import { dice, fingerprint, KIB, noise, type Fingerprint } from './crash-world.ts';
import { everythingTo } from './restore-all.ts';

export interface FourReport {
  /** Runs that came to their end, and those that were killed, by verb. */
  finished: Record<string, number>;
  killed: Record<string, number>;
  /** Snapshots that were made, and those that were forgotten. */
  made: number;
  forgotten: number;
  /** Snapshots that were given back and compared, in between and at the end. */
  restored: number;
  /** Packs that lie there at the end. */
  packs: number;
  /** Everything that was wrong; empty where nothing was. */
  problems: string[];
}

export interface FourOptions {
  seed: string;
  /** True while a computer that has taken so many steps goes on. */
  more: (steps: number) => boolean;
  /** Runs that are not killed are made in this process: quick, and all in one. */
  here?: boolean;
  /** When the next run is killed. `usualMs`: how long such a run took last. */
  kill: (roll: () => number, usualMs: number, steps: number) => Kill;
}

const COMPUTERS = 4;
const FILES = 16;
const PACK_BYTES = 128 * KIB;

type WriteAccess = Extract<Access, { kind: 'capability' }>;

interface Shared {
  folder: string;
  rootKey: Uint8Array;
  options: FourOptions;
  report: FourReport;
}

export async function fourComputers(options: FourOptions): Promise<FourReport> {
  const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-four-'));
  const rootKey = new Uint8Array(randomBytes(32));
  const report: FourReport = {
    finished: {},
    killed: {},
    made: 0,
    forgotten: 0,
    restored: 0,
    packs: 0,
    problems: [],
  };
  const shared: Shared = { folder, rootKey, options, report };
  const destination = { kind: 'local' as const, path: path.join(folder, 'repo') };
  try {
    await create({ destination, rootKey });
    const computers: Computer[] = [];
    for (let i = 0; i < COMPUTERS; i++) computers.push(await Computer.make(shared, i));
    await Promise.all(computers.map(async (one) => await one.live()));
    // Alone now: all that was ever made and not forgotten, and every byte.
    const context = { control: new RunControl(), emit: () => undefined };
    const found = await verify({ destination, access: { kind: 'key', rootKey }, level: 3 }, context);
    report.packs = await packsIn(destination.path, { kind: 'key', rootKey });
    for (const { object, message } of found.damage) report.problems.push(`${object}: ${message}`);
    for (const stray of found.strays) report.problems.push(`stray: ${stray}`);
    if (!found.contentsProven) report.problems.push('contents were not proven');
    for (const one of computers) await one.restoreAll();
    return report;
  } finally {
    await closeSnapshot();
    rmSync(folder, { recursive: true });
  }
}

async function packsIn(repo: string, access: Access): Promise<number> {
  const repository = await Repository.open(await LocalDestination.open(repo), access);
  let packs = 0;
  for (const client of await repository.clientIds()) packs += (await loadDomain(repository, client)).packs.length;
  return packs;
}

class Computer {
  readonly #shared: Shared;
  readonly #name: string;
  readonly #access: WriteAccess;
  readonly #roll: () => number;
  /** What each snapshot has to give back, oldest first. */
  readonly #states = new Map<string, Fingerprint>();
  /** Of those, what a killed run was to forget: a list shows it until a later run removes it, or for good. */
  readonly #leaving = new Set<string>();
  readonly #usualMs = new Map<Verb, number>();
  #steps = 0;
  #changes = 0;

  private constructor(shared: Shared, index: number, access: WriteAccess) {
    this.#shared = shared;
    this.#name = `${index}`;
    this.#access = access;
    this.#roll = dice(`${shared.options.seed} ${index}`);
  }

  static async make(shared: Shared, index: number): Promise<Computer> {
    const { folder, rootKey } = shared;
    symlinkSync(path.join(folder, 'repo'), path.join(folder, `repo seen by ${index}`));
    const made = await enrol({ destination: { kind: 'local', path: path.join(folder, 'repo') }, rootKey });
    const { capability, readerPublicKey } = made;
    return new Computer(shared, index, { kind: 'capability', capability, readerPublicKey });
  }

  get #destination() {
    return { kind: 'local' as const, path: path.join(this.#shared.folder, `repo seen by ${this.#name}`) };
  }

  get #sources(): string {
    return path.join(this.#shared.folder, `files ${this.#name}`);
  }

  get #common() {
    const stateFolder = path.join(this.#shared.folder, `state ${this.#name}`);
    return { destination: this.#destination, access: this.#access, stateFolder };
  }

  /** Backs up, forgets and prunes until it is enough; then once more, undisturbed. */
  async live(): Promise<void> {
    await this.#backup({ kind: 'never' });
    for (; this.#shared.options.more(this.#steps); this.#steps++) {
      const what = this.#roll();
      if (what < 0.5) await this.#backup();
      else if (what < 0.7) await this.#forget();
      else await this.#prune();
      await this.#restoreSome();
    }
    await this.#backup({ kind: 'never' });
    await this.#prune({ kind: 'never' });
  }

  async restoreAll(): Promise<void> {
    for (const id of this.#states.keys()) await this.#compare(id);
  }

  async #backup(kill?: Kill): Promise<void> {
    this.#change();
    const input = { ...this.#common, sources: [this.#sources], excludes: [], computerName: this.#name };
    const before = this.#states.size;
    await this.#run('backup', { ...input, packBytes: PACK_BYTES }, kill);
    await this.#takeStock();
    if (this.#states.size > before + 1) this.#problem('one run made more than one snapshot');
  }

  async #forget(): Promise<void> {
    const ids = [...this.#states.keys()];
    const staying = ids.filter((id) => !this.#leaving.has(id));
    const last = 1 + Math.floor(this.#roll() * 4);
    const one = this.#roll() < 0.3 ? staying.slice(0, -1)[Math.floor(this.#roll() * (staying.length - 1))] : undefined;
    const certain = one === undefined ? staying.slice(0, -last) : [one];
    for (const id of one === undefined ? ids.slice(0, -last) : [one]) this.#leaving.add(id);
    const input = { ...this.#common, policy: one === undefined ? { last } : null, dryRun: false };
    const done = await this.#run('forget', { ...input, ids: one === undefined ? [] : [one] });
    await this.#takeStock();
    if (!done) return;
    for (const id of certain) if (this.#states.has(id)) this.#problem(`snapshot ${id} was not forgotten`);
    // What is still there was not to go after all.
    this.#leaving.clear();
  }

  async #prune(kill?: Kill): Promise<void> {
    const unlocked = this.#roll() < 0.6;
    const rootKey = unlocked ? this.#shared.rootKey : undefined;
    const input = { ...this.#common, rootKey, graceHours: 0, maxUnused: 0, dryRun: false, packBytes: PACK_BYTES };
    await this.#run('prune', input, kill);
    await this.#takeStock();
  }

  /** @returns false where it was killed */
  async #run<V extends Verb>(verb: V, input: Verbs[V]['input'], kill?: Kill): Promise<boolean> {
    const { options, report } = this.#shared;
    const when = kill ?? options.kill(this.#roll, this.#usualMs.get(verb) ?? 2000, this.#steps);
    if (options.here === true && when.kind === 'never') {
      await verbs[verb](input, { control: new RunControl(), emit: () => undefined });
      report.finished[verb] = (report.finished[verb] ?? 0) + 1;
      return true;
    }
    const result = await runVerb(verb, input, when);
    const count = result.killed ? report.killed : report.finished;
    count[verb] = (count[verb] ?? 0) + 1;
    if (result.killed) return false;
    this.#usualMs.set(verb, result.ms);
    if (result.exitCode !== 0) this.#problem(`${verb} failed: ${JSON.stringify(result.lines.at(-1))} ${result.stderr}`);
    return true;
  }

  /** Compares the snapshots that there are with those that have to be. */
  async #takeStock(): Promise<void> {
    const found = await snapshots({ destination: this.#destination, access: this.#access });
    const ids = new Set(found.map(({ id }) => id));
    for (const { id, damage, partial, sequence } of found) {
      if (damage !== null) this.#problem(`snapshot ${sequence}: ${damage}`);
      if (partial) this.#problem(`snapshot ${sequence} is partial, and no run was stopped`);
      if (this.#states.has(id)) continue;
      // Of a killed run too: the sources have been as they are since it began.
      this.#states.set(id, fingerprint(this.#sources));
      this.#shared.report.made++;
    }
    for (const id of [...this.#states.keys()]) {
      if (ids.has(id)) continue;
      this.#states.delete(id);
      if (this.#leaving.delete(id)) this.#shared.report.forgotten++;
      else this.#problem(`snapshot ${id} is gone`);
    }
  }

  async #restoreSome(): Promise<void> {
    const ids = [...this.#states.keys()];
    const id = ids[Math.floor(this.#roll() * ids.length)];
    if (id !== undefined) await this.#compare(id);
  }

  async #compare(id: string): Promise<void> {
    const { folder, rootKey, report } = this.#shared;
    const target = mkdtempSync(path.join(folder, 'restored-'));
    const access: Access = { kind: 'key', rootKey };
    try {
      const context = { control: new RunControl(), emit: () => undefined };
      const { problems } = await restore(everythingTo(target, this.#destination, access, id), context);
      for (const problem of problems) this.#problem(`${id}: ${JSON.stringify(problem)}`);
      const found = fingerprint(path.join(target, path.basename(this.#sources)));
      const wanted = this.#states.get(id) ?? new Map<string, string>();
      for (const name of new Set([...wanted.keys(), ...found.keys()])) {
        if (wanted.get(name) !== found.get(name)) this.#problem(`${id}: ${name} is another`);
      }
      report.restored++;
    } catch (error) {
      this.#problem(`${id} does not restore: ${String(error)}`);
    } finally {
      rmSync(target, { recursive: true });
    }
  }

  /** Rewrites some files. Contents come back now and then, so that what is doomed is wanted again. */
  #change(): void {
    const first = this.#changes++ === 0;
    for (let i = 0; i < FILES; i++) {
      if (!first && this.#roll() < 0.7) continue;
      const file = path.join(this.#sources, i % 2 === 0 ? 'even' : 'odd', `${i}`);
      mkdirSync(path.dirname(file), { recursive: true });
      const state = Math.floor(this.#roll() * 5);
      // An odd file is the same on every computer.
      const seed = i % 2 === 0 ? `${this.#name} ${i} ${state}` : `${i} ${state}`;
      writeFileSync(file, noise(seed, (8 + ((i * 7 + state * 5) % 64)) * KIB));
    }
    const gone = path.join(this.#sources, 'even', `${2 * Math.floor((this.#roll() * FILES) / 2)}`);
    rmSync(gone, { force: true });
  }

  #problem(text: string): void {
    this.#shared.report.problems.push(`computer ${this.#name}, step ${this.#steps}: ${text}`);
  }
}
