/**
 * Entries and leaves the plain way: decoded to values first, then each node from a map, and encoded from one. What is
 * faster must tell the same.
 */
import { CborReader, decodeCbor, encodeCbor, type Cbor } from '../../main/engine/format/cbor.ts';
import { ID_BYTES } from '../../main/engine/format/blob.ts';
import { damaged, newerFormat } from '../../main/engine/format/damage.ts';
import {
  LINK_BYTES,
  MAX_ATTRIBUTES,
  MAX_HOLES,
  MAX_VALUE,
  MAX_VALUE_BLOBS,
  type Holes,
  type NodeExtras,
  type Time,
} from '../../main/engine/format/node-extras.ts';
import { Field, NodeType } from '../../main/engine/format/node-fields.ts';
import { isSafeName, type TreeBlob, type TreeNode } from '../../main/engine/format/tree.ts';

/** Errors: object-damaged, newer-format. */
export function decodeTreeByMaps(bytes: Uint8Array, what = 'A folder in the backup'): TreeBlob {
  const r = new CborReader(what);
  const outer = r.array(decodeCbor(bytes, what), 'tree');
  const kind = r.uint(outer[0], 'kind');
  if (outer.length !== 2) throw damaged(what, 'tree');
  const items = r.array(outer[1], 'items');
  if (kind === 1) return { kind: 'branch', ids: items.map((id) => r.bytes(id, 'branch id', ID_BYTES)) };
  if (kind !== 0) throw newerFormat(what);
  const nodes = items.map((item) => decodeNode(item, r, what));
  checkOrder(nodes, what);
  return { kind: 'leaf', nodes };
}

function checkOrder(nodes: TreeNode[], what: string): void {
  for (let i = 1; i < nodes.length; i++) {
    const before = nodes[i - 1];
    const here = nodes[i];
    if (before && here && Buffer.compare(before.name, here.name) >= 0) throw damaged(what, 'names out of order');
  }
}

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

function takeExtras(map: Map<number | string, Cbor>, r: CborReader, what: string, size: number): NodeExtras {
  const extras: NodeExtras = {};
  const fields: { name: Uint8Array }[][] = [];
  if (map.has(Field.birth)) extras.birth = decodeTime(map.get(Field.birth), r, 'birth time');
  if (map.has(Field.link)) extras.link = r.bytes(map.get(Field.link), 'link group', LINK_BYTES);
  if (map.has(Field.small)) {
    extras.small = r.array(map.get(Field.small), 'attributes').map((item) => {
      const pair = r.array(item, 'attribute');
      if (pair.length !== 2) throw damaged(what, 'attribute');
      return { name: r.bytes(pair[0], 'attribute name'), value: r.bytes(pair[1], 'attribute value') };
    });
    fields.push(extras.small);
  }
  if (map.has(Field.large)) {
    extras.large = r.array(map.get(Field.large), 'attributes').map((item) => {
      const triple = r.array(item, 'attribute');
      const content = r.bytes(triple[2], 'attribute content');
      if (triple.length !== 3 || content.length % ID_BYTES !== 0) throw damaged(what, 'attribute');
      const size = r.uint(triple[1], 'attribute size');
      if (size > MAX_VALUE || content.length > MAX_VALUE_BLOBS * ID_BYTES) throw damaged(what, 'attribute size');
      return { name: r.bytes(triple[0], 'attribute name'), size, content };
    });
    fields.push(extras.large);
  }
  for (const list of fields) checkNames(list, what);
  if (map.has(Field.flags)) {
    const pair = r.array(map.get(Field.flags), 'flags');
    extras.flags = { system: r.uint(pair[0], 'flags'), bits: r.uint(pair[1], 'flags') };
  }
  if (map.has(Field.holes)) extras.holes = holesOf(map.get(Field.holes), r, what, size);
  return extras;
}

function decodeTime(value: Cbor | undefined, r: CborReader, field: string): Time {
  const pair = r.array(value, field);
  const t = { s: r.int(pair[0], field), ns: r.uint(pair[1], field) };
  if (pair.length !== 2 || t.ns > 999_999_999) throw damaged('A folder in the backup', field);
  return t;
}

function checkNames(list: { name: Uint8Array }[], what: string): void {
  if (list.length > MAX_ATTRIBUTES) throw damaged(what, 'attributes');
  let before: Uint8Array = new Uint8Array(0);
  for (const { name } of list) {
    if (Buffer.compare(before, name) >= 0 || name.includes(0)) throw damaged(what, 'attribute names');
    before = name;
  }
}

function holesOf(value: Cbor | undefined, r: CborReader, what: string, size: number): Holes {
  if (value === true) return 'zeros';
  const numbers = r.array(value, 'holes').map((n) => r.uint(n, 'holes'));
  if (numbers.length % 2 !== 0 || numbers.length > 2 * MAX_HOLES) throw damaged(what, 'holes');
  let end = -1;
  for (let i = 0; i < numbers.length; i += 2) {
    const start = numbers[i] ?? 0;
    const length = numbers[i + 1] ?? 0;
    if (start <= end || length === 0 || start + length > size) throw damaged(what, 'holes');
    end = start + length;
  }
  return numbers;
}

const time = (t: Time): Cbor => [t.s, t.ns];

/** As `encodeNode`, by a map and a general encoder. */
export function encodeNodeByMaps(node: TreeNode): Uint8Array {
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

/** Adds the fields that are there to a node's map. */
function putExtras(map: Map<number, Cbor>, extras: NodeExtras): void {
  const { birth, link, small, large, flags, holes } = extras;
  if (birth !== undefined) map.set(Field.birth, [birth.s, birth.ns]);
  if (link !== undefined) map.set(Field.link, link);
  if (small !== undefined && small.length > 0)
    map.set(
      Field.small,
      small.map(({ name, value }): Cbor => [name, value]),
    );
  if (large !== undefined && large.length > 0) {
    map.set(
      Field.large,
      large.map(({ name, size, content }): Cbor => [name, size, content]),
    );
  }
  if (flags !== undefined) map.set(Field.flags, [flags.system, flags.bits]);
  if (holes !== undefined && holes.length > 0) map.set(Field.holes, holes === 'zeros' ? true : holes);
}
