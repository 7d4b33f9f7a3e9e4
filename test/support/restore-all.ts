import type { Access, DestinationSpec, RestoreInput } from '../../main/engine/api.ts';

/** The input of a restore of everything in a snapshot, each source directly below `target`. */
export function everythingTo(
  target: string,
  destination: DestinationSpec,
  access: Access,
  snapshotId = 'latest',
): RestoreInput {
  return {
    destination,
    access,
    snapshotId,
    paths: [],
    target: { kind: 'folder', path: target },
    layout: 'selection',
    conflict: 'keep-both',
    dryRun: false,
  };
}
