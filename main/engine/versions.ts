/** Every version of one path over all snapshots. */
import type { EntryVersion, VersionsInput, VersionsOutput } from './api.ts';
import { toHoldfastError } from '../errors.ts';
import { changedFields } from './diff-nodes.ts';
import { factsOf } from './entry-facts.ts';
import { equal, toHex } from './format/bytes.ts';
import type { TreeNode } from './format/tree.ts';
import { computerNameOf, withDomains, type OpenDomain } from './repository/open-domains.ts';
import { namesOfEntry, pathNotFound } from './repository/entry-path.ts';
import { explainMissing } from './repository/open-trees.ts';
import { endsReading } from './repository/storage-failure.ts';
import { unattended } from './verb-context.ts';

/**
 * Two states are one version where nothing but the status time differs; a state that comes back is the version that it
 * was. Errors: path-not-found where no snapshot has the path, bad-input for an empty one, those of opening.
 */
export async function versions(input: VersionsInput, context = unattended): Promise<VersionsOutput> {
  const names = namesOfEntry(input.path);
  if (names.length === 0) throw pathNotFound();
  const output: VersionsOutput = { versions: [], snapshots: 0, unread: [] };
  try {
    await withDomains(input.destination, input.access, input.clientId, context, async (open) => {
      await addVersions(open, names, output, () => context.control.check());
    });
  } catch (error) {
    throw await explainMissing(input.destination, error, context);
  }
  if (output.versions.length === 0 && output.unread.length === 0) throw pathNotFound();
  output.versions.sort((a, b) => b.lastMs - a.lastMs || b.firstMs - a.firstMs);
  return output;
}

async function addVersions(
  open: OpenDomain,
  names: Uint8Array[],
  output: VersionsOutput,
  check: () => Promise<void>,
): Promise<void> {
  const { domain } = open;
  const finder = new PathFinder(open);
  const found: { node: TreeNode; version: EntryVersion }[] = [];
  let before: TreeNode | null = null;
  for (const { id, snapshot } of domain.snapshots) {
    await check();
    output.snapshots++;
    let node: TreeNode | null;
    try {
      node = finder.find(snapshot.root, names);
    } catch (error) {
      if (endsReading(error) || toHoldfastError(error).code === 'internal') throw error;
      output.unread.push(id);
      continue;
    }
    if (node === null) continue;
    const here = node;
    const known = found.find((other) => other.node === here || changedFields(other.node, here).length === 0);
    if (known !== undefined) {
      known.version.snapshotIds.push(id);
      known.version.lastMs = snapshot.endedMs;
    } else {
      const version: EntryVersion = {
        ...factsOf(here),
        clientId: domain.id,
        computerName: computerNameOf(domain),
        snapshotIds: [id],
        firstMs: snapshot.endedMs,
        lastMs: snapshot.endedMs,
        changed: before === null ? [] : changedFields(before, here),
      };
      found.push({ node: here, version });
      output.versions.push(version);
    }
    before = here;
  }
}

/** Looks one path up in many trees; a folder that is the same in two of them is opened once. */
class PathFinder {
  readonly #open: OpenDomain;
  /** The node of the path's next name in a folder, by depth and the folder's id. */
  readonly #known = new Map<string, TreeNode | null>();

  constructor(open: OpenDomain) {
    this.#open = open;
  }

  /** Null where it is not there. Errors: those of reading trees. */
  find(root: Uint8Array, names: Uint8Array[]): TreeNode | null {
    let tree: Uint8Array | null = root;
    let node: TreeNode | null = null;
    for (const [depth, name] of names.entries()) {
      if (tree === null) return null;
      const key = `${depth}:${toHex(tree)}`;
      let next = this.#known.get(key);
      if (next === undefined) {
        next = this.#open.trees.folder(tree).find((item) => equal(item.name, name)) ?? null;
        this.#known.set(key, next);
      }
      node = next;
      tree = node?.subtree ?? null;
      if (node === null) return null;
    }
    return node;
  }
}
