/**
 * Walks what is to be restored and says where each entry goes. Nothing is written here: the same walk serves the dry
 * run and the run itself. Names come from decoded trees, which hold single components only; every path below the target
 * is made by joining them, and an existing symlink is never followed.
 */
import { lstatSync, statSync, type Stats } from 'node:fs';
import type { ConflictPolicy } from '../api.ts';
import { displayPath, fromBytes, fsPath, join, type ByteString } from '../format/byte-path.ts';
import { type Sentences, sentencesOf } from '../../errors.ts';
import { text, type Text } from '../../text.ts';
import { NodeType, type TreeNode } from '../format/tree.ts';
import { endsReading } from '../repository/storage-failure.ts';
import type { TreeReader } from '../repository/tree-reader.ts';
import { besideName, fileError } from './restore-writer.ts';
import { EarlierNames, isAlike, isLinkTo, isUnfinished } from './restored-before.ts';

/** A folder on disk that entries go into. */
export interface Placed {
  path: ByteString;
  /** Not there before this run: nothing in it can be in the way. */
  fresh: boolean;
}

export interface FolderStep {
  type: 'folder';
  node: TreeNode;
  place: Placed;
  /** A file or symlink of that name goes first. */
  replaces: boolean;
  /** An interrupted restore made it, and did not come to its mode and times. */
  unfinished: boolean;
}
/** Anything that is not a folder; `special`: pipes, sockets, devices. */
export interface LeafStep {
  type: 'file' | 'symlink' | 'special';
  node: TreeNode;
  target: ByteString;
  fresh: boolean;
  /** Something has that name already. */
  exists: boolean;
  /** What is there is, by size and time or by its target, this very entry. */
  alike: boolean;
}
/** A folder that is left out because something else has its name and the policy is to skip. */
export interface BlockedStep {
  type: 'blocked';
  node: TreeNode;
  target: ByteString;
}
/** An entry that cannot be restored, and all below it; the run goes on with the others. */
export interface ProblemStep extends Sentences {
  type: 'problem';
  target: ByteString;
}
export type Step = FolderStep | LeafStep | BlockedStep | ProblemStep;

/** One chosen entry and the folder that it goes into. */
export interface Root {
  node: TreeNode;
  parent: Placed;
  /** Name to restore under where it is not the node's own. */
  name?: ByteString;
}

export interface RestoreWalkOptions {
  trees: TreeReader;
  policy: ConflictPolicy;
  suffix: string;
}

export class RestoreWalk {
  readonly #o: RestoreWalkOptions;
  readonly #earlier = new EarlierNames();

  constructor(options: RestoreWalkOptions) {
    this.#o = options;
  }

  /** Steps of a root and all below it; a folder stands before what is in it. */
  *steps(root: Root): Iterable<Step> {
    const name = root.name ?? fromBytes(root.node.name);
    yield* this.#entry(root.node, root.parent, diskName(name, root.parent.path));
  }

  *#entry(node: TreeNode, parent: Placed, name: ByteString): Iterable<Step> {
    const target = join(parent.path, name);
    if (process.platform === 'win32' && !isWindowsName(name) && parent.path !== '') {
      yield { type: 'problem', target, ...WINDOWS_NAME };
      return;
    }
    let below: { nodes: TreeNode[]; place: Placed } | null;
    try {
      const { step, nodes } = this.#decide(node, parent, target);
      yield step;
      below = nodes === null || step.type !== 'folder' ? null : { nodes, place: step.place };
    } catch (error) {
      if (endsReading(error)) throw error;
      // One damaged folder, or one name that this disk does not take, concerns itself and what is in it.
      yield { type: 'problem', target, ...sentencesOf(fileError(error, target)) };
      return;
    }
    if (below === null) return;
    for (const child of below.nodes) yield* this.#entry(child, below.place, fromBytes(child.name));
  }

  /** What becomes of one entry, and for a folder what is in it. */
  #decide(node: TreeNode, parent: Placed, target: ByteString): { step: Step; nodes: TreeNode[] | null } {
    if (node.type !== NodeType.folder || node.subtree === null) {
      const stat = parent.fresh ? undefined : lstatSync(fsPath(target), { throwIfNoEntry: false });
      const type = node.type === NodeType.file ? 'file' : node.type === NodeType.symlink ? 'symlink' : 'special';
      const exists = stat !== undefined;
      const alike = stat !== undefined && this.#isThere(node, target, stat);
      return { step: { type, node, target, fresh: parent.fresh, exists, alike }, nodes: null };
    }
    const decided = this.#folder(parent, target);
    if (decided === null) return { step: { type: 'blocked', node, target }, nodes: null };
    const nodes = this.#o.trees.folder(node.subtree);
    return { step: { type: 'folder', node, ...decided }, nodes };
  }

  /** True where an earlier restore has given this entry back: what it left is not made a second time. */
  #isThere(node: TreeNode, target: ByteString, stat: Stats): boolean {
    const keepsBoth = this.#o.policy === 'keep-both';
    if (node.type === NodeType.file) {
      if (isAlike(stat, node)) return true;
      return keepsBoth && this.#earlier.of(target).some((path) => isAlike(lstatSync(fsPath(path)), node));
    }
    const link = node.target;
    if (link === null) return false;
    return isLinkTo(target, link) || (keepsBoth && this.#earlier.of(target).some((path) => isLinkTo(path, link)));
  }

  #folder(parent: Placed, path: ByteString): Omit<FolderStep, 'type' | 'node'> | null {
    const made = (at: ByteString): Omit<FolderStep, 'type' | 'node'> => ({
      place: { path: at, fresh: true },
      replaces: false,
      unfinished: false,
    });
    if (parent.fresh) return made(path);
    const stat = lstatSync(fsPath(path), { throwIfNoEntry: false });
    if (stat === undefined) return made(path);
    if (stat.isDirectory()) {
      return { place: { path, fresh: false }, replaces: false, unfinished: isUnfinished(stat) };
    }
    // A file, or a symlink that could lead anywhere.
    if (this.#o.policy === 'skip') return null;
    if (this.#o.policy === 'replace') return { ...made(path), replaces: true };
    for (const earlier of this.#earlier.of(path)) {
      if (isUnfinished(lstatSync(fsPath(earlier)))) {
        return { place: { path: earlier, fresh: false }, replaces: false, unfinished: true };
      }
    }
    for (let n = 1; ; n++) {
      const beside = besideName(path, this.#o.suffix, n);
      if (lstatSync(fsPath(beside), { throwIfNoEntry: false }) === undefined) return made(beside);
    }
  }
}

/** A drive of Windows as the name of a folder: `C:` at the top, `C` anywhere else. */
export function diskName(name: ByteString, parent: ByteString): ByteString {
  const drive = process.platform === 'win32' && parent !== '' && /^[A-Za-z]:$/.test(name);
  return drive ? (name.slice(0, 1) as ByteString) : name;
}

const WINDOWS_NAME = {
  message: 'Windows has no such name: it holds a character or a word that means something else there.',
  guidance: 'The backup is untouched. Restore this on Linux or macOS, where it came from.',
};

/**
 * Names that Windows takes for a single component: elsewhere a backslash or a colon is a letter like any other, there
 * it leads out of the folder or into another stream ("Naming Files, Paths, and Namespaces", Win32 documentation).
 */
export function isWindowsName(name: string): boolean {
  if (/[\u0000-\u001f<>:"/\\|?*]/.test(name) || /[. ]$/.test(name)) return false;
  return !/^(con|prn|aux|nul|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])(\.|$)/i.test(name);
}

/** What will happen to an entry whose name is taken, in words. */
export function outcomeWords(policy: ConflictPolicy, step: LeafStep | BlockedStep, suffix: string): Text {
  const { target } = step;
  if (step.type !== 'blocked' && step.alike) return text`is there already; it is compared with the backup and stays`;
  if (policy === 'skip') return text`stays as it is; the backed-up one is not restored`;
  if (policy === 'replace') return text`is replaced by the backed-up one`;
  const beside = displayPath(besideName(target, suffix, 1));
  return text`stays; the backed-up one is put beside it as “${beside.slice(beside.lastIndexOf('/') + 1)}”`;
}

/** True where a path is a folder, or a symlink to one: for the folders above an original place. */
export function leadsToFolder(path: ByteString): boolean {
  return statSync(fsPath(path), { throwIfNoEntry: false })?.isDirectory() === true;
}
