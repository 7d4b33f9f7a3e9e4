/** What tests of forget and prune ask of a world: short calls, and what of each kind lies in its repository. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Destination } from '../../main/destinations/destination.ts';
import { LocalDestination } from '../../main/destinations/local/local-destination.ts';
import type { EngineEvent, ForgetInput, ForgetOutput, PruneInput, PruneOutput } from '../../main/engine/api.ts';
import { RunControl } from '../../main/engine/control.ts';
import { forgetAt } from '../../main/engine/forget.ts';
import { pruneAt } from '../../main/engine/prune.ts';
import { dice, KIB, noise, type World } from './crash-world.ts';

const FILES = 6;

/** Rewrites half of a few files, and removes or brings back one: what they held before is then needed by older snapshots only. */
export function rewrite(world: World, seed: string): void {
  const roll = dice(seed);
  const folder = (i: number): string => path.join(world.sources, i % 2 === 0 ? 'even' : 'odd');
  for (let i = 0; i < FILES; i++) {
    if (roll() < 0.5) continue;
    mkdirSync(folder(i), { recursive: true });
    writeFileSync(path.join(folder(i), `${i}`), noise(`${seed} ${i}`, Math.floor((10 + roll() * 80) * KIB)));
  }
  rmSync(path.join(folder(0), `${Math.floor(roll() * FILES)}`), { force: true });
}

export interface CollectOptions {
  destination?: Destination;
  control?: RunControl;
  emit?: (event: EngineEvent) => void;
}

const contextOf = ({ control, emit }: CollectOptions) => ({
  control: control ?? new RunControl(),
  emit: emit ?? (() => undefined),
});

export const forgetInput = (world: World, more: Partial<ForgetInput> = {}): ForgetInput => ({
  destination: world.destination,
  access: world.access,
  stateFolder: world.state,
  policy: null,
  ids: [],
  dryRun: false,
  ...more,
});

/** With the key, no grace, and every dead byte that can be freed freed. */
export const pruneInput = (world: World, more: Partial<PruneInput> = {}): PruneInput => ({
  destination: world.destination,
  access: world.access,
  rootKey: world.rootKey,
  stateFolder: world.state,
  graceHours: 0,
  maxUnused: 0,
  dryRun: false,
  packBytes: world.packBytes,
  ...more,
});

export async function forgetIn(
  world: World,
  more: Partial<ForgetInput> = {},
  options: CollectOptions = {},
): Promise<ForgetOutput> {
  const destination = options.destination ?? (await LocalDestination.open(world.repo));
  return await forgetAt(destination, forgetInput(world, more), contextOf(options));
}

export async function pruneIn(
  world: World,
  more: Partial<PruneInput> = {},
  options: CollectOptions = {},
): Promise<PruneOutput> {
  const destination = options.destination ?? (await LocalDestination.open(world.repo));
  return await pruneAt(destination, pruneInput(world, more), contextOf(options));
}

/** Logical names of the objects of one room of the only computer, sorted. */
export function objectsIn(world: World, room: 'p' | 'm' | 'i' | 's'): string[] {
  const clients = path.join(world.repo, 'c');
  return readdirSync(clients)
    .flatMap((client) => {
      const shards = path.join(clients, client, room);
      return readdirSync(shards).flatMap((shard) =>
        readdirSync(path.join(shards, shard)).map((name) => `c/${client}/${room}/${name}`),
      );
    })
    .sort();
}

/** Makes the snapshot's memory match what was forgotten: the world then expects the rest only. */
export function expectOnly(world: World, kept: readonly string[]): void {
  for (const id of world.states.keys()) if (!kept.includes(id)) world.states.delete(id);
}

/** What is wrong: damage at a level, and every snapshot that does not give back what was backed up. */
export async function problemsOf(world: World, level: 1 | 3 = 1): Promise<string[]> {
  const problems = await world.damage(level);
  for (const id of world.states.keys()) problems.push(...(await world.restoreProblems(id)));
  return problems;
}
