import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeCbor, decodeCbor, type Cbor } from '../../main/engine/format/cbor.ts';
import { MAX_VALUE, type NodeExtras } from '../../main/engine/format/node-extras.ts';
import {
  blobsOf,
  decodeTree,
  encodeBranch,
  encodeLeaves,
  encodeNode,
  isSafeName,
  NodeType,
  type EncodedNode,
  type TreeBlob,
  type TreeNode,
} from '../../main/engine/format/tree.ts';
import { HoldfastError } from '../../main/errors.ts';
import { bytes, codeOf, made, sha256Hex, vectors } from '../support/format.ts';
import { decodeTreeByMaps, encodeNodeByMaps } from '../support/tree-by-maps.ts';
import { treeNode } from '../support/tree-node.ts';

interface VectorNode {
  name: string;
  type: NodeType;
  mode: number;
  uid: number;
  gid: number;
  user: string;
  group: string;
  mtime: [number, number];
  ctime: [number, number];
  size?: number;
  content?: string;
  lists?: string;
  target?: string;
  device?: [number, number];
  subtree?: string;
  cbor: string;
}
const V = vectors<{
  nodes: VectorNode[];
  leaf: string;
  branch: { ids: string[]; cbor: string };
  leavesOf10000: number[];
}>('trees.json');

const none = new Uint8Array(0);
const ID = made(32, 1);
const text = (name: string): Uint8Array => new Uint8Array(Buffer.from(name));
const fromVector = (v: VectorNode): TreeNode => ({
  name: bytes(v.name),
  type: v.type,
  mode: v.mode,
  uid: v.uid,
  gid: v.gid,
  user: v.user,
  group: v.group,
  mtime: { s: v.mtime[0], ns: v.mtime[1] },
  ctime: { s: v.ctime[0], ns: v.ctime[1] },
  size: v.size ?? 0,
  content: v.content === undefined ? none : bytes(v.content),
  lists: v.lists === undefined ? none : bytes(v.lists),
  target: v.target === undefined ? null : bytes(v.target),
  device: v.device ?? null,
  subtree: v.subtree === undefined ? null : bytes(v.subtree),
});

const encoded = (node: TreeNode): EncodedNode => ({ name: node.name, bytes: encodeNode(node) });
const byName = (a: { name: Uint8Array }, b: { name: Uint8Array }): number => Buffer.compare(a.name, b.name);
const leafOf = (nodes: TreeNode[]): Uint8Array => {
  const leaves = encodeLeaves(nodes.map(encoded));
  expect(leaves.length).toBe(1);
  return leaves[0] ?? none;
};
const decodeNodes = (blob: Uint8Array): TreeNode[] => {
  const tree = decodeTree(blob);
  if (tree.kind !== 'leaf') throw new Error('a branch');
  return tree.nodes;
};

const ids = (max: number) => fc.nat(max).chain((n) => fc.uint8Array({ minLength: 32 * n, maxLength: 32 * n }));
const time = fc.record({ s: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), ns: fc.nat(999_999_999) });
const attributeName = fc.uint8Array({ minLength: 1, maxLength: 30 }).filter((name) => !name.includes(0));
const extras: fc.Arbitrary<NodeExtras> = fc.record(
  {
    birth: time,
    link: fc.uint8Array({ minLength: 16, maxLength: 16 }),
    small: fc
      .uniqueArray(fc.record({ name: attributeName, value: fc.uint8Array({ maxLength: 128 }) }), {
        minLength: 1,
        maxLength: 5,
        selector: ({ name }) => Buffer.from(name).toString('latin1'),
      })
      .map((list) => list.sort(byName)),
    large: fc.tuple(attributeName, fc.nat(MAX_VALUE), ids(3)).map(([name, size, content]) => [{ name, size, content }]),
    flags: fc.record({ system: fc.integer({ min: 1, max: 3 }), bits: fc.nat(2 ** 32 - 1) }),
  },
  { requiredKeys: [] },
);
/** Up to five holes, of which the last ends the file. */
const holes = fc.array(fc.tuple(fc.integer({ min: 1, max: 2 ** 40 }), fc.integer({ min: 1, max: 2 ** 40 })), {
  minLength: 1,
  maxLength: 5,
});
function withHoles(pairs: [number, number][]): { size: number; holes: number[] } {
  let size = 0;
  const list = pairs.flatMap(([apart, length]) => {
    const start = size + apart;
    size = start + length;
    return [start, length];
  });
  return { size, holes: list };
}
const anyNode: fc.Arbitrary<TreeNode> = fc
  .record({
    name: fc.uint8Array({ minLength: 1, maxLength: 255 }).filter(isSafeName),
    type: fc.constantFrom(...Object.values(NodeType)),
    mode: fc.nat(0o7777),
    uid: fc.nat(2 ** 32 - 1),
    gid: fc.nat(2 ** 32 - 1),
    user: fc.string(),
    group: fc.string({ unit: 'grapheme' }),
    mtime: time,
    ctime: time,
    size: fc.maxSafeInteger().map(Math.abs),
    content: ids(4),
    lists: ids(2),
    target: fc.uint8Array({ maxLength: 100 }),
    device: fc.tuple(fc.nat(), fc.nat()),
    subtree: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    extras,
    sparse: fc.option(fc.oneof(fc.constant('zeros' as const), holes)),
  })
  .map(({ extras: more, sparse, ...rest }) => {
    const isFile = rest.type === NodeType.file;
    const sparseFields = sparse === null ? {} : sparse === 'zeros' ? { holes: sparse } : withHoles(sparse);
    const n = { ...rest, ...(isFile ? sparseFields : {}) };
    return {
      ...n,
      ...more,
      size: isFile ? n.size : 0,
      content: isFile && n.lists.length === 0 ? n.content : none,
      lists: isFile ? n.lists : none,
      target: n.type === NodeType.symlink ? n.target : null,
      device: n.type === NodeType.block || n.type === NodeType.char ? n.device : null,
      subtree: n.type === NodeType.folder ? n.subtree : null,
    };
  });

describe('trees', () => {
  it.each(V.nodes)('encode $cbor as the vectors say', (v) => {
    expect(Buffer.from(encodeNode(fromVector(v))).toString('hex')).toBe(v.cbor);
  });

  it('encode leaf and branch as the vectors say', () => {
    const nodes = V.nodes.map(fromVector).sort(byName);
    expect(Buffer.from(leafOf(nodes)).toString('hex')).toBe(V.leaf);
    expect(decodeNodes(bytes(V.leaf))).toEqual(nodes);
    expect(Buffer.from(encodeBranch(V.branch.ids.map(bytes))).toString('hex')).toBe(V.branch.cbor);
    expect(decodeTree(bytes(V.branch.cbor))).toEqual({ kind: 'branch', ids: V.branch.ids.map(bytes) });
  });

  it('are written as a general encoder writes them, with the largest numbers too', () => {
    const large = fc.constantFrom(0, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1);
    const seconds = fc.oneof(large, large.map((n) => -1 - n).filter(Number.isSafeInteger));
    fc.assert(
      fc.property(anyNode, large, seconds, fc.string(), (node, size, s, user) => {
        const isFile = node.type === NodeType.file;
        const changed = { ...node, user, uid: size, size: isFile ? size : 0, mtime: { s, ns: node.mtime.ns } };
        for (const one of [node, changed]) expect(Buffer.compare(encodeNode(one), encodeNodeByMaps(one))).toBe(0);
      }),
    );
  });

  it('that hold no integer are refused, and leave nothing behind for the next one', () => {
    const good = treeNode('a', { size: 5 });
    const before = encodeNode(good);
    for (const size of [0.5, 2 ** 53, Number.NaN]) expect(() => encodeNode({ ...good, size })).toThrow(RangeError);
    expect(encodeNode(good)).toEqual(before);
  });

  it('come back as they were', () => {
    const nodes = fc.uniqueArray(anyNode, { maxLength: 20, selector: (n) => Buffer.from(n.name).toString('latin1') });
    fc.assert(
      fc.property(nodes, (list) => {
        const sorted = [...list].sort(byName);
        expect(decodeNodes(leafOf(sorted))).toEqual(sorted);
      }),
    );
  });

  it('are read in place as the plain way through maps reads them, and refused where it refuses', () => {
    const outcome = (decode: (blob: Uint8Array) => TreeBlob, blob: Uint8Array): TreeBlob | string => {
      try {
        return decode(blob);
      } catch (error) {
        return error instanceof HoldfastError ? error.code : String(error);
      }
    };
    const nodes = fc.uniqueArray(anyNode, { maxLength: 4, selector: (n) => Buffer.from(n.name).toString('latin1') });
    const place = fc.double({ min: 0, max: 1, noNaN: true });
    const changes = fc.array(fc.tuple(place, fc.nat(255), fc.nat(3)), { maxLength: 2 });
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(nodes, changes, fc.boolean(), (list, edits, ordered) => {
        const sorted = ordered ? [...list].sort(byName) : list;
        const blob = [...leafOf(sorted)];
        for (const [share, byte, kind] of edits) {
          const at = Math.floor(share * blob.length);
          // A byte put in, taken out, changed, or made one of a type's next kinds: lengths and numbers that nearly fit.
          const value = kind === 3 ? ((blob[at] ?? 0) + (byte % 5) + 254) & 0xff : byte;
          blob.splice(at, kind === 0 ? 0 : 1, ...(kind === 1 ? [] : [value]));
        }
        const data = Uint8Array.from(blob);
        const expected = outcome(decodeTreeByMaps, data);
        const code = typeof expected === 'string' ? expected : 'taken';
        seen.set(code, (seen.get(code) ?? 0) + 1);
        expect(outcome(decodeTree, data)).toEqual(expected);
      }),
      { numRuns: 1500 },
    );
    expect(Math.min(seen.get('taken') ?? 0, seen.get('object-damaged') ?? 0)).toBeGreaterThan(200);
  });

  it('of a newer format are told from damaged ones, whichever entry is first', () => {
    const bare = (name: string, type: number, more: [number, Cbor][] = []): Map<number, Cbor> => {
      const map = decodeCbor(encodeNode(treeNode(name)), 'A node') as Map<number, Cbor>;
      return new Map([...map.set(1, type), ...more]);
    };
    const cases: Cbor[] = [
      [bare('a', 8), bare('b', 1)],
      [bare('b', 1), bare('a', 8)],
      [bare('a', 8, [[3, 'somebody']]), bare('b', 1)],
      [bare('a', 8), bare('b', 1, [[3, 'somebody']])],
      [bare('a', 1, [[3, 'somebody']]), bare('b', 8)],
      [bare('..', 8)],
    ];
    const codes = cases.map((nodes) => codeOf(() => decodeTree(encodeCbor([0, nodes]))));
    expect(codes).toEqual(cases.map((nodes) => codeOf(() => decodeTreeByMaps(encodeCbor([0, nodes])))));
    expect(codes.filter((code) => code === 'newer-format')).toHaveLength(4);
    const cutOff = encodeCbor([0, [bare('a', 8), bare('b', 1)]]).slice(0, -1);
    expect(codeOf(() => decodeTree(cutOff))).toBe('object-damaged');
  });

  it('end a folder’s node with its subtree id, so that it can be completed in place', () => {
    fc.assert(
      fc.property(anyNode, fc.uint8Array({ minLength: 32, maxLength: 32 }), (n, subtree) => {
        const folder = { ...n, type: NodeType.folder, size: 0, content: none, lists: none, target: null, device: null };
        const blank = encodeNode({ ...folder, subtree: new Uint8Array(32) });
        blank.set(subtree, blank.length - 32);
        expect(blank).toEqual(encodeNode({ ...folder, subtree }));
      }),
    );
  });

  it.each([
    ['..', text('..')],
    ['.', text('.')],
    ['empty', none],
    ['with a slash', text('a/b')],
    ['a slash alone', text('/')],
    ['absolute', text('/etc/passwd')],
    ['with NUL', text('a\0b')],
    ['NUL alone', Uint8Array.of(0)],
    ['too long', new Uint8Array(4097).fill(0x61)],
  ])('refuse a name that is %s', (_, name) => {
    expect(isSafeName(name)).toBe(false);
    expect(codeOf(() => decodeTree(leafOf([treeNode(name)])))).toBe('object-damaged');
    const link = treeNode(name, { type: NodeType.symlink, target: text('x') });
    expect(codeOf(() => decodeTree(leafOf([link])))).toBe('object-damaged');
  });

  it.each(['...', '..a', '.a', 'a..', ' ', '\\', 'C:', '~', '-rf', '\u202e'])('accept the name %j', (name) => {
    expect(decodeNodes(leafOf([treeNode(name)]))[0]?.name).toEqual(text(name));
  });

  it('refuse names out of order, and the same name twice', () => {
    const [a, b] = [treeNode('a'), treeNode('b')];
    expect(codeOf(() => decodeTree(leafOf([a, b])))).toBeNull();
    expect(codeOf(() => decodeTree(leafOf([b, a])))).toBe('object-damaged');
    expect(codeOf(() => decodeTree(leafOf([a, a])))).toBe('object-damaged');
    // By bytes, not by UTF-16: U+FF5E comes before U+1F600 in UTF-8.
    expect(codeOf(() => decodeTree(leafOf([treeNode('\uff5e'), treeNode('\u{1f600}')])))).toBeNull();
  });

  it('refuse fields of a wrong type, size or kind', () => {
    const good = decodeCbor(encodeNode(treeNode('a', { size: 5, content: made(32, 1) })), 'A node') as Map<
      number,
      Cbor
    >;
    const withField = (key: number, value: Cbor | undefined): Uint8Array => {
      const map = new Map(good);
      if (value === undefined) map.delete(key);
      else map.set(key, value);
      return encodeCbor([0, [map]]);
    };
    expect(codeOf(() => decodeTree(withField(2, 0o600)))).toBeNull();
    const attribute = (name: string): Cbor => [text(name), text('1')];
    const bad: [number, Cbor | undefined][] = [
      [0, undefined],
      [0, 'text'],
      [1, undefined],
      [1, 'file'],
      [1, 0],
      [1, -1],
      [2, undefined],
      [2, -1],
      [2, 'rw'],
      [3, undefined],
      [3, [0]],
      [3, [0, -1]],
      [3, 0],
      [4, ['anna']],
      [4, [1, 2]],
      [5, undefined],
      [5, [0]],
      [5, [0, -1]],
      [5, [0, 1_000_000_000]],
      [5, [0, 0, 0]],
      [5, 0],
      [6, [(2n ** 60n) as unknown as number, 0]],
      [7, -1],
      [7, '5'],
      [8, made(31, 1)],
      [8, 'ids'],
      [9, made(33, 1)],
      [10, made(3, 1)], // a file with a link target
      [11, [1]],
      [11, 1],
      [12, [0]],
      [12, [0, 1_000_000_000]],
      [13, made(15, 1)],
      [13, 1],
      [14, [[text('user.a')]]],
      [14, [['user.a', text('1')]]],
      [14, [[none, text('1')]]],
      [14, [[text('user.\0'), text('1')]]],
      [14, [attribute('b'), attribute('a')]],
      [14, [attribute('a'), attribute('a')]],
      [15, [[text('user.a'), 1]]],
      [15, [[text('user.a'), -1, made(32, 1)]]],
      [15, [[text('user.a'), 1, made(33, 1)]]],
      [16, [1]],
      [16, [1, -1]],
      [17, false],
      [17, [1]],
      [17, [1, 0]],
      [17, [1, 5]], // past the end of the file
      [17, [0, 1, 1, 1]], // two that are one
      [17, [2, 1, 0, 1]],
      [23, made(32, 1)], // a file with a subtree
    ];
    for (const [key, value] of bad) {
      const code = codeOf(() => decodeTree(withField(key, value)));
      expect([key, value, code]).toEqual([key, value, key === 1 && value === 0 ? 'newer-format' : 'object-damaged']);
    }
    expect(codeOf(() => decodeTree(withField(1, 8)))).toBe('newer-format');
  });

  it('take a field that they do not know for nothing', () => {
    const map = decodeCbor(encodeNode(treeNode('a', { size: 5 })), 'A node') as Map<number, Cbor>;
    const fromLater = encodeCbor([0, [new Map(map).set(22, ['what a later version tells'])]]);
    expect(decodeNodes(fromLater)).toEqual([treeNode('a', { size: 5 })]);
  });

  it('tell every blob that a node refers to', () => {
    const large = [{ name: text('user.big'), size: 300, content: made(64, 9) }];
    const shown = (node: TreeNode): string[] =>
      [...blobsOf(node)].map(({ kind, id }) => `${kind} ${Buffer.from(id).toString('hex').slice(0, 8)}`);
    const hex = (id: Uint8Array): string => Buffer.from(id).toString('hex').slice(0, 8);
    const [one, two] = [made(64, 9).subarray(0, 32), made(64, 9).subarray(32)];
    const attributes = [`1 ${hex(one)}`, `1 ${hex(two)}`];
    expect(shown(treeNode('a', { content: ID, large }))).toEqual([`1 ${hex(ID)}`, ...attributes]);
    expect(shown(treeNode('a', { lists: ID, large }))).toEqual([`3 ${hex(ID)}`, ...attributes]);
    const folder = treeNode('a', { type: NodeType.folder, subtree: ID, large });
    expect(shown(folder)).toEqual([...attributes, `2 ${hex(ID)}`]);
    expect(shown(treeNode('a', { type: NodeType.fifo }))).toEqual([]);
  });

  it('refuse a folder without a subtree, a link without a target, and what is no tree', () => {
    const bare = (type: NodeType): Uint8Array => {
      const map = decodeCbor(encodeNode(treeNode('a')), 'A node') as Map<number, Cbor>;
      return encodeCbor([0, [new Map(map).set(1, type)]]);
    };
    expect(codeOf(() => decodeTree(bare(NodeType.folder)))).toBe('object-damaged');
    expect(codeOf(() => decodeTree(bare(NodeType.symlink)))).toBe('object-damaged');
    const attribute = (size: number, blobs: number): Uint8Array =>
      leafOf([treeNode('a', { large: [{ name: text('user.a'), size, content: made(32 * blobs, 1) }] })]);
    expect(decodeNodes(attribute(MAX_VALUE, 64)).length).toBe(1);
    expect(codeOf(() => decodeTree(attribute(MAX_VALUE + 1, 64)))).toBe('object-damaged');
    expect(codeOf(() => decodeTree(attribute(1000, 65)))).toBe('object-damaged');
    for (const wrong of [0, [], [0], [0, 0], [0, [], 1], [0, [0]], [1, [0]], [1, [made(31, 1)]], ['0', []]]) {
      expect(codeOf(() => decodeTree(encodeCbor(wrong as Cbor)))).toBe('object-damaged');
    }
    expect(codeOf(() => decodeTree(encodeCbor([2, []])))).toBe('newer-format');
  });
});

describe('large folders', () => {
  const known = new Map<string, EncodedNode>();
  const node = (name: string): EncodedNode => {
    const found = known.get(name) ?? encoded(treeNode(name, { size: 1, content: ID }));
    known.set(name, found);
    return found;
  };
  const folder = (names: string[]): EncodedNode[] => names.map(node).sort(byName);
  /** Entries of a leaf by the head of its list: 24 or more. */
  const countOf = (leaf: Uint8Array): number =>
    leaf[2] === 0x98 ? (leaf[3] ?? 0) : ((leaf[3] ?? 0) << 8) | (leaf[4] ?? 0);
  const tenThousand = Array.from({ length: 10_000 }, (_, i) => `entry ${i}`);

  const cuts = (name: string): boolean => (Number.parseInt(sha256Hex(text(name)).slice(0, 4), 16) & 0x7ff) === 0;

  it('are cut where the names say, as an independent count of the names has it', () => {
    const leaves = encodeLeaves(folder(tenThousand));
    expect(leaves.map(countOf)).toEqual(V.leavesOf10000);
    expect(leaves.flatMap(decodeNodes).map((n) => Buffer.from(n.name).toString())).toEqual([...tenThousand].sort());
  });

  it('stay one leaf up to 4,096 entries', () => {
    expect(encodeLeaves(folder(tenThousand.slice(0, 4096))).length).toBe(1);
    expect(encodeLeaves([]).length).toBe(1);
    expect(decodeTree(encodeLeaves([])[0] ?? none)).toEqual({ kind: 'leaf', nodes: [] });
  });

  it('change in one leaf when one name is added, removed or changed', () => {
    const before = encodeLeaves(folder(tenThousand)).map((leaf) => Buffer.from(leaf).toString('latin1'));
    const changes = (names: string[]): number => {
      const after = encodeLeaves(folder(names)).map((leaf) => Buffer.from(leaf).toString('latin1'));
      return after.filter((leaf) => !before.includes(leaf)).length;
    };
    for (const name of ['entry 4999b', 'a', 'zzz', 'entry']) expect(changes([...tenThousand, name])).toBe(1);
    expect(changes(tenThousand.filter((name) => name !== 'entry 5000'))).toBeLessThanOrEqual(1);
    const cutting = Array.from({ length: 20_000 }, (_, i) => `entry 500x${i}`).find(cuts) ?? '';
    expect(changes([...tenThousand, cutting])).toBe(2);
  });

  it('never have a leaf of more than 1 MiB or 8,192 entries', () => {
    const long = Array.from({ length: 300 }, (_, i) => `${i} `.padEnd(250, 'x'));
    const content = made(32 * 512, 1);
    const nodes = long.map((name) => encoded(treeNode(name, { size: 1, content })));
    const leaves = encodeLeaves(nodes.sort((a, b) => Buffer.compare(a.name, b.name)));
    expect(Math.max(...leaves.map((leaf) => leaf.length))).toBeLessThanOrEqual(1024 * 1024);
    const uncut = Array.from({ length: 20_000 }, (_, i) => `n${i}`).filter((name) => !cuts(name));
    expect(encodeLeaves(folder(uncut)).map(countOf)).toEqual([8192, 8192, uncut.length - 2 * 8192]);
  });
});
