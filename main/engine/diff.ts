/** What differs between two snapshots, or between a snapshot and the disk. */
import { statSync } from 'node:fs';
import type { DestinationSpec, DiffInput, DiffOutput } from './api.ts';
import { DiffReport } from './diff-report.ts';
import { diffWithDisk } from './diff-disk.ts';
import { diffTrees } from './diff-trees.ts';
import { openFor } from './open.ts';
import { namesOfEntry, pathNotFound } from './repository/entry-path.ts';
import { openDomain, type OpenDomain } from './repository/open-domains.ts';
import { explainMissing } from './repository/open-trees.ts';
import { Repository } from './repository/repository.ts';
import { findSnapshot } from './repository/snapshot-finder.ts';
import type { StoredSnapshot } from './repository/domain.ts';
import { equal } from './format/bytes.ts';
import type { TreeNode } from './format/tree.ts';
import type { TreeReader } from './repository/tree-reader.ts';
import { unattended, type VerbContext } from './verb-context.ts';

/**
 * Differences go out as `differences` events, at most 256 in each, as they are found; memory does not grow with their
 * number. Errors: snapshot-not-found, path-not-found (in neither side), object-missing, object-damaged, bad-input, those
 * of opening.
 */
export async function diff(input: DiffInput, context = unattended): Promise<DiffOutput> {
  try {
    return input.to.kind === 'disk'
      ? await withDisk(input, input.to.content, context)
      : await ofTwo(input, input.to.snapshotId, context);
  } catch (error) {
    throw await explainMissing(input.destination, error, context);
  }
}

async function ofTwo(input: DiffInput, other: string, context: VerbContext): Promise<DiffOutput> {
  return await withSnapshots(input.destination, input, [input.from, other], context, async ([a, b]) => {
    if (a === undefined || b === undefined) throw pathNotFound();
    const sameKeys = a.open.domain === b.open.domain;
    const report = new DiffReport(context.emit, sameKeys ? 'blobs' : 'times');
    const names = namesOfEntry(input.path ?? '');
    const sides = {
      a: { trees: a.open.trees, ...placeOf(a.open.trees, a.stored.snapshot.root, names) },
      b: { trees: b.open.trees, ...placeOf(b.open.trees, b.stored.snapshot.root, names) },
    };
    if (names.length > 0 && sides.a.node === null && sides.b.node === null) throw pathNotFound();
    await diffTrees(sides, names, report, sameKeys, () => context.control.check());
    return report.finish();
  });
}

async function withDisk(input: DiffInput, content: boolean, context: VerbContext): Promise<DiffOutput> {
  return await withSnapshots(input.destination, input, [input.from], context, async ([side]) => {
    if (side === undefined) throw pathNotFound();
    const report = new DiffReport(context.emit, content ? 'blobs' : 'times');
    const avoid = placesOf(input.destination);
    await diffWithDisk({ ...side, path: input.path ?? '', content, avoid, report, context });
    return report.finish();
  });
}

interface OpenSide {
  open: OpenDomain;
  stored: StoredSnapshot;
}

/** Opens the domains of snapshots, each once, for as long as `use` runs. */
async function withSnapshots<T>(
  spec: DestinationSpec,
  { access }: Pick<DiffInput, 'access'>,
  wanted: string[],
  context: VerbContext,
  use: (sides: OpenSide[]) => Promise<T>,
): Promise<T> {
  const destination = await openFor(spec, context);
  const opened = new Map<string, OpenDomain>();
  try {
    const repository = await Repository.open(destination, access);
    const sides: OpenSide[] = [];
    for (const id of wanted) {
      const { domain, stored } = await findSnapshot(repository, id);
      const open = opened.get(domain.id) ?? (await openDomain(repository, domain.id, spec, context));
      opened.set(domain.id, open);
      sides.push({ open, stored });
    }
    return await use(sides);
  } finally {
    for (const open of opened.values()) await open.close();
    await destination.close();
  }
}

/** The node of a path and its tree; nulls where the snapshot does not have it. */
function placeOf(
  trees: TreeReader,
  root: Uint8Array,
  names: Uint8Array[],
): { node: TreeNode | null; tree: Uint8Array | null } {
  let place: { node: TreeNode | null; tree: Uint8Array | null } = { node: null, tree: root };
  for (const name of names) {
    const node: TreeNode | undefined =
      place.tree === null ? undefined : trees.folder(place.tree).find((item) => equal(item.name, name));
    if (node === undefined) return { node: null, tree: null };
    place = { node, tree: node.subtree };
  }
  return place;
}

/** Where the backup itself lies, if that is a folder of this computer: no backup goes into it. */
function placesOf(spec: DestinationSpec): Set<string> {
  const path = 'path' in spec && spec.kind !== 'sftp' ? spec.path : null;
  const stat = path === null ? undefined : statSync(path, { bigint: true, throwIfNoEntry: false });
  return new Set(stat === undefined ? [] : [`${stat.dev}:${stat.ino}`]);
}
