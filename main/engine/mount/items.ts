/** What the server shows: computers, their snapshots, and in each the tree of the file system. */
import { createHash } from 'node:crypto';
import { equal, toHex } from '../format/bytes.ts';
import { NodeType, type TreeNode } from '../format/tree.ts';
import type { OpenDomain } from '../repository/open-domains.ts';
import type { StoredSnapshot } from '../repository/domain.ts';
import { Lru } from './lru.ts';

interface Common {
  /** Raw bytes. */
  name: Uint8Array;
  /** ms since the epoch. */
  modifiedMs: number;
}
export interface FolderItem extends Common {
  kind: 'folder';
  children(): Promise<Item[]>;
  /** Null where there is none. */
  child(name: Uint8Array): Promise<Item | null>;
}
export interface FileItem extends Common {
  kind: 'file';
  size: number;
  /** With its quotes. */
  etag: string;
  open: OpenDomain;
  node: TreeNode;
  /** Of the epoch that the computer joined in. */
  domainEpoch: number;
}
export type Item = FolderItem | FileItem;

/** A computer, its snapshots, and what opens its packs when somebody looks into one. */
export interface Computer {
  name: string;
  snapshots: StoredSnapshot[];
  /** Newest that is complete; null where there is none. */
  latest: StoredSnapshot | null;
  open(): Promise<OpenDomain>;
}

/** A folder whose entries are all known. */
export function listFolder(name: string, modifiedMs: number, children: Item[]): FolderItem {
  return {
    kind: 'folder',
    name: Buffer.from(name, 'utf8'),
    modifiedMs,
    children: async () => children,
    child: async (wanted) => children.find((item) => equal(item.name, wanted)) ?? null,
  };
}

/** The top: a folder for each computer, in it one for each snapshot, by the time at which it ended, and `latest`. */
export function topFolder(computers: readonly Computer[]): FolderItem {
  const names = uniqueNames(computers.map(({ name }) => name));
  const folders = computers.map((computer, i) => {
    const times = uniqueNames(computer.snapshots.map(({ snapshot }) => stamp(snapshot.endedMs)));
    const items = computer.snapshots.map((stored, k) => snapshotFolder(times[k] ?? '', computer, stored));
    if (computer.latest !== null) items.push(snapshotFolder('latest', computer, computer.latest));
    return listFolder(names[i] ?? '', newest(items), items);
  });
  return listFolder('', newest(folders), folders);
}

const newest = (items: readonly Item[]): number => Math.max(0, ...items.map(({ modifiedMs }) => modifiedMs));

/** Names that lead to one entry each; what no file manager takes in a name is replaced. */
function uniqueNames(names: readonly string[]): string[] {
  const used = new Set<string>();
  return names.map((name) => {
    const plain = name.replaceAll(/[\p{Cc}/\\:*?"<>|]/gu, '_').replace(/^\.{0,2}$/, 'computer');
    let unique = plain;
    for (let n = 2; used.has(unique.toLowerCase()); n++) unique = `${plain} (${n})`;
    used.add(unique.toLowerCase());
    return unique;
  });
}

/** In this computer's time zone; without a colon, which Windows does not take. */
function stamp(ms: number): string {
  const date = new Date(ms);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}.${two(date.getMinutes())}.${two(date.getSeconds())}`;
}

function snapshotFolder(name: string, computer: Computer, { snapshot }: StoredSnapshot): FolderItem {
  const tree = async (): Promise<TreePlace> => {
    const open = await computer.open();
    return { view: viewOf(open), domainEpoch: snapshot.domainEpoch, trail: [snapshot.root] };
  };
  return {
    kind: 'folder',
    name: Buffer.from(name, 'utf8'),
    modifiedMs: snapshot.endedMs,
    children: async () => childrenOf(await tree()),
    child: async (wanted) => childOf(await tree(), wanted),
  };
}

/** A folder in a snapshot. */
interface TreePlace {
  view: DomainView;
  domainEpoch: number;
  /** Trees from the top down to this folder's own. */
  trail: Uint8Array[];
}

/** Folders that are kept, about: 40,000 usual entries. */
const FOLDER_BYTES = 32 * 1024 * 1024;
/** Of a node beside its byte fields, about. */
const NODE_BYTES = 800;

/** What a folder takes in memory, about. */
export function memoryOf(nodes: readonly TreeNode[]): number {
  let sum = NODE_BYTES;
  for (const { name, user, group, content, lists, target, small = [], large = [], holes = [] } of nodes) {
    sum += NODE_BYTES + name.length + content.length + lists.length + (target?.length ?? 0);
    sum += user.length + group.length + 8 * holes.length;
    for (const one of small) sum += NODE_BYTES + one.name.length + one.value.length;
    for (const one of large) sum += NODE_BYTES + one.name.length + one.content.length;
  }
  return sum;
}

/** A domain with the folders that were read last: file managers ask for the same one again and again. */
class DomainView {
  readonly open: OpenDomain;
  readonly #folders = new Lru<TreeNode[]>(FOLDER_BYTES);

  constructor(open: OpenDomain) {
    this.open = open;
  }

  folder(id: Uint8Array): TreeNode[] {
    const key = toHex(id);
    return this.#folders.get(key) ?? this.#folders.set(key, this.open.trees.folder(id), memoryOf);
  }
}

const views = new WeakMap<OpenDomain, DomainView>();
function viewOf(open: OpenDomain): DomainView {
  const view = views.get(open) ?? new DomainView(open);
  views.set(open, view);
  return view;
}

const treeOf = ({ trail }: TreePlace): Uint8Array => trail.at(-1) ?? new Uint8Array(0);

function childrenOf(place: TreePlace): Item[] {
  return place.view.folder(treeOf(place)).flatMap((node) => itemOf(place, node) ?? []);
}

function childOf(place: TreePlace, name: Uint8Array): Item | null {
  const node = place.view.folder(treeOf(place)).find((one) => equal(one.name, name));
  return node === undefined ? null : itemOf(place, node);
}

/**
 * Folders, files, and links to files, which show what they lead to. Other links could lead a program that copies a tree
 * round in circles, and devices have no contents: neither is shown.
 */
function itemOf(place: TreePlace, node: TreeNode): Item | null {
  if (node.subtree !== null) {
    const below: TreePlace = { ...place, trail: [...place.trail, node.subtree] };
    return {
      kind: 'folder',
      name: node.name,
      modifiedMs: msOf(node),
      children: async () => childrenOf(below),
      child: async (name) => childOf(below, name),
    };
  }
  const target = node.type === NodeType.file ? node : fileBehind(place, node);
  if (target === null) return null;
  const { open } = place.view;
  const etag = etagOf(target);
  const { domainEpoch } = place;
  return {
    kind: 'file',
    name: node.name,
    modifiedMs: msOf(target),
    size: target.size,
    etag,
    open,
    node: target,
    domainEpoch,
  };
}

const MAX_LINKS = 40;
const MAX_STEPS = 4096;
/** PATH_MAX of Linux; links of no system that get so far are longer. */
const MAX_TARGET = 4096;

/** The file that a link leads to inside its snapshot; null where it leads elsewhere. */
function fileBehind(place: TreePlace, link: TreeNode): TreeNode | null {
  let trail = [...place.trail];
  let links = 0;
  if (isTooLong(link)) return null;
  const rest = stepsOf(link);
  if (isAbsolute(link)) trail = trail.slice(0, 1);
  for (let steps = 0; steps < MAX_STEPS; steps++) {
    const name = rest.shift();
    if (name === undefined) return null;
    if (name === '' || name === '.') continue;
    if (name === '..') {
      if (trail.length > 1) trail.pop();
      continue;
    }
    const here = trail.at(-1);
    const wanted = Buffer.from(name, 'latin1');
    const node = here === undefined ? undefined : place.view.folder(here).find((one) => equal(one.name, wanted));
    if (node === undefined) return null;
    if (node.subtree !== null) trail.push(node.subtree);
    else if (node.type === NodeType.symlink) {
      if (++links > MAX_LINKS || isTooLong(node)) return null;
      if (isAbsolute(node)) trail = trail.slice(0, 1);
      rest.unshift(...stepsOf(node));
    } else return node.type === NodeType.file && rest.every((one) => one === '') ? node : null;
  }
  return null;
}

const isAbsolute = (link: TreeNode): boolean => link.target?.[0] === 0x2f;

const isTooLong = ({ target }: TreeNode): boolean => (target?.length ?? 0) > MAX_TARGET;

/** One character a byte. */
const stepsOf = ({ target }: TreeNode): string[] =>
  target === null ? [] : Buffer.from(target).toString('latin1').split('/');

const msOf = ({ mtime }: TreeNode): number => mtime.s * 1000 + Math.floor(mtime.ns / 1_000_000);

/** Equal contents have equal ids, which are keyed: nothing of them can be told from it. */
export function etagOf(node: TreeNode): string {
  const hash = createHash('sha256').update(String(node.size)).update(node.content).update(node.lists).digest('hex');
  return `"${hash.slice(0, 32)}"`;
}
