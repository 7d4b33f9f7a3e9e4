/** Trees: folders as canonical CBOR (FORMAT.md, "Trees"). */
import { createHash } from 'node:crypto';
import { CborReader, decodeCbor, encodeCbor, type Cbor } from './cbor.ts';
import { concat } from './bytes.ts';
import { damaged, newerFormat } from './damage.ts';
import { phrase } from '../../text.ts';
import { BlobKind, ID_BYTES } from './blob.ts';
import { decodeTime, putExtras, takeExtras, type NodeExtras, type Time } from './node-extras.ts';

export const NodeType = { file: 1, folder: 2, symlink: 3, fifo: 4, socket: 5, block: 6, char: 7 } as const;
export type NodeType = (typeof NodeType)[keyof typeof NodeType];

export type { Time };

export interface TreeNode extends NodeExtras {
  /** Raw bytes: any but 0 and `/`, neither `.` nor `..`. */
  name: Uint8Array;
  type: NodeType;
  /** Permission bits with setuid, setgid and sticky: 12 bits. */
  mode: number;
  uid: number;
  gid: number;
  user: string;
  group: string;
  mtime: Time;
  ctime: Time;
  /** Files: true length in bytes. */
  size: number;
  /** Files: 32-byte ids of the data blobs in order, joined. Empty where `lists` is used. */
  content: Uint8Array;
  /** Files over 512 chunks: 32-byte ids of list blobs in order, joined; a list blob is ids joined. */
  lists: Uint8Array;
  /** Symlinks: raw bytes of the target. */
  target: Uint8Array | null;
  /** Block and character devices: major and minor. */
  device: [number, number] | null;
  /** Folders: id of the tree blob. */
  subtree: Uint8Array | null;
}

export const MAX_INLINE_CHUNKS = 512;
/** Ids in one list blob: 1 MiB of them. */
export const LIST_IDS = 32_768;

const Field = {
  name: 0,
  type: 1,
  mode: 2,
  owner: 3,
  ownerNames: 4,
  mtime: 5,
  ctime: 6,
  size: 7,
  content: 8,
  lists: 9,
  target: 10,
  device: 11,
  // 12 to 17: node-extras.ts.
  // The largest key, so that a folder's node ends with its subtree id and can be completed in place.
  subtree: 23,
} as const;

const time = (t: Time): Cbor => [t.s, t.ns];

/** Canonical bytes of one node. A folder's node ends with the 32 bytes of its subtree id. */
export function encodeNode(node: TreeNode): Uint8Array {
  const map = new Map<number, Cbor>();
  map.set(Field.name, node.name);
  map.set(Field.type, node.type);
  map.set(Field.mode, node.mode);
  map.set(Field.owner, [node.uid, node.gid]);
  if (node.user !== '' || node.group !== '') map.set(Field.ownerNames, [node.user, node.group]);
  map.set(Field.mtime, time(node.mtime));
  map.set(Field.ctime, time(node.ctime));
  if (node.type === NodeType.file) {
    map.set(Field.size, node.size);
    if (node.lists.length > 0) map.set(Field.lists, node.lists);
    else if (node.content.length > 0) map.set(Field.content, node.content);
  }
  if (node.target !== null) map.set(Field.target, node.target);
  if (node.device !== null) map.set(Field.device, node.device);
  putExtras(map, node);
  if (node.subtree !== null) map.set(Field.subtree, node.subtree);
  return encodeCbor(map);
}

const LEAF = 0;
const BRANCH = 1;

function arrayHeader(length: number): Uint8Array {
  if (length < 24) return Uint8Array.of(0x80 | length);
  if (length < 0x100) return Uint8Array.of(0x98, length);
  if (length < 0x10000) return Uint8Array.of(0x99, length >> 8, length & 0xff);
  return Uint8Array.of(0x9a, length >>> 24, (length >>> 16) & 0xff, (length >>> 8) & 0xff, length & 0xff);
}

const LEAF_ENTRIES = 4096;
const LEAF_BYTES = 1024 * 1024 - 16;

/** A node's place in the encoded list of a folder: raw name and canonical bytes. */
export interface EncodedNode {
  name: Uint8Array;
  bytes: Uint8Array;
}

const leaf = (nodes: EncodedNode[]): Uint8Array =>
  concat(Uint8Array.of(0x82, LEAF), arrayHeader(nodes.length), ...nodes.map((node) => node.bytes));

/**
 * Tree blobs of one folder. Up to 4,096 entries and 1 MiB it is one leaf. Larger folders are cut where the names say
 * (SHA-256 of the name, low 11 bits of its first two bytes zero: every 2,048 entries on average), so that one new file
 * changes one leaf; a leaf never exceeds 8,192 entries or 1 MiB.
 *
 * @param nodes sorted by raw name, ascending
 * @returns leaves in order; more than one need a branch over their ids
 */
export function encodeLeaves(nodes: EncodedNode[]): Uint8Array[] {
  let total = 0;
  for (const node of nodes) total += node.bytes.length;
  if (nodes.length <= LEAF_ENTRIES && total <= LEAF_BYTES) return [leaf(nodes)];
  const leaves: Uint8Array[] = [];
  let current: EncodedNode[] = [];
  let size = 0;
  const flush = (): void => {
    if (current.length > 0) leaves.push(leaf(current));
    current = [];
    size = 0;
  };
  for (const node of nodes) {
    if (size + node.bytes.length > LEAF_BYTES) flush();
    current.push(node);
    size += node.bytes.length;
    const hash = createHash('sha256').update(node.name).digest();
    if ((hash.readUInt16BE(0) & 0x7ff) === 0 || current.length === 2 * LEAF_ENTRIES) flush();
  }
  flush();
  return leaves;
}

/** False only for a folder that is one leaf. `bytes`: of its nodes, or more. */
export const mayBeCut = (entries: number, bytes: number): boolean => entries > LEAF_ENTRIES || bytes > LEAF_BYTES;

/** The blob over several leaves' ids. */
export const encodeBranch = (ids: Uint8Array[]): Uint8Array => encodeCbor([BRANCH, ids]);

export type TreeBlob = { kind: 'leaf'; nodes: TreeNode[] } | { kind: 'branch'; ids: Uint8Array[] };

/** Decodes a tree blob; names strictly ascend. Errors: object-damaged, newer-format. */
export function decodeTree(bytes: Uint8Array, what = phrase('A folder in the backup')): TreeBlob {
  const r = new CborReader(what);
  const outer = r.array(decodeCbor(bytes, what), 'tree');
  const kind = r.uint(outer[0], 'kind');
  if (outer.length !== 2) throw damaged(what, 'tree');
  const items = r.array(outer[1], 'items');
  if (kind === BRANCH) return { kind: 'branch', ids: items.map((id) => r.bytes(id, 'branch id', ID_BYTES)) };
  if (kind !== LEAF) throw newerFormat(what);
  const nodes = items.map((item) => decodeNode(item, r, what));
  checkOrder(nodes, what);
  return { kind: 'leaf', nodes };
}

/** Names of a folder strictly ascend, across its leaves too: no name is there twice. Errors: object-damaged. */
export function checkOrder(nodes: TreeNode[], what: string): void {
  for (let i = 1; i < nodes.length; i++) {
    const before = nodes[i - 1];
    const here = nodes[i];
    if (before && here && Buffer.compare(before.name, here.name) >= 0) throw damaged(what, 'names out of order');
  }
}

/** One for all nodes: an array buffer of its own for each would cost more than the rest of the node. */
const NONE = new Uint8Array(0);

function decodeNode(value: Cbor, r: CborReader, what: string): TreeNode {
  const map = r.map(value, 'node');
  const name = r.bytes(map.get(Field.name), 'name');
  if (!isSafeName(name)) throw damaged(what, 'a name that could leave its folder');
  const type = r.uint(map.get(Field.type), 'type');
  if (type < NodeType.file || type > NodeType.char) throw newerFormat(what);
  const owner = r.array(map.get(Field.owner), 'owner');
  const names = map.has(Field.ownerNames) ? r.array(map.get(Field.ownerNames), 'owner names') : ['', ''];
  const optional = (field: number): Uint8Array | null =>
    map.has(field) ? r.bytes(map.get(field), `field ${field}`) : null;
  const content = optional(Field.content) ?? NONE;
  const lists = optional(Field.lists) ?? NONE;
  const subtree = optional(Field.subtree);
  if (content.length % ID_BYTES !== 0 || lists.length % ID_BYTES !== 0) throw damaged(what, 'content ids');
  if ((type === NodeType.folder) !== (subtree !== null)) throw damaged(what, 'subtree');
  if (subtree !== null && subtree.length !== ID_BYTES) throw damaged(what, 'subtree');
  const target = optional(Field.target);
  if ((type === NodeType.symlink) !== (target !== null)) throw damaged(what, 'link target');
  let device: [number, number] | null = null;
  if (map.has(Field.device)) {
    const pair = r.array(map.get(Field.device), 'device');
    device = [r.uint(pair[0], 'device'), r.uint(pair[1], 'device')];
  }
  const size = map.has(Field.size) ? r.uint(map.get(Field.size), 'size') : 0;
  // The literal first: after a spread each further property would be defined one by one, most of a decoding's time.
  const node: TreeNode = {
    name,
    type: type as NodeType,
    mode: r.uint(map.get(Field.mode), 'mode') & 0o7777,
    uid: r.uint(owner[0], 'uid'),
    gid: r.uint(owner[1], 'gid'),
    user: r.text(names[0], 'user'),
    group: r.text(names[1], 'group'),
    mtime: decodeTime(map.get(Field.mtime), r, 'mtime'),
    ctime: decodeTime(map.get(Field.ctime), r, 'ctime'),
    size,
    content,
    lists,
    target,
    device,
    subtree,
  };
  return Object.assign(node, takeExtras(map, r, what, size));
}

/** A blob that a node refers to. */
export interface NeededBlob {
  kind: BlobKind;
  /** A view of 32 bytes. */
  id: Uint8Array;
}

/**
 * Every blob that a node refers to itself: contents or their lists, large attributes, subtree. What the list blobs name
 * comes besides: `TreeReader.content`.
 */
export function* blobsOf(node: TreeNode): Iterable<NeededBlob> {
  yield* each(BlobKind.data, node.content);
  yield* each(BlobKind.list, node.lists);
  for (const { content } of node.large ?? []) yield* each(BlobKind.data, content);
  if (node.subtree !== null) yield { kind: BlobKind.tree, id: node.subtree };
}

function* each(kind: BlobKind, ids: Uint8Array): Iterable<NeededBlob> {
  for (let at = 0; at < ids.length; at += ID_BYTES) yield { kind, id: ids.subarray(at, at + ID_BYTES) };
}

/** A single path component: not empty, not `.` or `..`, without `/` and NUL. */
export function isSafeName(name: Uint8Array): boolean {
  if (name.length === 0 || name.length > 4096) return false;
  if (name[0] === 0x2e && (name.length === 1 || (name.length === 2 && name[1] === 0x2e))) return false;
  return !name.includes(0x2f) && !name.includes(0);
}
