/** Tree nodes from what the file system tells. */
import type { BigIntStats } from 'node:fs';
import type { NodeExtras } from '../format/node-extras.ts';
import { writeNode, type PlainNode } from '../format/node-writer.ts';
import { NodeType, type Time } from '../format/tree.ts';
import { toBytes, type ByteString } from '../format/byte-path.ts';
import type { RecordStat } from './record.ts';

/** Names of users and groups of this computer by number. */
export interface Owners {
  users: Map<number, string>;
  groups: Map<number, string>;
}

const S_IFMT = 0o170000;
const TYPES = new Map<number, NodeType>([
  [0o100000, NodeType.file],
  [0o040000, NodeType.folder],
  [0o120000, NodeType.symlink],
  [0o010000, NodeType.fifo],
  [0o140000, NodeType.socket],
  [0o060000, NodeType.block],
  [0o020000, NodeType.char],
]);

/** Type of an entry by its mode; null for kinds that no system of ours has. */
export const typeOf = (mode: number): NodeType | null => TYPES.get(mode & S_IFMT) ?? null;

const BILLION = 1_000_000_000n;

/** Nanoseconds since the epoch as the trees have them. */
export function timeOf(ns: bigint): Time {
  const rest = ((ns % BILLION) + BILLION) % BILLION;
  return { s: Number((ns - rest) / BILLION), ns: Number(rest) };
}

export function recordStat(stat: BigIntStats): RecordStat {
  return {
    mode: Number(stat.mode),
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    size: Number(stat.size),
    mtimeMs: msOf(stat.mtimeNs),
    ctimeMs: msOf(stat.ctimeNs),
    ino: Number(stat.ino),
    dev: Number(stat.dev),
  };
}

/** The same double that `lstat` without bigint gives: seconds * 1000 + ns / 1e6. */
function msOf(ns: bigint): number {
  const t = timeOf(ns);
  return t.s * 1000 + t.ns / 1_000_000;
}

export interface NodeContent {
  size: number;
  content: Uint8Array;
  lists: Uint8Array;
}

const NOTHING = new Uint8Array(0);

/**
 * Canonical node of an entry. A folder's subtree id is 32 zero bytes at the node's end, to be filled in.
 *
 * @param target raw bytes of a symlink's target
 */
export function nodeOf(
  name: ByteString,
  type: NodeType,
  stat: BigIntStats,
  owners: Owners,
  content: NodeContent | null,
  target: Uint8Array | null,
  extras: NodeExtras = {},
): Uint8Array {
  const uid = Number(stat.uid);
  const gid = Number(stat.gid);
  const isDevice = type === NodeType.block || type === NodeType.char;
  const node: PlainNode = {
    name: toBytes(name),
    type,
    mode: Number(stat.mode) & 0o7777,
    uid,
    gid,
    user: owners.users.get(uid) ?? '',
    group: owners.groups.get(gid) ?? '',
    mtime: timeOf(stat.mtimeNs),
    ctime: timeOf(stat.ctimeNs),
    size: content?.size ?? 0,
    content: content?.content ?? NOTHING,
    lists: content?.lists ?? NOTHING,
    target,
    device: isDevice ? deviceNumbers(stat.rdev) : null,
    subtree: type === NodeType.folder ? new Uint8Array(32) : null,
  };
  return writeNode(node, extras);
}

/** Linux's encoding of device numbers (makedev(3)); macOS has eight bits of major and 24 of minor. */
export function deviceNumbers(rdev: bigint): [number, number] {
  if (process.platform === 'darwin') return [Number((rdev >> 24n) & 0xffn), Number(rdev & 0xffffffn)];
  const major = ((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & ~0xfffn);
  const minor = (rdev & 0xffn) | ((rdev >> 12n) & ~0xffn);
  return [Number(BigInt.asUintN(32, major)), Number(BigInt.asUintN(32, minor))];
}
