/** Plan of a clean-up: what becomes of each pack, segment and rest of a snapshot. Reads, and changes nothing. */
import { fromHex } from './format/bytes.ts';
import type { Domain } from './repository/domain.ts';
import { useOf, type LiveSet, type PackUse } from './prune-mark.ts';
import { smallToJoin } from './prune-small.ts';

export interface PruneRules {
  nowMs: number;
  graceMs: number;
  /** Share of a pack that may be dead, 0 to 1. */
  maxUnused: number;
  /** Contents can be read: data packs can be written anew. */
  unlocked: boolean;
  /**
   * Packs that were stored after this (ms since the epoch, by the storage's clock) are an interrupted backup's, which the
   * next one goes on from: they stay, though no snapshot needs them. Null where none was interrupted.
   */
  interruptedSinceMs: number | null;
  /** Small packs from which on they are joined. */
  fewestSmall: number;
  /** Size of full packs of data and of metadata; null where small ones are left alone. */
  fullBytes: { p: number | null; m: number | null };
}

export interface PrunePlan {
  /** Ordinals of packs whose live part is written anew, because the rest of them is dead. */
  repack: number[];
  /** Live bytes in them, before compression. */
  repackedBytes: number;
  /** Ordinals of small packs that are written anew as fewer large ones. */
  join: number[];
  /** Ordinals of packs to mark as to be removed. */
  doom: number[];
  /** Ordinals of packs in no segment that are to be named. */
  adopt: number[];
  /** Ordinals of packs that are marked and needed after all. */
  spare: number[];
  /** Ordinals of packs that can be removed in this run. */
  remove: number[];
  /** Ordinals of packs that are marked and wait. */
  wait: number[];
  nextMs: number | null;
  lockedBytes: number;
  unusedBytes: number;
  /** Names (hex) of forgotten snapshots that still lie there. */
  leftSnapshots: string[];
}

export const hashIn = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

export function planPrune(domain: Domain, live: LiveSet, rules: PruneRules): PrunePlan {
  const plan: PrunePlan = {
    repack: [],
    repackedBytes: 0,
    join: [],
    doom: [],
    adopt: [],
    spare: [],
    remove: [],
    wait: [],
    nextMs: null,
    lockedBytes: 0,
    unusedBytes: 0,
    leftSnapshots: domain.leftSnapshots.map(({ id }) => id),
  };
  const unindexed = new Set(domain.unindexed.map(({ name }) => Buffer.from(name).toString('hex')));
  const staying: Staying[] = [];
  // Nothing is removed, and nothing written anew, of what does not count.
  const former = new Set(domain.former);
  for (const [ordinal, { name }] of domain.packs.entries()) {
    if (former.has(name)) continue;
    const hash = hashIn(name);
    const use = useOf(domain, ordinal, live);
    if (domain.drops.has(hash)) planRest(plan, ordinal, name, use, rules);
    else if (domain.doomed.has(hash)) planDoomed(plan, ordinal, domain.doomed.get(hash) ?? 0, use, rules);
    else {
      const storedMs = domain.objects.get(name)?.modifiedMs ?? 0;
      const isWanted = rules.interruptedSinceMs !== null && storedMs > rules.interruptedSinceMs;
      const isUnindexed = unindexed.has(hash);
      if (isWanted) {
        if (isUnindexed) plan.adopt.push(ordinal);
      } else if (!planReplaced(plan, ordinal, name, use, rules)) staying.push({ ordinal, name, use, isUnindexed });
    }
  }
  planStaying(plan, staying, domain, rules);
  return plan;
}

/** A pack that has no reason of its own to go. */
interface Staying {
  ordinal: number;
  name: string;
  use: PackUse;
  isUnindexed: boolean;
}

const canRepack = (name: string, { unlocked }: PruneRules): boolean => unlocked || name.includes('/m/');

/** A pack that was removed and is there, because a removal was interrupted or a copy brought it back. */
function planRest(plan: PrunePlan, ordinal: number, name: string, use: PackUse, rules: PruneRules): void {
  if (use.liveBlobs > 0) {
    // It stays, and is read, until what is needed of it is written anew.
    if (!canRepack(name, rules)) return;
    plan.repack.push(ordinal);
    plan.repackedBytes += use.liveBytes;
  }
  plan.remove.push(ordinal);
}

function planDoomed(plan: PrunePlan, ordinal: number, sinceMs: number, use: PackUse, rules: PruneRules): void {
  if (use.liveBlobs > 0) {
    plan.spare.push(ordinal);
    return;
  }
  // A time that lies ahead was told by a clock that was wrong then, or is wrong now: the grace begins anew.
  const due = Math.min(sinceMs, rules.nowMs) + rules.graceMs;
  if (due <= rules.nowMs) plan.remove.push(ordinal);
  else awaitUntil(plan, ordinal, due);
}

/** @returns false where the pack stays */
function planReplaced(plan: PrunePlan, ordinal: number, name: string, use: PackUse, rules: PruneRules): boolean {
  if (use.liveBlobs > 0) {
    if (use.deadShare <= rules.maxUnused || !canRepack(name, rules)) return false;
    plan.repack.push(ordinal);
    plan.repackedBytes += use.liveBytes;
  }
  doom(plan, ordinal, rules);
  return true;
}

function planStaying(plan: PrunePlan, staying: readonly Staying[], domain: Domain, rules: PruneRules): void {
  const joined = joinedOf(staying, domain, rules);
  for (const { ordinal, name, use, isUnindexed } of staying) {
    if (joined.has(name)) {
      plan.join.push(ordinal);
      doom(plan, ordinal, rules);
      continue;
    }
    if (isUnindexed) plan.adopt.push(ordinal);
    if (use.deadShare > rules.maxUnused) plan.lockedBytes += use.deadStored;
    else plan.unusedBytes += use.deadStored;
  }
}

/** Names of small packs to join, data and metadata apart. What a repair found damaged is not tried again and again. */
function joinedOf(staying: readonly Staying[], { lost }: Domain, rules: PruneRules): Set<string> {
  const possible = staying.filter(({ name }) => canRepack(name, rules) && !lost.has(hashIn(name)));
  const among = (room: 'p' | 'm'): string[] => {
    const fullBytes = rules.fullBytes[room];
    if (fullBytes === null) return [];
    const packs = possible.filter(({ name }) => name.includes(`/${room}/`));
    return smallToJoin(
      packs.map(({ name, use }) => ({ name, bytes: use.liveStored, blobs: use.liveBlobs })),
      fullBytes,
      rules.fewestSmall,
    );
  };
  return new Set([...among('p'), ...among('m')]);
}

function doom(plan: PrunePlan, ordinal: number, rules: PruneRules): void {
  plan.doom.push(ordinal);
  if (rules.graceMs === 0) plan.remove.push(ordinal);
  else awaitUntil(plan, ordinal, rules.nowMs + rules.graceMs);
}

function awaitUntil(plan: PrunePlan, ordinal: number, dueMs: number): void {
  plan.wait.push(ordinal);
  plan.nextMs = Math.min(dueMs, plan.nextMs ?? dueMs);
}

/** Names of 32 bytes of packs, by ordinal. */
export const namesOf = (domain: Domain, ordinals: readonly number[]): Uint8Array[] =>
  ordinals.map((ordinal) => fromHex(hashIn(domain.packs[ordinal]?.name ?? ''), 32) ?? new Uint8Array(32));
