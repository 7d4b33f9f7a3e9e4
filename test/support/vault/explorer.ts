/**
 * Every run of a small vault, one step at a time: the real state machine of a record under nodes that crash, messages
 * that are lost, and a store that is put back. States that were seen before are not explored again, so that what is
 * said of `steps` steps holds of every order of them.
 */
import { apply, type Event } from '../../../vault/record/apply.ts';
import { DAY_MS } from '../../../vault/record/limits.ts';
import { NEW_RECORD, type RecordState } from '../../../vault/record/state.ts';
import type { Result } from '../../../vault/record/transition.ts';

/** Ids are one byte here; nothing in the state machine asks for more. */
export const byte = (value: number): Uint8Array => Uint8Array.of(value);
export const valueOf = (bytes: Uint8Array | undefined): number => bytes?.[0] ?? -1;

const KSF = { memoryKiB: 1, iterations: 1, parallelism: 1 };
export const OLD_NONCE = 200;
export const NEW_NONCE = 201;

export function liveRecord(limit: number): RecordState {
  const lock = {
    version: 1,
    nonce: byte(OLD_NONCE),
    opaqueRecord: byte(1),
    blob: byte(1),
    ksf: KSF,
    maxAttempts: limit,
  };
  return { ...NEW_RECORD, ownerPublicKey: byte(9), lock, version: 1, registrations: 1, exposedId: byte(1) };
}

/** The store: the record, and the names of all changes that led to it. */
export interface StoreModel {
  state: RecordState;
  chain: number[];
}

/** A LoginStart that a node works on. */
export interface Work {
  login: number;
  ke1: number;
  nonce: number;
  phase: 'charged' | 'evaluated' | 'kept' | 'refused';
}

/** What a node has written down of the log: it serves no store that does not lead through there. */
export interface NodeModel {
  sealed: number;
  work: Work | null;
}

export interface World {
  store: StoreModel;
  ms: number;
  nodes: NodeModel[];
  /** Copy in the attacker's hands. */
  snapshot: StoreModel | null;
  rollbacks: number;
  days: number;
  /** Nodes without seals, which take any store: to see that the explorer notices. */
  trusting: boolean;
  /** Number for the next change, unique over all histories. */
  next: number;
  /** What no rollback undoes: KE1 that the HSM evaluated, charges, successes, whether it was ever destroyed. */
  evaluated: number[];
  charges: number;
  successes: number;
  destroyed: boolean;
  chargedAfterEnd: boolean;
}

export function newWorld(nodes: number, limit: number): World {
  return {
    store: { state: liveRecord(limit), chain: [0] },
    ms: 1_000_000,
    nodes: Array.from({ length: nodes }, () => ({ sealed: 0, work: null })),
    snapshot: null,
    rollbacks: 0,
    days: 0,
    trusting: false,
    next: 1,
    evaluated: [],
    charges: 0,
    successes: 0,
    destroyed: false,
    chargedAfterEnd: false,
  };
}

/** Whether this node takes the store: its own seal and, of several, that of a majority must be in the chain. */
export function serves(world: World, node: number): boolean {
  if (world.trusting) return true;
  const good = (one: NodeModel): boolean => world.store.chain.includes(one.sealed);
  const own = world.nodes[node];
  if (own === undefined || !good(own)) return false;
  return world.nodes.filter(good).length > world.nodes.length / 2;
}

export interface Commit {
  world: World;
  refusal: Result['refusal'];
}

/** Applies an event as the service does: what is due first, each change one transaction, sealed by its node. */
export function commit(world: World, node: number, event: Event, strict: boolean): Commit {
  let now = world;
  for (;;) {
    const result = apply(now.store.state, event, { ms: now.ms, at: now.ms });
    if (result.step !== null) {
      const { state, type } = result.step;
      if (state === null) throw new Error('a live record is never forgotten');
      const name = now.next;
      const charged = type === 'charge';
      now = {
        ...now,
        store: { state, chain: [...now.store.chain, name] },
        next: name + 1,
        nodes: now.nodes.map((one, i) => (strict && i === node ? { ...one, sealed: name } : one)),
        charges: now.charges + (charged ? 1 : 0),
        successes: now.successes + (type === 'reset' ? 1 : 0),
        destroyed: now.destroyed || state.destroyed !== null,
        chargedAfterEnd: now.chargedAfterEnd || (charged && now.destroyed),
      };
    }
    if (!result.again) return { world: now, refusal: result.refusal };
  }
}

export function setWork(world: World, node: number, work: Work | null): World {
  return { ...world, nodes: world.nodes.map((one, i) => (i === node ? { ...one, work } : one)) };
}

/** What the HSM and the node do next for the LoginStart that the node works on; null where nothing is left. */
export function workOn(world: World, node: number, strict: boolean): World | null {
  const work = world.nodes[node]?.work;
  if (work === null || work === undefined) return null;
  if (work.phase === 'charged') {
    const evaluated = world.evaluated.includes(work.ke1)
      ? world.evaluated
      : [...world.evaluated, work.ke1].sort((a, b) => a - b);
    return setWork({ ...world, evaluated }, node, { ...work, phase: 'evaluated' });
  }
  if (work.phase === 'evaluated') {
    if (!serves(world, node)) return setWork(world, node, { ...work, phase: 'refused' });
    const answer = { ke2: byte(work.ke1), clientMac: byte(work.ke1), sessionKey: byte(1) };
    const event: Event = { type: 'loginAnswered', loginId: byte(work.login), ke1Hash: byte(work.ke1), answer };
    const kept = commit(world, node, event, strict);
    return setWork(kept.world, node, { ...work, phase: kept.refusal === null ? 'kept' : 'refused' });
  }
  return null;
}

/** Nodes that are up write down where the log is: done by themselves every minute. */
export function checkpoint(world: World): World {
  const head = world.store.chain.at(-1) ?? 0;
  return { ...world, nodes: world.nodes.map((one, i) => (serves(world, i) ? { ...one, sealed: head } : one)) };
}

export function crash(world: World, node: number): World {
  return setWork(world, node, null);
}

export function passDay(world: World): World {
  return { ...world, ms: world.ms + DAY_MS, days: world.days + 1 };
}

export interface Report {
  states: number;
  /** Steps that every run was followed for. */
  steps: number;
}

/** Nodes are alike: which of them is in which state makes no difference to what can happen. */
function hash(value: unknown): string {
  const text = (part: unknown): string =>
    JSON.stringify(part, (key, inner: unknown) => {
      if (inner instanceof Uint8Array) return valueOf(inner);
      return key === 'nodes' && Array.isArray(inner) ? inner.map(text).sort() : inner;
    });
  return text(value);
}

/**
 * Breadth first, so that the first violation that is found is a shortest one.
 *
 * @param moves names what can happen next, and what it leads to
 * @param check throws where something must never be so
 * @param until ms of `performance.now()` after which no further step is begun
 */
export function explore<W>(
  start: W,
  moves: (world: W) => Iterable<[name: string, next: W]>,
  check: (world: W) => void,
  steps: number,
  until = Infinity,
): Report {
  const seen = new Set<string>([hash(start)]);
  let level: { world: W; path: string[] }[] = [{ world: start, path: [] }];
  check(start);
  for (let step = 1; step <= steps; step++) {
    const next: typeof level = [];
    for (const { world, path } of level) {
      if (performance.now() > until) return { states: seen.size, steps: step - 1 };
      for (const [name, after] of moves(world)) {
        const key = hash(after);
        if (seen.has(key)) continue;
        seen.add(key);
        const taken = [...path, name];
        try {
          check(after);
        } catch (error) {
          throw new Error(`after ${taken.join(', ')}: ${error instanceof Error ? error.message : ''}`, {
            cause: error,
          });
        }
        next.push({ world: after, path: taken });
      }
    }
    if (next.length === 0) return { states: seen.size, steps };
    level = next;
  }
  return { states: seen.size, steps };
}
