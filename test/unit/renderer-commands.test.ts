import { describe, expect, it } from 'vitest';
import { commandsOf, keysFor, matches, type CommandActions } from '../../renderer/commands/commands.ts';
import { MAIN_PLACES } from '../../renderer/components/main-places.ts';
import { HEALTH, readyState, three } from '../support/fake-bridge/data.ts';

function acting(): { done: string[]; act: CommandActions } {
  const done: string[] = [];
  const say =
    (what: string) =>
    (input?: unknown): void => {
      done.push(input === undefined ? what : `${what} ${JSON.stringify(input)}`);
    };
  return {
    done,
    act: {
      go: say('go'),
      backUpNow: say('backup'),
      pause: say('pause'),
      resume: say('resume'),
      lock: say('lock'),
      unlock: say('unlock'),
      setTheme: say('theme'),
      showShortcuts: say('shortcuts'),
    },
  };
}

const idsOf = (over: Parameters<typeof readyState>[0]): string[] =>
  commandsOf(readyState(over), acting().act).map(({ id }) => id);

describe('commands', () => {
  it('have an id each, and do what they say', () => {
    const { done, act } = acting();
    const commands = commandsOf(readyState({ destinations: three(), locked: true }), act);
    expect(new Set(commands.map(({ id }) => id)).size).toBe(commands.length);
    for (const { run } of commands) run();
    expect(done).toHaveLength(commands.length);
    expect(done).toEqual(expect.arrayContaining(['backup', 'unlock', 'pause "hour"', 'theme "dark"', 'shortcuts']));
    for (const { route } of MAIN_PLACES) expect(done).toContain(`go ${JSON.stringify(route)}`);
  });

  it('offer what makes sense now', () => {
    expect(idsOf({ locked: false })).toEqual(expect.arrayContaining(['lock', 'backup', 'pause-hour']));
    expect(idsOf({ locked: false })).not.toContain('unlock');
    const paused = idsOf({ health: HEALTH.paused, pausedUntil: 1 });
    expect(paused).toContain('resume');
    expect(paused).not.toContain('pause-hour');
  });

  it.each([
    ['', true],
    ['dark', true],
    ['THEME dark', true],
    ['th', true],
    ['ark', false],
    ['dark backup', false],
  ])('are found by the beginnings of their words: %j', (query, found) => {
    expect(matches({ words: 'Dark theme' }, query)).toBe(found);
  });

  it.each([
    ['wi-fi', 'when'],
    ['schedule', 'when'],
    ['retention', 'keep'],
    ['free space', 'keep'],
    ['tray', 'background'],
    ['webhook', 'alarms'],
    ['destinations', 'destinations'],
    ['quick check', 'check'],
    ['full check', 'check'],
    ['test backup', 'check'],
    ['integrity', 'check'],
    ['scrub', 'check'],
    ['validate', 'check'],
  ])('lead to each part of the settings: %j', (query, section) => {
    const { done, act } = acting();
    const command = commandsOf(readyState(), act).find((one) => matches(one, query) && one.id.startsWith('settings-'));
    command?.run();
    expect(done).toEqual([`go ${JSON.stringify({ screen: 'settings', section })}`]);
  });

  it('are found without accents, and by other words', () => {
    expect(matches({ words: 'Café disk', also: 'usb' }, 'cafe')).toBe(true);
    expect(matches({ words: 'Café disk', also: 'usb' }, 'usb disk')).toBe(true);
  });

  it('are written as each system does', () => {
    expect(keysFor(['Mod', 'Shift', 'L'], 'linux')).toBe('Ctrl+Shift+L');
    expect(keysFor(['Mod', 'Shift', 'L'], 'darwin')).toBe('⌘⇧L');
  });
});
