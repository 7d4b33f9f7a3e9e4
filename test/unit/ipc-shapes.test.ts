import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Capabilities } from '../../main/ipc/capabilities.ts';
import { isAppPage } from '../../main/ipc/sender.ts';
import { entry, modeText, restoreReport, runDetail, snapshotInfo } from '../../main/ipc/shapes.ts';
import { newRunRecord } from '../../main/jobs/activity.ts';
import { Entry, RestoreReport, RunDetail, SnapshotInfo } from '../../preload/contract.ts';

describe('capability ids', () => {
  it('stand for one place each, for always', () => {
    const places = new Capabilities();
    const one = places.give('/home/ada');
    expect(places.give(Buffer.from('/home/ada'))).toBe(one);
    expect(places.give('/home/ada/')).not.toBe(one);
    expect(places.path(one)).toBe('/home/ada');
    expect(one.length).toBeGreaterThanOrEqual(22);
    expect(one).not.toContain('ada');
  });

  it('keep every byte of a path', () => {
    const places = new Capabilities();
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
        expect(places.bytes(places.give(bytes))).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it('that were not given out are refused, paths among them', () => {
    const places = new Capabilities();
    places.give('/home/ada');
    for (const id of ['/home/ada', '', '../..', 'AAAAAAAAAAAAAAAAAAAAAAAA', 'toString', '__proto__']) {
      expect(() => places.bytes(id)).toThrow(expect.objectContaining({ code: 'bad-input' }));
    }
  });

  it('of names that are not UTF-8 show their bytes and give no text', () => {
    const places = new Capabilities();
    const at = Buffer.concat([Buffer.from('/home/'), Buffer.from([0xff])]);
    expect(places.place(at)).toMatchObject({ path: '/home/\\xff', name: '\\xff' });
    expect(() => places.path(places.give(at))).toThrow(expect.objectContaining({ code: 'bad-input' }));
  });
});

describe('pages of the app', () => {
  it.each(['app://holdfast/index.html', 'app://holdfast/', 'app://holdfast/assets/a.js?x#y'])('%s is one', (url) => {
    expect(isAppPage(url)).toBe(true);
  });

  it.each([
    'https://holdfast/index.html',
    'app://holdfast.example/index.html',
    'app://other/index.html',
    'app://user@holdfast/index.html',
    'app://holdfast:8080/index.html',
    'file:///app/index.html',
    'about:blank',
    'data:text/html,app://holdfast/',
    '',
    'holdfast',
  ])('%s is none', (url) => {
    expect(isAppPage(url)).toBe(false);
  });
});

describe('shapes', () => {
  it('modes as ls shows them', () => {
    expect(modeText('file', 0o644)).toBe('-rw-r--r--');
    expect(modeText('folder', 0o41777)).toBe('drwxrwxrwt');
    expect(modeText('file', 0o104755)).toBe('-rwsr-xr-x');
    expect(modeText('file', 0o102644)).toBe('-rw-r-Sr--');
    expect(modeText('symlink', 0o777)).toBe('lrwxrwxrwx');
    expect(modeText('fifo', 0)).toBe('p---------');
  });

  it('an entry is named by its whole path, with times before 1970 too', () => {
    const facts = {
      id: 'YQ',
      name: 'a',
      kind: 'socket' as const,
      size: 0,
      mtimeNs: '-1500000000',
      mode: 0o600,
      uid: 1000,
      gid: 100,
      user: '',
      group: 'users',
      linkTarget: null,
    };
    const shown = entry(facts, 'aG9tZQ/YWRh');
    expect(Entry.parse(shown)).toMatchObject({
      id: 'aG9tZQ/YWRh/YQ',
      kind: 'other',
      size: null,
      modifiedAt: -1500,
      owner: '1000:users',
    });
    expect(entry({ ...facts, kind: 'file', size: 5 }, '')).toMatchObject({ id: 'YQ', kind: 'file', size: 5 });
  });

  it('snapshots, runs and reports are what the contract says', () => {
    const facts = {
      id: 'ab'.repeat(32),
      clientId: 'c1',
      computerName: 'ada',
      sequence: 1,
      startedMs: 5,
      endedMs: 6,
      sources: ['/home'],
      files: 1,
      folders: 1,
      bytes: 2,
      skipped: 0,
      partial: false,
      damage: 'A pack is missing.',
    };
    expect(SnapshotInfo.parse(snapshotInfo(facts, ['c0', 'c1']))).toMatchObject({ thisComputer: true, damaged: true });
    expect(snapshotInfo(facts, []).thisComputer).toBe(false);
    expect(RunDetail.parse(runDetail(newRunRecord('r', 'backup', 1, '/b')))).toMatchObject({ result: 'running' });
    const error = { code: 'locked', severity: 'fatal', message: 'm', guidance: 'g', detail: undefined } as const;
    const report = restoreReport({
      runId: 'r',
      snapshotAt: 1,
      target: '/t',
      toOriginal: false,
      requested: 1,
      restored: 1,
      bytes: 1,
      skippedExisting: 0,
      keptBoth: 0,
      problems: [],
      durationMs: 1,
      state: 'failed',
      error,
    });
    expect(RestoreReport.parse(report).error).toEqual({
      code: 'locked',
      severity: 'fatal',
      message: 'm',
      guidance: 'g',
    });
  });
});
