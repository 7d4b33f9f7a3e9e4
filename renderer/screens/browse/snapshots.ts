/** Snapshots as people look for them: by computer, by day, and along a line of time. */
import type { SnapshotInfo } from '../../../preload/contract.ts';
import { dayOf } from '../home/history.ts';

export interface Computer {
  readonly clientId: string;
  readonly name: string;
  readonly thisComputer: boolean;
  /** Newest first. */
  readonly snapshots: readonly SnapshotInfo[];
}

/** This computer first, then the one with the newest snapshot. A computer's name is that of its newest snapshot. */
export function byComputer(snapshots: readonly SnapshotInfo[]): Computer[] {
  const groups = new Map<string, SnapshotInfo[]>();
  for (const snapshot of snapshots) {
    const list = groups.get(snapshot.clientId);
    if (list === undefined) groups.set(snapshot.clientId, [snapshot]);
    else list.push(snapshot);
  }
  return [...groups.entries()]
    .map(([clientId, list]) => {
      const sorted = list.sort((a, b) => b.at - a.at);
      const newest = sorted[0];
      return {
        clientId,
        name: newest?.computer ?? '',
        thisComputer: sorted.some((snapshot) => snapshot.thisComputer),
        snapshots: sorted,
      };
    })
    .sort(
      (a, b) =>
        Number(b.thisComputer) - Number(a.thisComputer) || (b.snapshots[0]?.at ?? 0) - (a.snapshots[0]?.at ?? 0),
    );
}

/**
 * Two sides of a comparison in the order of time, so that what came and what went is told right.
 * @param to null: the disk, which is newer than any snapshot
 */
export function inTime(
  snapshots: readonly SnapshotInfo[],
  from: string,
  to: string | null,
): { from: string; to: string | null } {
  const at = (id: string | null): number => snapshots.find((one) => one.id === id)?.at ?? Infinity;
  return to !== null && at(from) > at(to) ? { from: to, to: from } : { from, to };
}

export interface Day {
  readonly day: number;
  readonly snapshots: readonly SnapshotInfo[];
}

/** Days, newest first, each with its snapshots, newest first. */
export function byDay(snapshots: readonly SnapshotInfo[]): Day[] {
  const days = new Map<number, SnapshotInfo[]>();
  for (const snapshot of [...snapshots].sort((a, b) => b.at - a.at)) {
    const day = dayOf(snapshot.at);
    const list = days.get(day);
    if (list === undefined) days.set(day, [snapshot]);
    else list.push(snapshot);
  }
  return [...days].map(([day, list]) => ({ day, snapshots: list }));
}

/** The snapshot to open first: the newest whole one, else the newest readable, else the newest. */
export function firstToShow(snapshots: readonly SnapshotInfo[]): SnapshotInfo | null {
  const [computer] = byComputer(snapshots);
  if (computer === undefined) return null;
  const list = computer.snapshots;
  return list.find((one) => !one.partial && !one.damaged) ?? list.find((one) => !one.damaged) ?? list[0] ?? null;
}

export interface TimelineSegment {
  readonly kind: 'year' | 'month' | 'today';
  /** A moment inside the segment, for its label. */
  readonly at: number;
  readonly x: number;
  readonly width: number;
}
export interface TimelineTick {
  readonly id: string;
  readonly x: number;
  /** 0 to 1: how much this snapshot differs in size from the one before it. */
  readonly weight: number;
}
export interface Timeline {
  readonly segments: readonly TimelineSegment[];
  readonly ticks: readonly TimelineTick[];
}

const GAP = 12;
const INSET = 5;

/**
 * Lays snapshots of one computer along `width` pixels: whole years, then the months of this year, then today, each
 * stretch as wide as what it holds deserves (by the square root of its number), so that today stays readable after
 * twenty years.
 */
export function layTimeline(snapshots: readonly SnapshotInfo[], now: number, width: number): Timeline {
  const sorted = [...snapshots].sort((a, b) => a.at - b.at);
  const today = dayOf(now);
  const year = new Date(now).getFullYear();
  const groups = new Map<string, { kind: TimelineSegment['kind']; from: number; to: number; list: SnapshotInfo[] }>();
  for (const snapshot of sorted) {
    const date = new Date(snapshot.at);
    const span: { key: string; kind: TimelineSegment['kind']; from: number; to: number } =
      snapshot.at >= today
        ? { key: 'today', kind: 'today', from: today, to: Math.max(now, snapshot.at) }
        : date.getFullYear() === year
          ? {
              key: `m${date.getMonth()}`,
              kind: 'month',
              from: new Date(year, date.getMonth(), 1).getTime(),
              to: Math.min(today, new Date(year, date.getMonth() + 1, 1).getTime()),
            }
          : {
              key: `y${date.getFullYear()}`,
              kind: 'year',
              from: new Date(date.getFullYear(), 0, 1).getTime(),
              to: new Date(date.getFullYear() + 1, 0, 1).getTime(),
            };
    const group = groups.get(span.key);
    if (group === undefined) groups.set(span.key, { ...span, list: [snapshot] });
    else {
      group.list.push(snapshot);
      group.to = Math.max(group.to, span.to);
    }
  }
  const list = [...groups.values()];
  const shares = list.map((group) => Math.sqrt(group.list.length) + 2);
  const sum = shares.reduce((total, share) => total + share, 0);
  const room = Math.max(0, width - GAP * Math.max(0, list.length - 1));
  const segments: TimelineSegment[] = [];
  const ticks: TimelineTick[] = [];
  const largest = Math.max(
    1,
    ...sorted.slice(1).map((one, index) => Math.abs(one.bytes - (sorted[index]?.bytes ?? 0))),
  );
  let x = 0;
  let before: SnapshotInfo | null = null;
  for (const [index, group] of list.entries()) {
    const share = sum === 0 ? 0 : (room * (shares[index] ?? 0)) / sum;
    segments.push({ kind: group.kind, at: group.from, x, width: share });
    for (const snapshot of group.list) {
      const part = group.to > group.from ? (snapshot.at - group.from) / (group.to - group.from) : 1;
      const change = before === null ? largest : Math.abs(snapshot.bytes - before.bytes);
      ticks.push({
        id: snapshot.id,
        x: x + INSET + Math.min(1, Math.max(0, part)) * Math.max(0, share - 2 * INSET),
        weight: Math.sqrt(change / largest),
      });
      before = snapshot;
    }
    x += share + GAP;
  }
  return { segments, ticks };
}

/** The tick nearest to a place on the line, or null where there is none. */
export function nearestTick(ticks: readonly TimelineTick[], x: number): TimelineTick | null {
  let best: TimelineTick | null = null;
  for (const tick of ticks) {
    if (best === null || Math.abs(tick.x - x) < Math.abs(best.x - x)) best = tick;
  }
  return best;
}

/** At most one tick for each `step` pixels, the tallest of those that lie there, so that a full line stays a line. */
export function thin(ticks: readonly TimelineTick[], step: number): TimelineTick[] {
  const kept: TimelineTick[] = [];
  for (const tick of ticks) {
    const last = kept.at(-1);
    if (last === undefined || tick.x - last.x >= step) kept.push(tick);
    else if (tick.weight > last.weight) kept[kept.length - 1] = { ...last, weight: tick.weight };
  }
  return kept;
}
