/** What is done to three sites under guessers, and what must hold afterwards; the daily tests and the long ones differ in numbers. */
import { DAY_MS } from '../../../vault/record/limits.ts';
import { codeOf } from './test-client.ts';
import { checkHistory } from './three-sites-history.ts';
import { isolate } from './three-sites-network.ts';
import { Storm } from './three-sites-storm.ts';
import type { Victim } from './three-sites-storm.ts';
import { logName } from './three-sites.ts';
import type { ThreeSites } from './three-sites.ts';

export const LIMIT = 10;
const PASSWORD = 'the right one';
/** Longer than any delay between tries. */
const WAIT_MS = 7 * DAY_MS;

export async function registered(world: ThreeSites, count: number): Promise<Victim[]> {
  const victims: Victim[] = [];
  for (let i = 0; i < count; i++) {
    const client = world.client(i % 3);
    await client.register(PASSWORD);
    victims.push({ recordId: client.recordId, rootKey: client.rootKey });
  }
  return victims;
}

/** Records that are guessed at, and the numbers of before. */
export class Siege {
  readonly world: ThreeSites;
  readonly victims: readonly Victim[];
  readonly storm: Storm;
  readonly #before: Map<string, number>;

  private constructor(world: ThreeSites, victims: readonly Victim[], before: Map<string, number>) {
    this.world = world;
    this.victims = victims;
    this.#before = before;
    this.storm = new Storm(world, victims);
  }

  /** @param spent wrong tries of each record that are made before, in peace */
  static async lay(world: ThreeSites, count: number, spent: number): Promise<Siege> {
    const victims = await registered(world, count);
    const before = new Map<string, number>();
    for (const { recordId } of victims) before.set(recordId, (await world.evaluations(recordId)).length);
    const siege = new Siege(world, victims, before);
    for (let made = 0; made < spent;) {
      // The first four are taken without a delay.
      const each = made === 0 ? Math.min(4, spent) : 1;
      await siege.storm.round({ guessers: count * each });
      made += each;
      await world.pass(WAIT_MS);
    }
    return siege;
  }

  /** True when every record has met its limit. */
  get over(): boolean {
    return this.victims.every(({ recordId }) => this.storm.charged(recordId).includes(LIMIT));
  }

  /** One round of guessers, and then the longest delay. @param meanwhile gives the sites that can answer afterwards */
  async round(guessers: number, meanwhile: () => Promise<readonly number[]> | readonly number[]): Promise<void> {
    let living: readonly number[] = [];
    await this.storm.round({ guessers, meanwhile: async () => void (living = await meanwhile()) });
    if (!this.over) await this.world.pass(WAIT_MS, living);
  }

  /** Sentences of what does not hold: limits, the modules' own counts, the log, and what the guessers saw. */
  async problems(): Promise<string[]> {
    const { report, entries } = await this.world.log();
    const problems = [...report.problems, ...checkHistory(this.storm.history, entries, logName)];
    const must = (holds: boolean, sentence: string): void => void (holds || problems.push(sentence));
    for (const { recordId, rootKey } of this.victims) {
      const name = logName(recordId);
      const points = (await this.world.evaluations(recordId)).slice(this.#before.get(recordId));
      const evaluated = new Set(points).size;
      const charges = entries.filter(
        ({ type, record }) => type === 'charge' && record !== null && Buffer.from(record).toString('hex') === name,
      ).length;
      const told = this.storm.charged(recordId).length;
      must(evaluated <= LIMIT, `${evaluated} guesses were evaluated for one record`);
      must(charges === LIMIT, `a record has ${charges} charges`);
      must(evaluated <= charges, `${evaluated} guesses were evaluated, ${charges} charged`);
      must(told <= evaluated, `${told} guesses were answered, ${evaluated} evaluated`);
      const end = await codeOf(this.world.client(0, { recordId, rootKey }).open(PASSWORD));
      must(end === 'destroyed' || end === 'last-try-pending', `after its limit a record says ${end}`);
    }
    const derives = await this.world.derives();
    const evaluations = (await this.world.evaluations()).length;
    const oprf = report.facts['oprf'] ?? 0;
    must(derives.oprf === 2 * evaluations, `the modules derived ${derives.oprf} times for ${evaluations} evaluations`);
    must(evaluations <= oprf, `${evaluations} evaluations, but the log has charged ${oprf}`);
    return problems;
  }
}

/** Lines are cut and healed in turn, one thing a round. @returns the sites that can answer then */
export async function cutOrHeal(world: ThreeSites, round: number): Promise<readonly number[]> {
  const all = [0, 1, 2];
  switch (round % 6) {
    case 0: {
      const leader = await world.leader();
      isolate(world.network, leader);
      return all.filter((site) => site !== leader);
    }
    case 2:
      // Two that do not hear each other, and a third that hears both: a majority for each of them.
      world.network.cut(0, 1);
      return all;
    case 4: {
      const follower = ((await world.leader()) + 1) % 3;
      isolate(world.network, follower);
      return all.filter((site) => site !== follower);
    }
    default:
      world.network.heal();
      return all;
  }
}

/** @returns problems */
export async function guessThroughCuts(siege: Siege, guessers: number, rounds: number): Promise<string[]> {
  for (let round = 0; round < rounds && !siege.over; round++) {
    await siege.round(guessers, () => cutOrHeal(siege.world, round));
  }
  siege.world.network.heal();
  await siege.world.settle();
  return siege.problems();
}

/**
 * Members and services stop and go on, and clocks jump, while the guessers are at it: a leader that stands still and
 * takes itself for the leader afterwards, a service that wakes in the middle of a login, two leaders.
 *
 * @returns problems
 */
export async function guessThroughPauses(siege: Siege, guessers: number): Promise<string[]> {
  const { world, storm } = siege;
  const all = [0, 1, 2];
  const steps: (() => Promise<readonly number[]>)[] = [
    async () => {
      const leader = await world.leader();
      world.member(leader).pause();
      // Another leads, and more is committed; then the old one wakes in the middle of it.
      await world.leader(leader);
      await storm.answered(guessers);
      world.member(leader).resume();
      return all;
    },
    async () => {
      world.service(0).pause();
      await storm.answered(guessers);
      world.service(0).resume();
      return all;
    },
    async () => {
      const leader = await world.leader();
      isolate(world.network, leader);
      // Its own users still ask the one that is cut off, while the others choose another.
      await world.leader(leader);
      world.service(leader).pause();
      await storm.answered(guessers);
      world.service(leader).resume();
      return all.filter((site) => site !== leader);
    },
    async () => {
      world.network.heal();
      await Promise.all([world.service(0).kill(), world.member(1).kill()]);
      await world.member(1).start(world.initialCluster);
      await world.service(0).start();
      return all;
    },
  ];
  for (const step of steps) if (!siege.over) await siege.round(guessers, step);
  for (let round = 0; round < 10 && !siege.over; round++) await siege.round(guessers, () => all);
  await world.settle();
  return siege.problems();
}

/** Askers of records that do not exist, at all sites. @returns codes that they got, and how often */
export async function strangers(world: ThreeSites, count: number): Promise<Record<string, number>> {
  const codes: Record<string, number> = {};
  const ask = async (number: number): Promise<void> => {
    const stranger = world.client(number % 3);
    const code = await codeOf(stranger.start(stranger.login('a guess')));
    codes[code] = (codes[code] ?? 0) + 1;
  };
  // At most 50 at once: that is what a person's computer can hold open, too.
  const numbers = Array.from({ length: count }, (_, i) => i);
  const worker = async (): Promise<void> => {
    for (let number = numbers.pop(); number !== undefined; number = numbers.pop()) await ask(number);
  };
  await Promise.all(Array.from({ length: 50 }, worker));
  return codes;
}
