import { describe, expect, it, vi } from 'vitest';
import { hasTray } from '../../main/app/tray-host.ts';
import { trayState } from '../../main/app/tray-icon.ts';
import { trayModel, type TrayItem } from '../../main/app/tray-menu.ts';
import type { AppState } from '../../main/ipc/services.ts';
import { HEALTH, newState, plan, readyState } from '../support/fake-bridge/data.ts';

const NOW = new Date(2025, 5, 10, 12, 0).getTime();
const MINUTE = 60_000;

/** Every label, those of inner menus indented. */
function labels(items: readonly TrayItem[], indent = ''): string[] {
  return items.flatMap((item) => {
    if (item.kind === 'separator') return [`${indent}-`];
    return [`${indent}${item.label}`, ...(item.kind === 'menu' ? labels(item.items, `${indent}  `) : [])];
  });
}

function enabled(items: readonly TrayItem[], label: string): boolean | undefined {
  const item = items.find((one) => one.kind === 'action' && one.label === label);
  return item?.kind === 'action' ? item.enabled : undefined;
}

/** A computer that is set up, with a backup half an hour old. */
function ready(over: Partial<AppState> = {}): AppState {
  const state = readyState({ waitsFor: null, nextRunMs: NOW + 30 * MINUTE, ...over });
  const { lastBackup } = state;
  return { ...state, lastBackup: lastBackup === null ? null : { ...lastBackup, endedAt: NOW - 30 * MINUTE } };
}

const progress: NonNullable<AppState['progress']> = {
  runId: 'r',
  kind: 'backup',
  state: 'running',
  phase: 'upload',
  phases: [{ phase: 'upload', state: 'running', files: 1, bytes: 42, totalFiles: 3, totalBytes: 100 }],
  currentPath: null,
  startedAt: NOW,
  elapsedMs: 1,
  rate: null,
  rateHistory: [],
  etaMs: 3.2 * MINUTE,
  destinations: [],
  newBytes: 0,
  storedBytes: 0,
  skipped: 0,
  pausedUntil: null,
  error: null,
};

describe('the tray', () => {
  it('names the plans where there are several, and backs up each', () => {
    const plans = [
      plan({ nextRunMs: NOW + 90 * MINUTE }),
      plan({ id: 'photos', name: 'Photos & films', nextRunMs: NOW + 30 * MINUTE, doing: 'queued' }),
    ];
    const { items } = trayModel(ready({ plans }), NOW);
    expect(labels(items).slice(2, 8)).toEqual([
      'Next backup: Photos & films, today, 12:30',
      '-',
      'Back up now',
      '  All plans',
      '  Documents',
      '  Photos & films',
    ]);
    const menu = items.find((item) => item.kind === 'menu' && item.label === 'Back up now');
    expect(menu?.kind === 'menu' ? menu.items : []).toMatchObject([
      { action: 'back-up', enabled: true },
      { action: 'back-up', enabled: true, plan: 'first' },
      { action: 'back-up', enabled: false, plan: 'photos' },
    ]);
    expect(labels(trayModel(ready({ plans: plans.slice(0, 1) }), NOW).items)).toContain('Next backup: today, 12:30');
  });

  it('says how things stand, when the last backup was and when the next is, and offers what can be done', () => {
    const { tooltip, items } = trayModel(ready({ locked: false }), NOW);
    expect(tooltip).toBe(`Holdfast: ${HEALTH.protected.title}`);
    expect(labels(items)).toEqual([
      HEALTH.protected.title,
      'Last backup: today, 11:30',
      'Next backup: today, 12:30',
      '-',
      'Back up now',
      'Pause backups',
      '  For an hour',
      '  Until tomorrow',
      '  Until I resume',
      '-',
      'Open Holdfast',
      'Lock now',
      '-',
      'Quit Holdfast',
    ]);
  });

  it('tells why the next backup waits instead of when it comes', () => {
    const line = 'Waits until this computer is plugged in.';
    const words = labels(trayModel(ready({ waitsFor: { reason: 'power', line }, nextRunMs: null }), NOW).items);
    expect(words).toContain(line);
    expect(words.join()).not.toContain('Next backup');
  });

  it('shows how far a run is, and starts no second one', () => {
    const { tooltip, items } = trayModel(ready({ progress, health: HEALTH.running }), NOW);
    expect(labels(items)).toContain('Backing up: 42%, about 4 minutes left');
    expect(tooltip).toContain('Backing up: 42%');
    expect(enabled(items, 'Back up now')).toBe(false);
  });

  it('offers to resume while backups are paused', () => {
    const { items } = trayModel(ready({ health: HEALTH.paused }), NOW);
    expect(labels(items)).toContain('Resume backups');
    expect(labels(items)).not.toContain('Pause backups');
    expect(enabled(items, 'Back up now')).toBe(true);
  });

  it('offers nothing that needs a plan before there is one', () => {
    const words = labels(trayModel(newState({ nextRunMs: null }), NOW).items);
    expect(words).toContain('Set up a backup…');
    expect(words.join()).not.toMatch(/Back up now|Lock now|backup yet/);
  });

  it('keeps its words short enough for Windows', () => {
    const health = { ...HEALTH.attention, title: 'x'.repeat(300) };
    expect(trayModel(ready({ health }), NOW).tooltip).toHaveLength(127);
  });

  it('shows the keyhole only where all is well', () => {
    expect(trayState({ health: HEALTH.protected, locked: true })).toBe('locked');
    expect(trayState({ health: HEALTH.protected, locked: false })).toBe('protected');
    expect(trayState({ health: HEALTH['at-risk'], locked: true })).toBe('risk');
    expect(trayState({ health: HEALTH.attention, locked: true })).toBe('attention');
    expect(trayState({ health: HEALTH.paused, locked: true })).toBe('paused');
    expect(trayState({ health: HEALTH.running, locked: true })).toBe('running');
  });
});

describe('whether a desktop shows tray icons', () => {
  it('is known on macOS and Windows', async () => {
    const ask = vi.fn();
    expect(await hasTray('darwin', ask)).toBe(true);
    expect(await hasTray('win32', ask)).toBe(true);
    expect(ask).not.toHaveBeenCalled();
  });

  it.each([
    ['(true,)\n', true],
    ['(false,)\n', false],
    ['method return time=1.2 sender=org.freedesktop.DBus -> destination=:1.4\n   boolean true\n', true],
    ['b false\n', false],
  ])('is what the bus answers: %j', async (answer, expected) => {
    expect(await hasTray('linux', async () => answer)).toBe(expected);
  });

  it('is asked by whichever program is there, and not so where none is', async () => {
    const asked: string[] = [];
    const only = (name: string) => async (program: string) => {
      asked.push(program);
      return program === name ? 'b true' : null;
    };
    expect(await hasTray('linux', only('busctl'))).toBe(true);
    expect(asked).toEqual(['gdbus', 'dbus-send', 'busctl']);
    expect(await hasTray('linux', only('none'))).toBe(false);
  });
});
