/** Backups killed at random moments, one after another in one repository, with everything checked after each. */
import type { BackupOutput } from '../../main/engine/api.ts';
import { runVerb, type ChildResult, type Kill } from './crash-child.ts';
import { dice, MIB, World } from './crash-world.ts';

export interface SeriesReport {
  kills: number;
  /** Runs that were left alone until their end. */
  finished: number;
  /** Killed runs whose snapshot was there already. */
  killedAfterCommit: number;
  /** Kills by the phase that the last line of output told of. */
  phases: Record<string, number>;
  /** Kills that left packs which no segment named. */
  leftUnindexed: number;
  /** Kills that left files in the spool. */
  leftSpool: number;
  snapshots: number;
  /** Everything that was wrong; empty where nothing was. */
  problems: string[];
}

const WORLD = { packBytes: MIB, bytes: 24 * MIB };

/**
 * @param kills how many runs are killed
 * @param wholeEvery after this many kills every byte is verified, and not the structure alone
 */
export async function killSeries(seed: string, kills: number, wholeEvery: number): Promise<SeriesReport> {
  const world = await World.make(WORLD);
  const report: SeriesReport = {
    kills: 0,
    finished: 0,
    killedAfterCommit: 0,
    phases: {},
    leftUnindexed: 0,
    leftSpool: 0,
    snapshots: 0,
    problems: [],
  };
  try {
    await new Series(world, seed, wholeEvery, report).run(kills);
  } finally {
    world.end();
  }
  return report;
}

class Series {
  readonly #world: World;
  readonly #seed: string;
  readonly #wholeEvery: number;
  readonly #report: SeriesReport;
  readonly #roll: () => number;
  /** Of a run that nobody killed: ms and lines of output. */
  #fullMs = 0;
  #fullLines = 0;
  #changed = false;

  constructor(world: World, seed: string, wholeEvery: number, report: SeriesReport) {
    this.#world = world;
    this.#seed = seed;
    this.#wholeEvery = wholeEvery;
    this.#report = report;
    this.#roll = dice(seed);
  }

  async run(kills: number): Promise<void> {
    const single = await this.#measure();
    for (let round = 0; this.#report.kills < kills; round++) {
      const wanted = round === 0 ? Math.min(kills, 4) : 1 + Math.floor(this.#roll() * 4);
      for (let i = 0; i < wanted && this.#report.kills < kills; i++) {
        await this.#killOne();
      }
      await this.#finish();
      // A run that ended before its kill made way for new content, which is rightly stored besides.
      if (round === 0 && !this.#changed) {
        // Counted without padding, which goes by powers of two and differs from run to run.
        const { dataBytes } = await this.#world.stored();
        if (dataBytes !== single) this.#problem(`${dataBytes} bytes of files in packs where one run stores ${single}`);
      }
      this.#world.change(`${this.#seed}-${round}`);
    }
    for (const id of this.#world.states.keys()) {
      for (const line of await this.#world.restoreProblems(id)) this.#problem(`snapshot ${id}: ${line}`);
    }
    for (const line of await this.#world.damage(3)) this.#problem(`at the end: ${line}`);
    this.#report.snapshots = this.#world.states.size;
  }

  /** One whole run of the same sources elsewhere: how long it takes, and how many bytes of files it stores. */
  async #measure(): Promise<number> {
    const other = await World.make(WORLD);
    try {
      const whole = await runVerb('backup', other.input, { kind: 'never' });
      this.#note(whole);
      return (await other.stored()).dataBytes;
    } finally {
      other.end();
    }
  }

  async #killOne(): Promise<void> {
    for (;;) {
      const before = this.#world.states.size;
      const result = await runVerb('backup', this.#world.input, this.#moment());
      if (result.killed) {
        this.#report.kills++;
        const phase = String(result.lines.findLast((line) => line['phase'] !== undefined)?.['phase'] ?? 'start');
        this.#report.phases[phase] = (this.#report.phases[phase] ?? 0) + 1;
        if (this.#world.spool().length > 0) this.#report.leftSpool++;
        await this.#check(`kill ${this.#report.kills} (${phase})`);
        if (this.#world.states.size > before) this.#report.killedAfterCommit++;
        return;
      }
      // It was faster than the moment that was chosen.
      this.#settled(result);
      await this.#check('a run that was not killed');
      this.#world.change(`${this.#seed}-${this.#report.finished}-again`);
      this.#changed = true;
    }
  }

  #moment(): Kill {
    const at = this.#roll();
    const kind = this.#roll();
    if (kind < 0.6) return { kind: 'after', ms: at * 1.1 * this.#fullMs };
    if (kind < 0.75) return { kind: 'event', nth: 1 + Math.floor(at * this.#fullLines) };
    // The engine's own thread publishes, names and commits; the workers, from 2 on, write packs.
    const thread = kind < 0.9 ? 1 : 2;
    const at1 = 1 + Math.floor(at * (thread === 1 ? 200 : 60));
    const when = (['before', 'middle', 'after'] as const)[Math.floor(this.#roll() * 3)] ?? 'before';
    return { kind: 'step', step: { match: '', thread, at: at1, when } };
  }

  async #check(what: string): Promise<void> {
    for (const line of await this.#world.takeStock()) this.#problem(`${what}: ${line}`);
    const level = this.#report.kills % this.#wholeEvery === 0 ? 3 : 1;
    for (const line of await this.#world.damage(level)) this.#problem(`${what}, verify ${level}: ${line}`);
    const { twice, unindexed } = await this.#world.stored();
    for (const line of twice) this.#problem(`${what}: stored twice: ${line}`);
    if (unindexed > 0) this.#report.leftUnindexed++;
    const newest = [...this.#world.states.keys()].at(-1);
    if (newest === undefined) return;
    for (const line of await this.#world.restoreProblems(newest)) this.#problem(`${what}: newest snapshot: ${line}`);
  }

  /** The run after the kills: it goes on, names everything, leaves nothing behind. */
  async #finish(): Promise<void> {
    const before = await this.#world.stored();
    const finished = this.#world.finished();
    const result = await runVerb('backup', this.#world.input, { kind: 'never' });
    const output = this.#settled(result);
    await this.#check('the run after the kills');
    const after = await this.#world.stored();
    for (const hash of finished.filter((name) => !after.byPack.has(name))) {
      this.#problem(`the finished pack ${hash} was not taken over`);
    }
    const takenOver = finished.reduce((sum, hash) => sum + (after.byPack.get(hash) ?? 0), 0);
    const more = after.dataBytes - before.dataBytes - takenOver;
    if (output !== null && more !== output.newBytes) {
      this.#problem(`${output.newBytes} new bytes, but ${more} more in the packs`);
    }
    if (after.unindexed > 0) this.#problem(`${after.unindexed} packs are in no segment`);
    for (const file of this.#world.spool()) this.#problem(`left in the spool: ${file}`);
    for (const line of await this.#world.newestProblems()) this.#problem(`the run after the kills: ${line}`);
  }

  #settled(result: ChildResult): BackupOutput | null {
    this.#note(result);
    const last = result.lines.at(-1);
    if (result.exitCode !== 0 || last?.['type'] !== 'result') {
      this.#problem(`a run failed: ${JSON.stringify(last)} ${result.stderr}`);
      return null;
    }
    this.#report.finished++;
    return last as unknown as BackupOutput;
  }

  #note(result: ChildResult): void {
    this.#fullMs = result.ms;
    this.#fullLines = result.lines.length;
  }

  #problem(text: string): void {
    this.#report.problems.push(text);
  }
}
