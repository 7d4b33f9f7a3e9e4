/** Reads what a tree node tells besides mode, owner, times and contents: see format/node-extras.ts. */
import type { BigIntStats } from 'node:fs';
import type { ByteString } from '../format/byte-path.ts';
import {
  LINK_BYTES,
  MAX_ATTRIBUTES,
  MAX_INLINE_BYTES,
  MAX_SMALL_VALUE,
  type LargeAttribute,
  type NodeExtras,
  type SmallAttribute,
} from '../format/node-extras.ts';
import { NodeType } from '../format/tree.ts';
import type { Found, PlatformAttributes, PlatformEntry } from '../platform/platform.ts';
import type { ReadExtras, SkippedEntry } from './messages.ts';
import { timeOf } from './node-of.ts';

/** Names of attributes in one sentence; the rest is counted. */
const NAMED = 3;

export class ExtrasReader {
  readonly #platform: PlatformAttributes;
  readonly #store: ((value: Uint8Array) => Uint8Array) | null;

  /** @param store stores a value as data blobs and gives their ids, joined; null where values cannot be stored */
  constructor(platform: PlatformAttributes, store: ((value: Uint8Array) => Uint8Array) | null) {
    this.#platform = platform;
    this.#store = store;
  }

  /**
   * @param fd of the open entry, or null
   * @param skipped gets one line where some attributes could not be read
   */
  of(path: ByteString, fd: number | null, type: NodeType, stat: BigIntStats, skipped: SkippedEntry[]): ReadExtras {
    const found = this.#platform.read({ path, fd, kind: kindOf(type) });
    const refused = found.refused
      .filter(({ refusal }) => refusal.why !== 'unsupported')
      .map(({ name, refusal }) => (name === '' ? refusal.detail : `${name}: ${refusal.detail}`));
    const { small, large } = this.#sorted(found, refused);
    if (refused.length > 0) skipped.push({ path, reason: 'attributes', detail: listed(refused) });
    // No spreads: V8 makes each of them by way of a slow path, and this is done for every file.
    const extras: NodeExtras = {};
    if (stat.birthtimeNs > 0n) extras.birth = timeOf(stat.birthtimeNs);
    if (stat.nlink > 1n && type !== NodeType.folder) extras.link = linkGroup(stat);
    if (small.length > 0) extras.small = small;
    if (large.length > 0) extras.large = large;
    if (found.flags !== null) extras.flags = found.flags;
    return { extras, needs: large.length === 0 ? NOTHING : Buffer.concat(large.map(({ content }) => content)) };
  }

  /** Short values stand in the node, as many as it has room for; the others become blobs. */
  #sorted({ attributes }: Found, refused: string[]): { small: SmallAttribute[]; large: LargeAttribute[] } {
    const small: SmallAttribute[] = [];
    const large: LargeAttribute[] = [];
    let inline = 0;
    attributes.forEach(({ name, value }, i) => {
      if (i >= MAX_ATTRIBUTES) {
        refused.push(`${name.toString()}: too many attributes`);
        return;
      }
      const bytes = name.length + value.length;
      if (value.length <= MAX_SMALL_VALUE && inline + bytes <= MAX_INLINE_BYTES) {
        small.push({ name, value });
        inline += bytes;
      } else if (this.#store === null) refused.push(`${name.toString()}: too long for a folder above the sources`);
      else large.push({ name, size: value.length, content: this.#store(value) });
    });
    return { small, large };
  }
}

const NOTHING = new Uint8Array(0);

const KINDS = new Map<NodeType, PlatformEntry['kind']>([
  [NodeType.file, 'file'],
  [NodeType.folder, 'folder'],
  [NodeType.symlink, 'symlink'],
]);

/** Words of the platform for a type. */
export const kindOf = (type: NodeType): PlatformEntry['kind'] => KINDS.get(type) ?? 'special';

function linkGroup(stat: BigIntStats): Uint8Array {
  const group = Buffer.alloc(LINK_BYTES);
  group.writeBigUInt64BE(BigInt.asUintN(64, stat.dev), 0);
  group.writeBigUInt64BE(BigInt.asUintN(64, stat.ino), 8);
  return group;
}

const listed = (all: string[]): string =>
  all.slice(0, NAMED).join(', ') + (all.length > NAMED ? `, and ${all.length - NAMED} more` : '');
