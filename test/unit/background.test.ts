import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AutostartFile, autostartFolder, autostartText, execWord, programOf } from '../../main/app/autostart-file.ts';
import { Background, type BackgroundShell } from '../../main/app/background.ts';
import { closing, type ClosingFacts } from '../../main/app/closing.ts';
import { type LoginState, SystemLoginItem } from '../../main/app/login-item.ts';
import { menuTemplate } from '../../main/app/menu-template.ts';
import { nextNotice, type Notice, type NoticeFacts } from '../../main/app/notices.ts';
import { startedAgain } from '../../main/app/start-again.ts';
import type { TrayModel } from '../../main/app/tray-menu.ts';
import type { AppState } from '../../main/ipc/services.ts';
import { type Config, ConfigStore } from '../../main/jobs/config.ts';
import type { Health, HealthCause } from '../../main/jobs/health-facts.ts';
import { DEFAULT_WHEN } from '../../main/jobs/schedule/when.ts';
import { plannedFolder } from '../support/chosen-place.ts';
import { readyState } from '../support/fake-bridge/data.ts';
import { FakeClock } from '../support/fake-clock.ts';

const DAY = 86_400_000;
const NOW = 1_700_000_000_000;
const lastBackup = { id: 'run-1', endedAt: NOW - DAY };

function healthOf(cause: HealthCause, title = cause as string): Health {
  const state = cause === 'fine' ? 'protected' : cause === 'too-old' ? 'at-risk' : 'attention';
  return { state, cause, word: '', title, line: 'What to do.' };
}

function facts(cause: HealthCause, over: Partial<NoticeFacts> & { title?: string } = {}): NoticeFacts {
  const { title, ...rest } = over;
  return { health: healthOf(cause, title), lastBackup, nowMs: NOW, ...rest };
}

/** Titles of the notifications that come one after the other. */
function heard(...seen: NoticeFacts[]): string[] {
  let told: string | null = null;
  return seen.flatMap((one) => {
    const next = nextNotice(told, one);
    told = next.told;
    return next.notice === null ? [] : [next.notice.title];
  });
}

describe('notifications', () => {
  it('come once for each problem, however often it is seen', () => {
    expect(heard(facts('fine'), facts('failed'), facts('running'), facts('failed'), facts('failed'))).toEqual([
      'failed',
    ]);
  });

  it('come again after it was well in between', () => {
    expect(heard(facts('failed'), facts('running'), facts('fine'), facts('running'), facts('failed'))).toHaveLength(2);
  });

  it('never come for a good end, for what the person did, or for a disk that is put away', () => {
    const quiet: HealthCause[] = ['fine', 'running', 'paused', 'stopped', 'interrupted', 'away', 'never', 'not-set-up'];
    expect(heard(...quiet.map((cause) => facts(cause)))).toEqual([]);
  });

  it('tell of days without a backup each week, not each day', () => {
    const days = [7, 8, 9, 13, 14, 15, 21].map((count) =>
      facts('too-old', { title: `No backup for ${count} days`, lastBackup: { id: 'r', endedAt: NOW - count * DAY } }),
    );
    expect(heard(...days)).toEqual(['No backup for 7 days', 'No backup for 14 days', 'No backup for 21 days']);
  });

  it('tell of new wrong tries, and not of the same ones on another day', () => {
    const title = (text: string) => facts('wrong-tries', { title: text });
    expect(
      heard(title('2 wrong tries today'), title('2 wrong tries since yesterday'), title('3 wrong tries today')),
    ).toEqual(['2 wrong tries today', '3 wrong tries today']);
  });

  it('lead to where something can be done', () => {
    const open = (cause: HealthCause) => nextNotice(null, facts(cause)).notice?.open;
    expect(open('failed')).toEqual({ screen: 'activity' });
    expect(open('unreadable')).toEqual({ screen: 'activity', runId: 'run-1', view: 'skipped' });
    expect(open('sign-in')).toEqual({ screen: 'settings', section: 'destinations' });
    expect(open('wrong-tries')).toEqual({ screen: 'protection' });
    expect(open('too-old')).toEqual({ screen: 'home' });
  });
});

describe('closing the window', () => {
  const usual: ClosingFacts = {
    keepRunning: true,
    setUp: true,
    active: false,
    platform: 'linux',
    told: true,
    tray: true,
  };
  it.each<[string, Partial<ClosingFacts>, string]>([
    ['goes on in the background', {}, 'close'],
    ['says so the first time', { told: false }, 'tell'],
    ['ends where the person wants that', { keepRunning: false, active: true }, 'quit'],
    ['ends before anything is set up', { setUp: false, told: false }, 'quit'],
    ['lets a restore finish before anything is set up', { setUp: false, active: true }, 'close'],
    ['never ends a program of macOS', { platform: 'darwin', keepRunning: false, setUp: false }, 'close'],
  ])('%s', (_, over, expected) => {
    expect(closing({ ...usual, ...over })).toBe(expected);
  });
});

describe('starting at login on Linux', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'holdfast-autostart-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });
  const item = (command: string[]) => new AutostartFile({ folder: path.join(folder, 'autostart'), command });
  const text = async () => await readFile(path.join(folder, 'autostart', 'holdfast.desktop'), 'utf8');

  it('quotes as the specification asks: for the shell-like words, for the string, and for field codes', () => {
    expect(execWord('/opt/Hold fast/holdfast')).toBe('"/opt/Hold fast/holdfast"');
    expect(execWord('a"b`c$d\\e%f')).toBe('"a\\\\"b\\\\`c\\\\$d\\\\\\\\e%%f"');
    expect(() => autostartText(['/opt/a\nExec=rm'])).toThrow(RangeError);
  });

  it('writes the file and takes it away', async () => {
    const login = item(['/opt/holdfast', '--hidden']);
    expect(await login.read()).toBe('off');
    await login.set(false);
    await login.set(true);
    expect(await login.read()).toBe('on');
    expect(await text()).toContain('\nExec="/opt/holdfast" "--hidden"\n');
    await login.set(false);
    expect(await login.read()).toBe('off');
  });

  it('sees that the person turned it off elsewhere, and leaves it so', async () => {
    const login = item(['/opt/holdfast', '--hidden']);
    await mkdir(path.join(folder, 'autostart'));
    for (const line of ['Hidden=true', 'X-GNOME-Autostart-enabled=false']) {
      await writeFile(path.join(folder, 'autostart', 'holdfast.desktop'), `[Desktop Entry]\nExec=x\n${line}\n`);
      expect(await login.read()).toBe('refused');
      await login.renew();
      expect(await login.read()).toBe('refused');
    }
  });

  it('follows the program to where it lies now', async () => {
    await item(['/old/holdfast', '--hidden']).set(true);
    await item(['/new/holdfast', '--hidden']).renew();
    expect(await text()).toContain('Exec="/new/holdfast" "--hidden"');
  });

  it('names the AppImage that this program runs from, and no other one that is in the environment', () => {
    const inside = { APPIMAGE: '/home/ada/Holdfast.AppImage', APPDIR: '/tmp/.mount_HoldfaX1' };
    expect(programOf(inside, '/tmp/.mount_HoldfaX1/holdfast')).toBe('/home/ada/Holdfast.AppImage');
    expect(programOf(inside, '/opt/Holdfast/holdfast')).toBe('/opt/Holdfast/holdfast');
    expect(programOf({}, '/opt/Holdfast/holdfast')).toBe('/opt/Holdfast/holdfast');
  });

  it('is what starts again, with a window', () => {
    const inside = { APPIMAGE: '/home/ada/Holdfast.AppImage', APPDIR: '/tmp/.mount_HoldfaX1' };
    const argv = ['/tmp/.mount_HoldfaX1/holdfast', '--hidden'];
    expect(startedAgain(inside, argv)).toEqual({ execPath: '/home/ada/Holdfast.AppImage', args: [] });
    expect(startedAgain({}, ['/opt/x', '.', '--'])).toEqual({ execPath: '/opt/x', args: ['.', '--'] });
  });

  it('lies in the folder that the desktop reads', () => {
    expect(autostartFolder({}, '/home/ada')).toBe('/home/ada/.config/autostart');
    expect(autostartFolder({ XDG_CONFIG_HOME: '/cfg' }, '/home/ada')).toBe('/cfg/autostart');
    expect(autostartFolder({ XDG_CONFIG_HOME: 'relative' }, '/home/ada')).toBe('/home/ada/.config/autostart');
  });
});

describe('starting at login on macOS and Windows', () => {
  function system(found: object) {
    const set: object[] = [];
    const app = {
      getLoginItemSettings: () => found,
      setLoginItemSettings: (settings: object) => void set.push(settings),
    } as unknown as ConstructorParameters<typeof SystemLoginItem>[0];
    return { app, set };
  }
  it.each<[NodeJS.Platform, object, LoginState]>([
    ['darwin', { openAtLogin: true, status: 'enabled' }, 'on'],
    ['darwin', { openAtLogin: false, status: 'not-registered' }, 'off'],
    ['darwin', { openAtLogin: false, status: 'requires-approval' }, 'refused'],
    ['win32', { openAtLogin: true, executableWillLaunchAtLogin: true }, 'on'],
    ['win32', { openAtLogin: true, executableWillLaunchAtLogin: false }, 'refused'],
    ['win32', { openAtLogin: false, executableWillLaunchAtLogin: false }, 'off'],
  ])('%s says %j', async (platform, found, expected) => {
    expect(await new SystemLoginItem(system(found).app, platform, 'C:\\h.exe').read()).toBe(expected);
  });

  it('asks Windows for a start without a window; macOS tells it by itself', async () => {
    const { app, set } = system({});
    await new SystemLoginItem(app, 'win32', 'C:\\h.exe', ['C:\\my app']).set(true);
    await new SystemLoginItem(app, 'darwin', '/h').set(false);
    expect(set).toEqual([
      { openAtLogin: true, path: 'C:\\h.exe', args: ['"C:\\my app"', '--hidden'] },
      { openAtLogin: false, args: [] },
    ]);
  });
});

describe('the menu', () => {
  const nothing = (): void => undefined;
  const actions = {
    backUpNow: nothing,
    pause: nothing,
    resume: nothing,
    lockNow: nothing,
    open: nothing,
    openLicence: nothing,
  };
  /** Every key of the menu, in order. */
  function keys(items: ReturnType<typeof menuTemplate>): string[] {
    return items.flatMap(({ accelerator, submenu }) => [
      ...(accelerator === undefined || accelerator === null ? [] : [accelerator]),
      ...(Array.isArray(submenu) ? keys(submenu) : []),
    ]);
  }

  it.each(['linux', 'win32', 'darwin'] as const)('gives no key twice on %s', (platform) => {
    const all = keys(menuTemplate({ platform, packaged: true, actions }));
    expect(new Set(all).size).toBe(all.length);
    expect(all).toEqual(expect.arrayContaining(['CmdOrCtrl+B', 'CmdOrCtrl+Shift+L', 'CmdOrCtrl+,', 'CmdOrCtrl+5']));
  });

  it('has the tools of a checkout only there', () => {
    const text = (packaged: boolean) => JSON.stringify(menuTemplate({ platform: 'linux', packaged, actions }));
    expect(text(false)).toContain('toggleDevTools');
    expect(text(true)).not.toContain('toggleDevTools');
  });
});

describe('life without a window', () => {
  const plan = {
    destinations: [plannedFolder('/backups')],
    sources: ['/home/ada'],
    excludes: [],
    repoId: '00'.repeat(16),
    repoCreatedMs: 1,
    clientId: '11'.repeat(16),
  };
  let folder: string;
  let config: ConfigStore;
  let clock: FakeClock;
  let health: Health;
  let login: LoginState;
  let tray: boolean;
  let watched: boolean;
  let newest: string;
  let shown: TrayModel[];
  let notices: Notice[];
  let events: string[];
  let background: Background;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'holdfast-background-'));
    config = (await ConfigStore.load(path.join(folder, 'config.json'))).store;
    clock = new FakeClock(NOW);
    health = healthOf('fine');
    login = 'off';
    tray = true;
    watched = false;
    newest = 'done';
    shown = [];
    notices = [];
    events = [];
    const shell: BackgroundShell = {
      login: {
        read: async () => login,
        set: async (on) => void (login = on ? 'on' : 'off'),
        renew: async () => undefined,
      },
      hasTray: async () => tray,
      showTray: (model) => shown.push(model),
      notify: (notice) => notices.push(notice),
      watched: () => watched,
      installed: true,
    };
    background = new Background({
      shell,
      config,
      clock,
      activity: { newest: () => ({ result: newest }) as never },
      backups: {
        start: async () => {
          events.push('start');
          return { runId: 'r', finished: null };
        },
        paused: () => config.value.paused,
      },
      alarms: { healthChanged: (event) => events.push(event) },
      state: () => now(),
      health: () => health,
      changed: () => undefined,
      report: (what) => events.push(what),
    });
  });
  afterEach(async () => {
    background.end();
    await config.update({});
    await rm(folder, { recursive: true });
  });

  const now = (): AppState => readyState({ health, lastBackup: null });
  const setUp = async (more: Partial<Config> = {}) => await config.update({ plan, ...more });
  const see = (cause: HealthCause): void => {
    health = healthOf(cause);
    background.update(now());
  };

  it('says nothing before it is known how things stand', async () => {
    see('failed');
    expect([shown, notices, events]).toEqual([[], [], []]);
    await background.begin();
    expect(notices.map(({ title }) => title)).toEqual(['failed']);
    expect(events).toEqual(['problem']);
  });

  it('tells a problem once over restarts, and its end to the webhook alone', async () => {
    await setUp();
    await background.begin();
    see('failed');
    expect(config.value.background.told).toBe('failed');
    see('running');
    see('failed');
    see('fine');
    expect(notices).toHaveLength(1);
    expect(events).toEqual(['problem', 'recovered']);
  });

  it('lets a window that is looked at speak for itself, and a person turn it off', async () => {
    await background.begin();
    watched = true;
    see('failed');
    watched = false;
    await background.set({ notify: false });
    see('sign-in');
    expect(notices).toEqual([]);
    expect(events).toEqual(['problem', 'problem']);
  });

  it('shows the tray at most every five seconds, and the last word always', async () => {
    await background.begin();
    see('failed');
    see('fine');
    expect(shown.map(({ icon }) => icon)).toEqual(['protected']);
    see('failed');
    clock.advance(5_000);
    expect(shown.map(({ icon }) => icon)).toEqual(['protected', 'attention']);
  });

  it('looks again for a panel that starts later, and not for ever', async () => {
    tray = false;
    await background.begin();
    expect(background.tray).toBe(false);
    clock.advance(5_000);
    await expect.poll(() => clock.waiting).toBe(1);
    tray = true;
    clock.advance(10_000);
    await expect.poll(() => background.tray).toBe(true);
    expect(shown).toHaveLength(1);
  });

  it('turns starting at login on with the set-up, once, and then leaves it to the person', async () => {
    await background.begin();
    background.update(now());
    expect(login).toBe('off');
    await setUp();
    background.update(now());
    await expect.poll(() => background.state().startAtLogin).toBe('on');
    await background.set({ startAtLogin: false });
    background.update(now());
    expect([login, background.state().startAtLogin]).toEqual(['off', 'off']);
  });

  it('changes nothing at login for who set it up before', async () => {
    await setUp();
    await background.begin();
    background.update(now());
    expect([login, config.value.background.loginOffered]).toEqual(['off', true]);
  });

  it('goes on with an interrupted backup that no schedule would start', async () => {
    newest = 'interrupted';
    const byHand = { ...DEFAULT_WHEN, schedule: { every: 'hand' as const } };
    await setUp({ when: byHand, paused: { untilMs: null } });
    await background.begin();
    expect(events).toEqual([]);
    // The pause of before goes on, and so does the backup after it: once.
    await config.update({ paused: null });
    background.update(now());
    background.update(now());
    expect(events).toEqual(['start']);
  });

  it('leaves what a schedule starts to the schedule', async () => {
    newest = 'interrupted';
    await setUp({ when: DEFAULT_WHEN });
    await background.begin();
    background.update(now());
    expect(events).toEqual([]);
  });
});
