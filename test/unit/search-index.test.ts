/** The search index against a naive list of all paths of all snapshots. */
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../../main/errors.ts';
import { NodeType, type TreeNode } from '../../main/engine/format/tree.ts';
import { IndexBuilder, type Trees } from '../../main/engine/search/index-builder.ts';
import { PathIndex } from '../../main/engine/search/path-index.ts';
import { Presence } from '../../main/engine/search/presence.ts';
import { FoldedNames, search, type Filters } from '../../main/engine/search/search.ts';
import { treeNode } from '../support/tree-node.ts';

/** A folder of the model: an object; a file: its size, which tells its version. */
interface Folder {
  [name: string]: Folder | number;
}

const EMPTY = new Uint8Array(0);
const NO_FILTERS: Filters = {
  kinds: null,
  endings: null,
  minBytes: null,
  maxBytes: null,
  changedAfterMs: null,
  changedBeforeMs: null,
};

const node = (name: string, type: NodeType, size: number, subtree: Uint8Array | null): TreeNode =>
  treeNode(name, { type, mtime: { s: size, ns: 0 }, size, subtree });

/** Trees in memory, named by what they hold. */
class FakeTrees implements Trees {
  readonly #trees = new Map<string, TreeNode[]>();
  readonly damaged = new Set<string>();
  opened = 0;

  add(folder: Folder): Uint8Array {
    const nodes = Object.entries(folder)
      .map(([name, item]) =>
        typeof item === 'number'
          ? node(name, NodeType.file, item, null)
          : node(name, NodeType.folder, 0, this.add(item)),
      )
      .sort((a, b) => Buffer.compare(a.name, b.name));
    const hash = createHash('sha256');
    for (const { name, size, subtree } of nodes)
      hash
        .update(name)
        .update(`\0${size}\0`)
        .update(subtree ?? EMPTY);
    const id = new Uint8Array(hash.digest());
    this.#trees.set(Buffer.from(id).toString('hex'), nodes);
    return id;
  }

  nodes(id: Uint8Array): TreeNode[] {
    this.opened++;
    const key = Buffer.from(id).toString('hex');
    if (this.damaged.has(key)) throw new HoldfastError('object-damaged', 'damaged', 'nothing');
    return this.#trees.get(key) ?? [];
  }
}

interface Made {
  sources: string;
  folder: Folder;
}

async function indexed(snapshots: Made[], trees = new FakeTrees(), index = new PathIndex()): Promise<PathIndex> {
  const builder = new IndexBuilder(index, trees, async () => undefined);
  for (const { sources, folder } of snapshots) {
    await builder.add({ id: String(index.snapshots.length), sources, root: trees.add(folder) });
  }
  return index;
}

const pathOf = (index: PathIndex, row: number): string =>
  index
    .namesTo(row)
    .map((name) => `/${Buffer.from(name).toString('utf8')}`)
    .join('');

/** Every path with its number of snapshots and the newest one's size. */
function told(index: PathIndex, query = '', filters = NO_FILTERS): string[] {
  const presence = new Presence(index);
  const hits = search(index, new FoldedNames(index), presence, query, filters);
  return hits
    .flatMap((rows) => [...rows])
    .map((row) => {
      const present = presence.of(row);
      if (present === null) throw new Error('not there');
      const kind = index.kind.at(present.version);
      const size = kind === NodeType.folder ? 'folder' : index.size.at(present.version);
      return `${pathOf(index, row)} ${present.count} ${present.newest} ${size}`;
    })
    .sort();
}

/** The same by looking at everything. */
function naive(snapshots: Made[], there: boolean[], wanted: (name: string) => boolean): string[] {
  const found = new Map<string, { count: number; newest: number; size: string }>();
  const walk = (folder: Folder, at: string, snapshot: number): void => {
    for (const [name, item] of Object.entries(folder)) {
      const path = `${at}/${name}`;
      const known = found.get(path);
      if (wanted(name)) {
        const size = typeof item === 'number' ? String(item) : 'folder';
        found.set(path, { count: (known?.count ?? 0) + 1, newest: snapshot, size });
      }
      if (typeof item !== 'number') walk(item, path, snapshot);
    }
  };
  snapshots.forEach(({ folder }, i) => {
    if (there[i] === true) walk(folder, '', i);
  });
  return [...found].map(([path, { count, newest, size }]) => `${path} ${count} ${newest} ${size}`).sort();
}

const name = fc.constantFrom('Ab', 'ab', 'b', 'Ärger', 'ä', 'report.DOCX', 'x.y');
const { tree } = fc.letrec<{ tree: Folder }>((tie) => ({
  tree: fc.dictionary(name, fc.oneof({ depthSize: 'small' }, fc.integer({ min: 0, max: 3 }), tie('tree')), {
    maxKeys: 5,
  }),
}));

describe('search index', () => {
  it('knows of each path in how many snapshots it is and what the newest says, whatever was removed', async () => {
    const made = fc.record({ sources: fc.constantFrom('home', 'srv'), folder: tree });
    const history = fc.array(fc.tuple(made, fc.boolean()), { minLength: 1, maxLength: 8 });
    const query = fc.constantFrom('', 'a', 'AB', 'ä', '*.docx', '?', 'rger', 'b');
    await fc.assert(
      fc.asyncProperty(history, query, async (steps, text) => {
        const snapshots = steps.map(([one]) => one);
        const there = steps.map(([, kept]) => kept);
        const index = await indexed(snapshots);
        index.snapshots.forEach((snapshot, i) => (snapshot.there = there[i] === true));
        const lower = text.toLowerCase();
        const wanted = (file: string): boolean => {
          if (text === '*.docx') return file.toLowerCase().endsWith('.docx');
          if (text === '?') return [...file].length === 1;
          return file.toLowerCase().includes(lower);
        };
        expect(told(index, text)).toEqual(naive(snapshots, there, wanted));
      }),
      { numRuns: process.env['HOLDFAST_SOAK'] === '1' ? 5000 : 300 },
    );
  });

  it('is the same whether taken in at once or one by one, and opens only what changed', async () => {
    const big = (changed: number): Folder => ({
      home: Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`f${i}`, { file: i === 7 ? changed : 1 }])),
    });
    const trees = new FakeTrees();
    const index = await indexed([{ sources: 's', folder: big(1) }], trees);
    expect(trees.opened).toBe(22);
    await indexed([{ sources: 's', folder: big(1) }], trees, index);
    expect(trees.opened).toBe(22);
    await indexed([{ sources: 's', folder: big(2) }], trees, index);
    expect(trees.opened).toBe(25);
    expect(told(index, 'file').filter((line) => line.startsWith('/home/f7/'))).toEqual(['/home/f7/file 3 2 2']);
    expect(index.rows).toBe(42);
  });

  it('does not call gone what another line of snapshots does not have', async () => {
    const trees = new FakeTrees();
    const home = { sources: 'home', folder: { home: { a: 1 } } };
    const srv = { sources: 'srv', folder: { srv: { b: 1 } } };
    const index = await indexed([home, srv, home, srv, home], trees);
    expect(told(index)).toEqual(['/home 3 4 folder', '/home/a 3 4 1', '/srv 2 3 folder', '/srv/b 2 3 1']);
    expect(trees.opened).toBe(4);
  });

  it('leaves out what could not be read, and reads it again with the next snapshot', async () => {
    const trees = new FakeTrees();
    const folder = { a: { x: 1 }, b: { y: 1 } };
    const bad = Buffer.from(trees.add(folder.a)).toString('hex');
    trees.damaged.add(bad);
    const index = new PathIndex();
    const builder = new IndexBuilder(index, trees, async () => undefined);
    expect(await builder.add({ id: '0', sources: 's', root: trees.add(folder) })).toBe(1);
    expect(told(index)).toEqual(['/a 1 0 folder', '/b 1 0 folder', '/b/y 1 0 1']);
    trees.damaged.clear();
    expect(await builder.add({ id: '1', sources: 's', root: trees.add({ ...folder, c: 1 }) })).toBe(0);
    expect(told(index)).toEqual(['/a 2 1 folder', '/a/x 1 1 1', '/b 2 1 folder', '/b/y 2 1 1', '/c 1 1 1']);
  });
});

/** Of whole paths that begin with a slash. */
function regexOf(parts: readonly string[], fromTop: boolean): RegExp {
  const of = (part: string, i: number): string =>
    part === '**'
      ? `(?:[/][^/]+)${i === parts.length - 1 ? '+' : '*'}`
      : `[/]${part.replaceAll('[!', '[^/').replace(/[?*]/g, (sign) => (sign === '?' ? '[^/]' : '[^/]*'))}`;
  return new RegExp(`^${fromTop ? '' : '(?:[/][^/]+)*'}${parts.map(of).join('')}$`, 'u');
}

describe('queries', () => {
  const files: Folder = {
    home: {
      anna: { 'Report.docx': 10, 'report of 2024.docx': 20, 'my report': 5, oldreport: 1, Straße: 2, ΟΔΟΣ: 3 },
      docs: { rep1: 7, '100%[x].txt': 4 },
      'my docs': { rep2: 8 },
    },
  };
  const names = (index: PathIndex, query: string, filters: Partial<Filters> = {}): string[] => {
    const hits = search(index, new FoldedNames(index), new Presence(index), query, { ...NO_FILTERS, ...filters });
    return hits.flatMap((rows) => [...rows]).map((row) => pathOf(index, row).slice('/home'.length));
  };

  it('puts whole names first, then beginnings, beginnings of words, and the rest', async () => {
    const index = await indexed([
      { sources: 's', folder: { home: { ...(files['home'] as Folder), only: { report: 1 } } } },
    ]);
    expect(names(index, 'REPORT')).toEqual([
      '/only/report',
      '/anna/Report.docx',
      '/anna/report of 2024.docx',
      '/anna/my report',
      '/anna/oldreport',
    ]);
  });

  it('takes a pattern for a whole name, and brackets that do not close for themselves', async () => {
    const index = await indexed([{ sources: 's', folder: files }]);
    expect(names(index, '*.DOCX').sort()).toEqual(['/anna/Report.docx', '/anna/report of 2024.docx']);
    expect(names(index, 'rep?')).toEqual(['/docs/rep1', '/my docs/rep2']);
    expect(names(index, 'rep[2-9]')).toEqual(['/my docs/rep2']);
    expect(names(index, 'rep[!2-9]')).toEqual(['/docs/rep1']);
    expect(names(index, '*%[[]x*')).toEqual(['/docs/100%[x].txt']);
    expect(names(index, '%[x')).toEqual([]);
    expect(names(index, '*%[x')).toEqual([]);
    expect(names(index, '*%[x]*')).toEqual([]);
    expect(names(index, '*%?x?.txt')).toEqual(['/docs/100%[x].txt']);
  });

  it('folds letters beyond ASCII, and accents stored in two ways', async () => {
    const index = await indexed([
      { sources: 's', folder: { home: { ...(files['home'] as Folder), 'a\u0308pfel': 1 } } },
    ]);
    expect(names(index, 'STRAẞE')).toEqual(['/anna/Straße']);
    expect(names(index, 'οδος')).toEqual(['/anna/ΟΔΟΣ']);
    expect(names(index, 'Ä')).toEqual(['/a\u0308pfel']);
  });

  it('takes what stands before a slash for the folders that lead there', async () => {
    const index = await indexed([{ sources: 's', folder: files }]);
    expect(names(index, 'docs/rep').sort()).toEqual(['/docs/rep1', '/my docs/rep2']);
    expect(names(index, '/home/docs/rep')).toEqual(['/docs/rep1']);
    expect(names(index, '/docs/rep')).toEqual([]);
    expect(names(index, '/home/*docs/rep*').sort()).toEqual(['/docs/rep1', '/my docs/rep2']);
    expect(names(index, 'y docs/').sort()).toEqual(['/my docs/rep2']);
    expect(names(index, '/home/').sort()).toEqual(['/anna', '/docs', '/my docs']);
  });

  it('takes two stars for any number of folders', async () => {
    const index = await indexed([{ sources: 's', folder: files }]);
    const below = ['/docs/100%[x].txt', '/docs/rep1'];
    expect(names(index, '**/docs/**').sort()).toEqual(below);
    expect(names(index, '/home/docs/**').sort()).toEqual(below);
    expect(names(index, '/**/rep*').sort()).toEqual(
      ['/anna/report of 2024.docx', '/anna/Report.docx', '/docs/rep1', '/my docs/rep2'].sort(),
    );
    expect(names(index, '/docs/**')).toEqual([]);
    expect(names(index, '/**').length).toBe(names(index, '').length);
  });

  it('finds with any pattern what a regular expression finds', async () => {
    const letter = fc.constantFrom('a', 'b', 'ä', '😀');
    const file = fc.array(letter, { minLength: 1, maxLength: 6 }).map((all) => all.join(''));
    const part = fc.constantFrom('a', 'b', 'ä', '*', '*', '?', '[ab]', '[!ä]', '[a-b]');
    const glob = fc.array(part, { minLength: 1, maxLength: 6 }).map((all) => all.join(''));
    const folder = fc.letrec<{ tree: Folder }>((tie) => ({
      tree: fc.dictionary(file, fc.oneof({ depthSize: 'small' }, fc.constant(1), tie('tree')), { maxKeys: 4 }),
    })).tree;
    const query = fc.tuple(fc.array(fc.oneof(glob, fc.constant('**')), { maxLength: 4 }), glob, fc.boolean());
    await fc.assert(
      fc.asyncProperty(folder, query, async (top, [folders, last, fromTop]) => {
        const index = await indexed([{ sources: 's', folder: top }]);
        const all = told(index).map((line) => line.split(' ')[0] ?? '');
        // A pattern without a star is the end of the first folder's name, or the beginning of a name.
        const text = [...(fromTop ? [''] : ['**']), ...folders, `${last}*`].join('/');
        const regex = regexOf([...folders, `${last}*`], fromTop);
        const found = told(index, text).map((line) => line.split(' ')[0] ?? '');
        expect(found, text).toEqual(all.filter((one) => regex.test(one)));
      }),
      { numRuns: process.env['HOLDFAST_SOAK'] === '1' ? 5000 : 300 },
    );
  });

  it('filters by kind, size and time', async () => {
    const index = await indexed([{ sources: 's', folder: files }]);
    expect(names(index, 'docs', { kinds: new Set([NodeType.folder]) })).toEqual(['/docs', '/my docs']);
    expect(names(index, '', { minBytes: 8, maxBytes: 10 }).sort()).toEqual(['/anna/Report.docx', '/my docs/rep2']);
    // The model's times are the sizes, in seconds.
    expect(names(index, 'rep', { changedAfterMs: 8000, changedBeforeMs: 20_000 }).sort()).toEqual([
      '/anna/Report.docx',
      '/my docs/rep2',
    ]);
  });

  it('takes no longer for a pattern of many stars', async () => {
    const index = await indexed([{ sources: 's', folder: { home: { ['a'.repeat(4000)]: 1 } } }]);
    const started = performance.now();
    expect(names(index, `${'*a'.repeat(60)}*b`)).toEqual([]);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
