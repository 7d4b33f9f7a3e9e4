import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Bridge, Result } from '../../preload/contract.ts';
import { api, toUserError, UserError } from '../../renderer/state/bridge.ts';
import { toast } from '../../renderer/state/toasts.ts';
import { createFakeBridge } from '../support/fake-bridge/bridge.ts';
import { SCENARIOS } from '../support/fake-bridge/scenarios.ts';
import { events, methods } from '../../preload/contract.ts';

function useBridge(bridge: unknown): void {
  vi.stubGlobal('window', { holdfast: bridge });
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('a call', () => {
  it('gives its value and passes its input on', async () => {
    const lock = vi.fn(async () => ({ ok: true, value: null }));
    const list = vi.fn(async (): Promise<Result<unknown>> => ({ ok: true, value: [] }));
    useBridge({ keys: { lock }, setup: { listFolder: list } });
    await expect(api.keys.lock()).resolves.toBeNull();
    await expect(api.setup.listFolder({ cap: 'cap-12345' })).resolves.toEqual([]);
    expect(lock).toHaveBeenCalledWith();
    expect(list).toHaveBeenCalledWith({ cap: 'cap-12345' });
  });

  it('throws what main refused, with all three sentences', async () => {
    const info = {
      code: 'destination-full',
      severity: 'fatal',
      message: 'Full.',
      guidance: 'Make room.',
      detail: 'ENOSPC',
    };
    useBridge({ backup: { start: async () => ({ ok: false, error: info }) } });
    const error = await api.backup.start().catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject(info);
  });

  it('makes a broken channel a sentence, not a stack', async () => {
    useBridge({
      backup: {
        start: async () => {
          throw new Error('channel closed');
        },
      },
    });
    await expect(api.backup.start()).rejects.toMatchObject({ code: 'internal', detail: 'channel closed' });
    expect(toUserError('odd').detail).toBe('odd');
  });
});

describe('messages over the window', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => toast.list().forEach((item) => toast.dismiss(item.id)));

  it('go by themselves, unless they are failures or somebody reads them', () => {
    toast.done('Saved.');
    toast.error(toUserError(new Error('x')));
    vi.advanceTimersByTime(5000);
    toast.hold();
    vi.advanceTimersByTime(60_000);
    expect(toast.list()).toHaveLength(2);
    toast.release();
    vi.advanceTimersByTime(6000);
    expect(toast.list().map((item) => item.tone)).toEqual(['bad']);
  });

  it('of a run go with it: what is said once it is done comes instead', () => {
    toast.began('Filling NAS.', 'r1', 'NAS is full.');
    toast.began('Filling disk.', 'r2', 'Disk is full.');
    toast.ended('r0', true);
    expect(toast.list()).toHaveLength(2);
    toast.ended('r1', true);
    toast.ended('r2', false);
    expect(toast.list().map((item) => item.text)).toEqual(['NAS is full.']);
    toast.ended('r1', true);
    vi.advanceTimersByTime(6000);
    expect(toast.list()).toEqual([]);
  });

  it('are at most three, and the same words stand once', () => {
    for (const text of ['a', 'b', 'c', 'd', 'd']) toast.say(text);
    expect(toast.list().map((item) => item.text)).toEqual(['b', 'c', 'd']);
  });
});

describe('the stand-in bridge', () => {
  const answers: [group: string, method: string, input: unknown][] = [
    ['app', 'getState', null],
    ['setup', 'suggestDestination', null],
    ['destinations', 'offers', null],
    ['destinations', 'chooseFolder', null],
    ['destinations', 'googleSignIn', { client: null, destinationId: null }],
    ['destinations', 'googleFolders', { account: 'account-0001', driveId: null }],
    ['destinations', 'googlePlace', { account: 'account-0001', driveId: null, folder: { newName: 'Backups' } }],
    ['destinations', 'sftpHostKey', { host: 'nas.local', port: 22 }],
    ['destinations', 'webDavCertificate', { url: 'https://nas.local/dav/' }],
    ['destinations', 'test', { cap: 'cap-12345' }],
    ['destinations', 'test', { id: 'd1' }],
    ['destinations', 'add', { cap: 'cap-12345' }],
    ['setup', 'revealKey', null],
    ['setup', 'challenge', null],
    ['setup', 'suggestSources', null],
    ['setup', 'proveKey', { rows: { B: ['1', '2', '3', '4'] } }],
    ['browse', 'snapshots', null],
    ['browse', 'list', { snapshotId: 's', folderId: null, sort: 'name', descending: false, offset: 0, limit: 50 }],
    ['restore', 'plan', { snapshotId: 's', entryIds: ['e'], target: { kind: 'original' }, conflict: 'skip' }],
    ['restore', 'report', { runId: 'r' }],
    ['activity', 'runs', null],
    ['activity', 'run', { id: 'run-2' }],
    ['activity', 'run', { id: 'run-copy' }],
  ];

  it.each(answers)('answers %s.%s as the contract says', async (group, method, input) => {
    const { bridge } = createFakeBridge(SCENARIOS['idle']!(), 0);
    const schema = (
      methods as unknown as Record<string, Record<string, { output: { parse(value: unknown): unknown } }>>
    )[group]?.[method];
    const call = (bridge as unknown as Record<string, Record<string, (input: unknown) => Promise<Result<unknown>>>>)[
      group
    ]?.[method];
    const result = await call!(input);
    expect(result.ok).toBe(true);
    if (result.ok) expect(schema!.output.parse(result.value)).toEqual(result.value);
  });

  it.each(Object.keys(SCENARIOS))('has a state that fits the contract in scenario %s', (name) => {
    const { state } = SCENARIOS[name]!();
    expect(events.state.parse(state)).toEqual(state);
  });

  it('has every call of the contract', () => {
    const { bridge } = createFakeBridge(SCENARIOS['new']!(), 0);
    const shape = (groups: object): Record<string, string[]> =>
      Object.fromEntries(
        Object.entries(groups)
          .filter(([, value]) => typeof value === 'object')
          .map(([group, value]) => [group, Object.keys(value as object).sort()]),
      );
    expect(shape(bridge satisfies Bridge)).toEqual(shape(methods));
  });
});
