import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EntryFacts, EntrySort } from '../../main/engine/api.ts';
import { factsOf } from '../../main/engine/entry-facts.ts';
import { FolderRows } from '../../main/engine/folder-rows.ts';
import { encodeCbor, decodeCbor, type Cbor } from '../../main/engine/format/cbor.ts';
import { LeafReader } from '../../main/engine/format/leaf-reader.ts';
import { encodeLeaves, encodeNode, isSafeName, NodeType, type TreeNode } from '../../main/engine/format/tree.ts';
import { mergeSort } from '../../main/engine/merge-sort.ts';
import { inOrder } from '../../main/engine/name-order.ts';
import { sortEntries } from '../support/entry-order.ts';
import { codeOf, made } from '../support/format.ts';
import { treeNode } from '../support/tree-node.ts';

const folder = (name: string | Uint8Array, more: Partial<TreeNode> = {}): TreeNode =>
  treeNode(name, { type: NodeType.folder, subtree: made(32, 1), ...more });
const byName = (a: { name: Uint8Array }, b: { name: Uint8Array }): number => Buffer.compare(a.name, b.name);

/** As the verb reads them: leaf after leaf. */
function rowsOf(nodes: readonly TreeNode[]): FolderRows {
  const rows = new FolderRows();
  const sorted = [...nodes].sort(byName);
  const leaves = encodeLeaves(sorted.map((node) => ({ name: node.name, bytes: encodeNode(node) })));
  for (const [i, bytes] of leaves.entries()) {
    const leaf = LeafReader.of(bytes, 'A folder');
    if (leaf === null) throw new Error('no leaf');
    leaf.following = leaves.length - 1 - i;
    rows.take(leaf);
  }
  return rows;
}

const pageOf = (rows: FolderRows, sort: EntrySort, descending = false, offset = 0, limit = 1e6): EntryFacts[] =>
  rows.page({ sort, descending }, offset, limit);
const names = (nodes: TreeNode[], sort: EntrySort, descending = false): string[] =>
  pageOf(rowsOf(nodes), sort, descending).map(({ name }) => name);

describe('order of rows', () => {
  it('by name: folders first, numbers by value, case and accents aside', () => {
    const some = ['b2', 'B10', 'a', 'Éa', 'eb', 'b02x', 'z'].map((name) => treeNode(name));
    expect(names([...some, folder('zz')], 'name')).toEqual(['zz', 'a', 'b2', 'b02x', 'B10', 'Éa', 'eb', 'z']);
  });

  it('descending turns the names round but keeps folders first', () => {
    expect(names([treeNode('a'), treeNode('b'), folder('f')], 'name', true)).toEqual(['f', 'b', 'a']);
  });

  it('by time in ns, beyond what a double can tell apart', () => {
    const at = (name: string, s: number, ns: number): TreeNode => treeNode(name, { mtime: { s, ns } });
    const some = [at('late', 1_700_000_000, 2), at('early', 1_700_000_000, 1), at('before 1970', -1, 999_999_995)];
    expect(names(some, 'modified')).toEqual(['before 1970', 'early', 'late']);
  });

  it('by size, ties by name in either direction; folders by name', () => {
    const some = [treeNode('c', { size: 5 }), treeNode('a', { size: 5 }), treeNode('b', { size: 9 })];
    expect(names([...some, folder('y'), folder('x')], 'size')).toEqual(['x', 'y', 'a', 'c', 'b']);
    expect(names([...some, folder('y'), folder('x')], 'size', true)).toEqual(['x', 'y', 'b', 'a', 'c']);
  });
});

/** Names near each other: digits, case, accents, letters that become several, other scripts, bytes that are no UTF-8. */
const piece = fc.oneof(
  fc.constantFrom('a', 'A', 'IMG_', '0', '00', '7', '10', '9'.repeat(130), 'é', 'É', 'ß', 'ﬁ', '²', '½', '１', 'ﷺ'),
  fc.constantFrom('Σ', 'ς', 'İ', '한', '한', '日本', 'ملف', '́', '\u{1f600}', '\u{10ffff}', '\uffff', '\ufffd', ' '),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
);
const name: fc.Arbitrary<Uint8Array> = fc
  .tuple(fc.array(piece, { maxLength: 4 }), fc.option(fc.uint8Array({ minLength: 1, maxLength: 2 }), { freq: 6 }))
  .map(([pieces, raw]) => new Uint8Array(Buffer.concat([Buffer.from(pieces.join('')), raw ?? Buffer.alloc(0)])))
  .filter(isSafeName);
const few = fc.nat(2);
const node: fc.Arbitrary<TreeNode> = fc
  .tuple(name, fc.constantFrom(...Object.values(NodeType)), few, few, few, fc.integer({ min: -1, max: 1 }))
  .map(([raw, type, size, owner, ns, s]) =>
    treeNode(raw, {
      type,
      size: type === NodeType.file ? size : 0,
      uid: owner,
      user: owner === 1 ? 'anna' : '',
      mtime: { s, ns },
      target: type === NodeType.symlink ? raw.slice().reverse() : null,
      subtree: type === NodeType.folder ? made(32, 1) : null,
    }),
  );
const nodes = fc.uniqueArray(node, { maxLength: 40, selector: (one) => Buffer.from(one.name).toString('latin1') });

describe('the order of raw bytes', () => {
  it('is taken for that of people only where it is', () => {
    let taken = 0;
    const plain = fc
      .array(fc.constantFrom('a', 'A', 'b', '0', '1', '9', '-', '~', 'é', '²'), { minLength: 1, maxLength: 7 })
      .map((pieces) => new Uint8Array(Buffer.from(pieces.join(''))));
    const any = fc.oneof({ weight: 3, arbitrary: plain }, name);
    fc.assert(
      fc.property(any, any, (one, other) => {
        const [a, b] = [one, other].sort(Buffer.compare) as [Uint8Array, Uint8Array];
        const both = new Uint8Array(Buffer.concat([a, b]));
        if (!inOrder(both, 0, a.length, a.length, both.length) || Buffer.compare(a, b) === 0) return;
        taken++;
        const facts = [b, a].map((raw) => factsOf(treeNode(raw)));
        expect(sortEntries(facts, 'name', false)).toEqual([...facts].reverse());
      }),
      { numRuns: 2000 },
    );
    expect(taken).toBeGreaterThan(200);
  });

  it.each([
    ['bridge 000086.png', 'bridge 000342.pdf', true],
    ['IMG_9.jpg', 'img_10.jpg', true],
    ['a', 'a1', true],
    ['A', 'a', true],
    ['a10', 'a9', false],
    ['B', 'a', false],
    ['a01', 'a1', false], // only keys can tell
  ])('has %s before %s: %s', (a, b, expected) => {
    const both = Buffer.from(a + b);
    expect(inOrder(both, 0, a.length, a.length, both.length)).toBe(expected);
  });
});

describe('pages', () => {
  it('are the whole folder, sorted the plain way and cut', () => {
    const order = fc.tuple(fc.constantFrom('name', 'modified', 'size'), fc.boolean());
    fc.assert(
      fc.property(nodes, fc.array(order, { minLength: 1, maxLength: 3 }), fc.nat(9), (list, orders, limit) => {
        const rows = rowsOf(list);
        expect(rows.total).toBe(list.length);
        expect(rows.files).toBe(list.filter(({ type }) => type !== NodeType.folder).length);
        for (const [sort, descending] of orders) {
          const whole = sortEntries(list.map(factsOf), sort, descending);
          expect(pageOf(rows, sort, descending)).toEqual(whole);
          for (let at = 0; at <= list.length; at += limit + 1) {
            expect(pageOf(rows, sort, descending, at, limit + 1)).toEqual(whole.slice(at, at + limit + 1));
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  it('of a folder that is cut into leaves are the same, in memory that is in proportion', () => {
    const many = Array.from({ length: 9000 }, (_, i) => treeNode(`file ${(i * 7919) % 9000}`, { size: i % 50 }));
    const list = [...many, folder('file 9000'), treeNode('link', { type: NodeType.symlink, target: made(300, 2) })];
    const rows = rowsOf(list);
    const facts = list.map(factsOf);
    for (const sort of ['name', 'size'] as const) expect(pageOf(rows, sort)).toEqual(sortEntries(facts, sort, false));
    expect(rows.bytes).toBeLessThan(list.length * 250);
    expect(rows.bytes).toBeGreaterThan(list.length * 50);
  });

  it('count the owners too, of which a hostile folder may have as many as entries', () => {
    const list = Array.from({ length: 1000 }, (_, i) => treeNode(`f${i}`, { user: `${i}`.repeat(100) }));
    expect(rowsOf(list).bytes).toBeGreaterThan(rowsOf(list.map(({ name: raw }) => treeNode(raw))).bytes + 300_000);
    expect(pageOf(rowsOf(list), 'name')).toEqual(sortEntries(list.map(factsOf), 'name', false));
  });

  it('are none of a damaged leaf, whichever field is damaged', () => {
    const map = decodeCbor(encodeNode(treeNode('a', { size: 5 })), 'A node') as Map<number, Cbor>;
    const take = (list: Cbor, after: Uint8Array | null = null): string | null =>
      codeOf(() => {
        const leaf = LeafReader.of(encodeCbor([0, list]), 'A folder', after);
        if (leaf !== null) new FolderRows().take(leaf);
      });
    expect(take([map])).toBeNull();
    // Of ctime, contents and attributes no row tells.
    for (const [key, value] of [
      [6, 'today'],
      [8, made(31, 1)],
      [14, [['user.a', 'text']]],
      [15, [[made(3, 1), 1]]],
      [17, [1]],
    ] as const) {
      expect(take([new Map<number, Cbor>([...map, [key, value as Cbor]])])).toBe('object-damaged');
    }
    expect(take([map, map])).toBe('object-damaged');
    expect(take([map], Buffer.from('Z'))).toBeNull();
    expect(take([map], Buffer.from('a'))).toBe('object-damaged');
    // A leaf that says it has more entries than bytes.
    expect(codeOf(() => LeafReader.of(Uint8Array.of(0x82, 0, 0x9a, 0xff, 0xff, 0xff, 0xff), 'It'))).toBe(
      'object-damaged',
    );
  });
});

describe('sorting positions', () => {
  it('is stable and takes any order', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5), { maxLength: 40 }), (values) => {
        const order = Uint32Array.from(values.keys());
        mergeSort(order, (a, b) => (values[a] ?? 0) - (values[b] ?? 0));
        const expected = [...values.keys()].sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0) || a - b);
        expect([...order]).toEqual(expected);
      }),
    );
  });
});
