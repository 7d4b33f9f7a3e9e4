/** What a restore gives an entry after its contents: rights of others, swapped names, values without end. */
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fromPath } from '../../main/engine/format/byte-path.ts';
import { largeValue } from '../../main/engine/format/large-value.ts';
import { NodeType, type TreeNode } from '../../main/engine/format/tree.ts';
import { GiveBack } from '../../main/engine/pipeline/give-back.ts';
import { finishFolder } from '../../main/engine/pipeline/restore-folder.ts';
import { makeSpecial } from '../../main/engine/pipeline/restore-special.ts';
import { platformAttributes } from '../../main/engine/platform/attributes.ts';
import { NO_ATTRIBUTES, type PlatformAttributes } from '../../main/engine/platform/platform.ts';
import { codeOf } from '../support/format.ts';
import { treeNode } from '../support/tree-node.ts';

const none = new Uint8Array(0);
const node = (type: NodeType, more: Partial<TreeNode> = {}): TreeNode =>
  treeNode('x', {
    type,
    mode: 0o666,
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    mtime: { s: 1_700_000_000, ns: 0 },
    ...more,
  });
const values = { read: () => none, lost: () => null };
const giveBack = (platform: PlatformAttributes, setOwners = false) => new GiveBack(platform, values, setOwners);

/** An ACL of entries [tag, permissions, id]. */
function acl(...entries: [number, number, number][]): Buffer {
  const bytes = Buffer.alloc(4 + 8 * entries.length);
  bytes.writeUInt32LE(2, 0);
  entries.forEach(([tag, permissions, id], i) => {
    bytes.writeUInt16LE(tag, 4 + 8 * i);
    bytes.writeUInt16LE(permissions, 6 + 8 * i);
    bytes.writeUInt32LE(id, 8 + 8 * i);
  });
  return bytes;
}
const NOBODY = 0xffff_ffff;

describe('ACLs', () => {
  const ACCESS = 'system.posix_acl_access';
  function give(value: Uint8Array, setOwners: boolean) {
    const written: Buffer[] = [];
    const write = (_entry: unknown, _name: unknown, bytes: Uint8Array): null => {
      written.push(Buffer.from(bytes));
      return null;
    };
    const small = [{ name: Buffer.from(ACCESS), value }];
    const entry = { path: fromPath('/x'), fd: null, kind: 'file' } as const;
    const missing = giveBack({ ...NO_ATTRIBUTES, write }, setOwners).attributes(entry, { small });
    return { written, missing };
  }
  const named = acl([1, 6, NOBODY], [2, 7, 1001], [4, 6, NOBODY], [8, 7, 50], [0x10, 4, NOBODY], [0x20, 0, NOBODY]);

  it('give nobody rights by number but where owners are given by number too', () => {
    expect(give(named, true)).toEqual({ written: [named], missing: [] });
    const { written, missing } = give(named, false);
    // The owner's group has what the mask left it: reading, though the mode's bits of the group are the mask.
    expect(written).toEqual([acl([1, 6, NOBODY], [4, 4, NOBODY], [0x20, 0, NOBODY])]);
    expect(missing.map((words) => words.english.split(' ')[0])).toEqual([ACCESS]);
  });

  it('that name nobody come back whole, and such as are not understood do not', () => {
    const plain = acl([1, 6, NOBODY], [4, 6, NOBODY], [0x20, 4, NOBODY]);
    expect(give(plain, false)).toEqual({ written: [plain], missing: [] });
    for (const bad of [none, named.subarray(0, 9), Buffer.concat([Buffer.of(3), named.subarray(1)])]) {
      const { written, missing } = give(bad, false);
      expect([written, missing.length]).toEqual([[], 1]);
    }
  });
});

describe.runIf(process.platform !== 'win32')('a name that leads to another place by now', () => {
  let folder: string;
  const at = (name: string): string => path.join(folder, name);
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'holdfast-give-back-'));
    writeFileSync(at('victim'), 'x');
    chmodSync(at('victim'), 0o600);
    mkdirSync(at('victims'), { mode: 0o700 });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('gives no folder behind it the mode of a restored one', () => {
    mkdirSync(at('restored'));
    const given = node(NodeType.folder, { mode: 0o755, subtree: new Uint8Array(32) });
    expect(finishFolder(fromPath(at('restored')), given, false, giveBack(NO_ATTRIBUTES))).toEqual([]);
    expect(statSync(at('restored')).mode & 0o7777).toBe(0o755);
    expect(statSync(at('restored')).mtimeMs).toBe(1_700_000_000_000);
    renameSync(at('restored'), at('elsewhere'));
    symlinkSync('victims', at('restored'));
    expect(() => finishFolder(fromPath(at('restored')), given, false, giveBack(NO_ATTRIBUTES))).toThrow(
      /ELOOP|ENOTDIR/,
    );
    expect(statSync(at('victims')).mode & 0o7777).toBe(0o700);
  });

  const types = [NodeType.fifo, NodeType.char] as const;
  it.each(types)('gives no file behind it the mode of a special one (type %i)', (type) => {
    // Somebody else puts something of his in the place of what was made, as soon as it is there.
    const swapping = (put: (target: string) => void): PlatformAttributes => ({
      ...NO_ATTRIBUTES,
      makeSpecial: () => {
        put(at('made'));
        return null;
      },
    });
    const given = node(type, { device: type === NodeType.char ? [1, 3] : null });
    const make = (platform: PlatformAttributes) => () =>
      makeSpecial(given, fromPath(at('made')), false, platform, giveBack(NO_ATTRIBUTES));
    expect(make(swapping((target) => symlinkSync('victim', target)))).toThrow();
    expect(make(swapping((target) => writeFileSync(target, '', { mode: 0o600 })))).toThrow();
    expect(statSync(at('victim')).mode & 0o7777).toBe(0o600);
  });

  it('is the reason for nothing else: pipes and devices have their modes, whatever the umask', () => {
    const platform = platformAttributes();
    const pipe = node(NodeType.fifo);
    expect(makeSpecial(pipe, fromPath(at('pipe')), false, platform, giveBack(platform))).toEqual([]);
    const { mode, mtimeMs } = lstatSync(at('pipe'));
    expect([mode, mtimeMs]).toEqual([0o010666, 1_700_000_000_000]);
    const device = node(NodeType.char, { device: [1, 3] });
    const made = makeSpecial(device, fromPath(at('null')), process.getuid?.() === 0, platform, giveBack(platform));
    // Devices are made by root, and not in every container.
    if (!Array.isArray(made)) return;
    expect([made, lstatSync(at('null')).mode, lstatSync(at('null')).mtimeMs]).toEqual([
      [],
      0o020666,
      1_700_000_000_000,
    ]);
    unlinkSync(at('null'));
  });
});

it('a value that grows beyond its length is not read to its end', () => {
  const id = new Uint8Array(32);
  const ids = (count: number): Uint8Array => new Uint8Array(32 * count);
  let reads = 0;
  const read = (): Uint8Array => {
    reads++;
    return Buffer.alloc(1000, 7);
  };
  expect(largeValue(id, 1000, read, 'It')).toEqual(Buffer.alloc(1000, 7));
  reads = 0;
  expect(codeOf(() => largeValue(ids(100_000), 2500, read, 'It'))).toBe('object-damaged');
  expect(reads).toBe(3);
  expect(codeOf(() => largeValue(ids(2), 2500, read, 'It'))).toBe('object-damaged');
  reads = 0;
  expect(codeOf(() => largeValue(ids(100_000), 2 ** 40, read, 'It'))).toBe('object-damaged');
  expect(reads).toBe(0);
});
