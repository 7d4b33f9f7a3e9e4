import { describe, expect, it } from 'vitest';
import type { DestinationTest, PlaceDraft, SourceNode } from '../../preload/contract.ts';
import { flatten, isNote, type Listing } from '../../renderer/screens/setup/files/use-tree.ts';
import { withPlace } from '../../renderer/screens/setup/storage/with-place.ts';
import {
  EMPTY_WIZARD,
  firstPlace,
  joinsExisting,
  readyPlaces,
  stepsOf,
  type Wizard,
} from '../../renderer/screens/setup/wizard.ts';
import { qrPath } from '../../renderer/screens/setup/qr-path.ts';

function node(path: string, hasChildren = true): SourceNode {
  return { cap: `cap:${path}`, path, name: path, kind: 'folder', hasChildren, suggested: false };
}

describe('the tree’s rows', () => {
  const tops = [node('/a'), node('/b')];

  it('show only what is open, with its level and place among its own', () => {
    const listings = new Map<string, Listing>([['/a', { nodes: [node('/a/x'), node('/a/y')] }]]);
    const rows = flatten(tops, new Set(['/a']), listings);
    expect(rows.map((row) => (isNote(row) ? row.note : row.node.path))).toEqual(['/a', '/a/x', '/a/y', '/b']);
    expect(rows[2]).toMatchObject({ level: 2, position: 2, setSize: 2, parent: '/a', open: false });
  });

  it('say that a folder is being looked into, is empty, or could not be opened', () => {
    const open = new Set(['/a']);
    const note = (listings: Map<string, Listing>): unknown => {
      const row = flatten(tops, open, listings)[1];
      return row !== undefined && isNote(row) ? row.note : 'no note';
    };
    expect(note(new Map())).toBe('loading');
    expect(note(new Map([['/a', { nodes: [] }]]))).toBe('empty');
  });

  it('keep what is open below a closed folder for when it opens again', () => {
    const listings = new Map<string, Listing>([
      ['/a', { nodes: [node('/a/x')] }],
      ['/a/x', { nodes: [node('/a/x/1')] }],
    ]);
    expect(flatten(tops, new Set(['/a/x']), listings)).toHaveLength(2);
    expect(flatten(tops, new Set(['/a', '/a/x']), listings)).toHaveLength(4);
  });
});

describe('the steps', () => {
  const place = { cap: 'cap-12345', path: '/d', name: 'd', kind: 'local', kindName: 'Folder', service: null } as const;
  const test = {
    checks: [],
    ok: true,
    freeBytes: null,
    totalBytes: null,
    writeMBps: null,
    readMBps: null,
    latencyMs: null,
    requestMs: null,
    warnings: [],
  };
  it('leave protection out where the folder already holds a backup', () => {
    const fresh: Wizard = {
      ...EMPTY_WIZARD,
      places: [{ draft: place, test: { ...test, content: 'empty' }, typed: null }],
    };
    const existing: Wizard = {
      ...fresh,
      places: [{ draft: place, test: { ...test, content: 'repository' }, typed: null }],
    };
    expect(joinsExisting(fresh)).toBe(false);
    expect(stepsOf(fresh).map((step) => step.id)).toEqual(['storage', 'protection', 'key', 'files', 'backup']);
    expect(joinsExisting(existing)).toBe(true);
    expect(stepsOf(existing).map((step) => step.id)).toEqual(['storage', 'key', 'files', 'backup']);
  });
});

describe('the places of the set-up', () => {
  const draft = (path: string): PlaceDraft => ({
    cap: `cap:${path}`.padEnd(8, '-'),
    path,
    name: path,
    kind: 'local',
    kindName: 'Folder',
    service: null,
  });
  const found = (content: DestinationTest['content'], ok = true): DestinationTest => ({
    content,
    checks: [],
    ok,
    freeBytes: null,
    totalBytes: null,
    writeMBps: null,
    readMBps: null,
    latencyMs: null,
    requestMs: null,
    warnings: [],
  });
  const places = [
    { draft: draft('/a'), test: found('empty'), typed: null },
    { draft: draft('/broken'), test: found('empty', false), typed: null },
    { draft: draft('/asked'), test: null, typed: null },
    { draft: draft('/b'), test: found('repository'), typed: null },
    { draft: draft('/c'), test: found('other-files'), typed: null },
  ];

  it('are made in their order, but the one that holds a backup goes first; what does not work is left out', () => {
    const wizard: Wizard = { ...EMPTY_WIZARD, places };
    expect(readyPlaces(wizard).map((one) => one.draft.path)).toEqual(['/b', '/a', '/c']);
    expect(firstPlace(wizard)?.draft.path).toBe('/b');
    expect(firstPlace({ ...EMPTY_WIZARD, places: places.slice(1, 3) })).toBe(null);
  });

  it('take one another’s place where the same is chosen again', () => {
    const again = { draft: { ...draft('/a'), cap: 'cap:again' }, test: null, typed: null };
    const list = withPlace(places, again);
    expect(list).toHaveLength(places.length);
    expect(list[0]).toBe(again);
    const server = { draft: { ...draft('/a'), kind: 'sftp' as const }, test: null, typed: null };
    expect(withPlace(places, server)).toHaveLength(places.length + 1);
  });
});

describe('the code on the kit', () => {
  it('draws every dark module once and no light one', () => {
    const size = 5;
    const modules = Array.from({ length: size * size }, (_, i) => [0, 1, 2, 4, 7, 12, 13, 20, 24].includes(i));
    const drawn = new Array<number>(size * size).fill(0);
    for (const [, x, y, run] of qrPath(size, modules).matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)) {
      for (let i = 0; i < Number(run); i += 1) drawn[Number(y) * size + Number(x) + i]! += 1;
    }
    expect(drawn).toEqual(modules.map(Number));
  });
});
