/** Where the user has been in the backup: snapshot and folder, with a way back and forward as in a file manager. */
export interface Spot {
  readonly snapshotId: string;
  /** Entry id of the folder, or null for the top. */
  readonly folderId: string | null;
}

export interface Trail {
  readonly past: readonly Spot[];
  readonly here: Spot;
  readonly future: readonly Spot[];
}

const LONGEST = 100;

export function startAt(here: Spot): Trail {
  return { past: [], here, future: [] };
}

export function visit(trail: Trail, spot: Spot): Trail {
  if (spot.snapshotId === trail.here.snapshotId && spot.folderId === trail.here.folderId) return trail;
  return { past: [...trail.past, trail.here].slice(-LONGEST), here: spot, future: [] };
}

export function back(trail: Trail): Trail {
  const here = trail.past.at(-1);
  if (here === undefined) return trail;
  return { past: trail.past.slice(0, -1), here, future: [trail.here, ...trail.future] };
}

export function forward(trail: Trail): Trail {
  const [here, ...future] = trail.future;
  if (here === undefined) return trail;
  return { past: [...trail.past, trail.here], here, future };
}
