/** Trees: folders as canonical CBOR (FORMAT.md, "Trees"). */
import { createHash } from 'node:crypto';
import { CborReader, decodeCbor, encodeCbor } from './cbor.ts';
import { concat } from './bytes.ts';
import { damaged, newerFormat } from './damage.ts';
import { phrase } from '../../text.ts';
import { BlobKind, ID_BYTES } from './blob.ts';
import type { Span } from './field-bytes.ts';
import { LEAF, LeafReader } from './leaf-reader.ts';
import type { NodeExtras, Time } from './node-extras.ts';
import { NodeType } from './node-fields.ts';
import { writeNode, type PlainNode } from './node-writer.ts';

export { NodeType };
export type { Time };

export interface TreeNode extends NodeExtras, PlainNode {}

export const MAX_INLINE_CHUNKS = 512;
/** Ids in one list blob: 1 MiB of them. */
export const LIST_IDS = 32_768;

/** Canonical bytes of one node. A folder's node ends with the 32 bytes of its subtree id. Errors: as `writeNode`. */
export const encodeNode = (node: TreeNode): Uint8Array => writeNode(node, node);

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
  const leaf = LeafReader.of(bytes, what);
  if (leaf === null) return { kind: 'branch', ids: decodeBranch(bytes, what) };
  const nodes: TreeNode[] = [];
  while (leaf.next()) nodes.push(nodeOf(leaf, nodes.at(-1)));
  return { kind: 'leaf', nodes };
}

/** Ids of the leaves that a branch names. Errors: object-damaged, newer-format. */
export function decodeBranch(bytes: Uint8Array, what = phrase('A folder in the backup')): Uint8Array[] {
  const r = new CborReader(what);
  const outer = r.array(decodeCbor(bytes, what), 'tree');
  const kind = r.uint(outer[0], 'kind');
  if (outer.length !== 2) throw damaged(what, 'tree');
  const items = r.array(outer[1], 'items');
  if (kind !== BRANCH) throw newerFormat(what);
  return items.map((id) => r.bytes(id, 'branch id', ID_BYTES));
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

const bytesOf = (leaf: LeafReader, span: Span): Uint8Array | null => (span.there ? leaf.copy(span) : null);

/** @param known what it says most often */
function textOf(leaf: LeafReader, span: Span, known: string | undefined): string {
  if (!span.there) return '';
  return known !== undefined && leaf.says(span, known) ? known : leaf.text(span);
}

/**
 * The entry that was read last.
 *
 * @param before the one before it, whose owner it often shares
 */
export function nodeOf(leaf: LeafReader, before?: TreeNode): TreeNode {
  // The literal first: after a spread each further property would be defined one by one, most of a decoding's time.
  const node: TreeNode = {
    name: leaf.copy(leaf.name),
    type: leaf.type,
    mode: leaf.mode,
    uid: leaf.uid,
    gid: leaf.gid,
    user: textOf(leaf, leaf.user, before?.user),
    group: textOf(leaf, leaf.group, before?.group),
    mtime: { s: leaf.mtime.s, ns: leaf.mtime.ns },
    ctime: { s: leaf.ctime.s, ns: leaf.ctime.ns },
    size: leaf.size,
    content: bytesOf(leaf, leaf.content) ?? NONE,
    lists: bytesOf(leaf, leaf.lists) ?? NONE,
    target: bytesOf(leaf, leaf.target),
    device: leaf.device[0] < 0 ? null : [...leaf.device],
    subtree: bytesOf(leaf, leaf.subtree),
  };
  return Object.assign(node, leaf.extras());
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
