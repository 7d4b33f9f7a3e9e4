/** What tells two nodes of a tree apart. */
import type { ChangedField } from './api.ts';
import { equal } from './format/bytes.ts';
import { encodeNode, NodeType, type Time, type TreeNode } from './format/tree.ts';

const NO_TIME: Time = { s: 0, ns: 0 };
const NOTHING = new Uint8Array(0);

/**
 * Fields in which two nodes of one name differ. Status times (ctime) and what a folder holds are none: the former
 * changes with every look at other fields, the latter is compared entry by entry.
 *
 * @param comparable false: the nodes are of two computers, whose ids have nothing in common; contents are then told
 *   apart by size and time
 */
export function changedFields(a: TreeNode, b: TreeNode, comparable = true): ChangedField[] {
  if (a.type !== b.type) return ['kind'];
  const fields: ChangedField[] = [];
  if (a.type === NodeType.file && !sameContent(a, b, comparable)) fields.push('content');
  if (!sameBytes(a.target, b.target)) fields.push('target');
  if (a.device?.[0] !== b.device?.[0] || a.device?.[1] !== b.device?.[1]) fields.push('device');
  if (a.mode !== b.mode) fields.push('mode');
  if (a.uid !== b.uid || a.gid !== b.gid || a.user !== b.user || a.group !== b.group) fields.push('owner');
  if (!sameTime(a.mtime, b.mtime)) fields.push('times');
  if (!equal(attributesOf(a, comparable), attributesOf(b, comparable))) fields.push('attributes');
  return fields;
}

function sameContent(a: TreeNode, b: TreeNode, comparable: boolean): boolean {
  if (a.size !== b.size) return false;
  if (!comparable) return sameTime(a.mtime, b.mtime);
  return equal(a.content, b.content) && equal(a.lists, b.lists);
}

const sameTime = (a: Time, b: Time): boolean => a.s === b.s && a.ns === b.ns;

const sameBytes = (a: Uint8Array | null, b: Uint8Array | null): boolean =>
  a === null || b === null ? a === b : equal(a, b);

/**
 * Everything that a node holds beyond the fields that are compared one by one. How a file lies on its disk (its other
 * names, its holes, when its inode was made) is not what somebody asks about who compares two states.
 */
function attributesOf(node: TreeNode, comparable: boolean): Uint8Array {
  return encodeNode({
    ...node,
    mode: 0,
    uid: 0,
    gid: 0,
    user: '',
    group: '',
    mtime: NO_TIME,
    ctime: NO_TIME,
    size: 0,
    content: NOTHING,
    lists: NOTHING,
    target: null,
    device: null,
    subtree: null,
    birth: undefined,
    link: undefined,
    holes: undefined,
    large: comparable ? node.large : node.large?.map((attribute) => ({ ...attribute, content: NOTHING })),
  });
}
