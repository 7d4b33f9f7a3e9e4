/** Everything that can be done from anywhere, by its words: what the palette offers and the shortcuts sheet lists. */
import {
  Hand,
  HardDrive,
  Hourglass,
  Keyboard,
  LayoutGrid,
  Lock,
  LockOpen,
  Monitor,
  Moon,
  Play,
  RotateCcw,
  Search,
  Settings2,
  Sun,
  Sunrise,
  Upload,
  type LucideIcon,
} from 'lucide-react';
import type { AppState } from '../../preload/contract.ts';
import { MAIN_PLACES } from '../components/main-places.ts';
import type { Route } from '../state/route.ts';

export interface Command {
  id: string;
  words: string;
  /** Other words that it is found by. */
  also?: string;
  icon: LucideIcon;
  /** Keys as `keysFor` writes them. */
  keys?: readonly string[];
  run: () => void;
}

/** What commands act by; the palette's host gives it. */
export interface CommandActions {
  go: (route: Route) => void;
  backUpNow: () => void;
  pause: (until: 'hour' | 'tomorrow' | 'resumed') => void;
  resume: () => void;
  lock: () => void;
  unlock: () => void;
  setTheme: (theme: AppState['settings']['theme']) => void;
  showShortcuts: () => void;
}

/** Parts of the settings, by the names that `section` of their route takes; the page itself finds them by these too. */
export const SECTIONS = [
  { section: 'sources', words: 'What is backed up', also: 'folders sources add remove files' },
  {
    section: 'when',
    words: 'When backups start',
    also: 'schedule hourly daily weekly time battery power wifi wi-fi network metered phone quiet hours automatic',
  },
  { section: 'excludes', words: 'What is left out', also: 'exclude ignore skip patterns rules gitignore' },
  {
    section: 'destinations',
    words: 'Where backups go',
    also: 'destinations places storage disk folder google drive s3 webdav sftp nas server limits bandwidth speed room',
  },
  {
    section: 'bandwidth',
    words: 'Bandwidth',
    also: 'limit speed slow upload download connection internet line hours days office throttle',
  },
  {
    section: 'keep',
    words: 'What is kept',
    also: 'retention rule old snapshots history delete remove prune clean-up free space room',
  },
  {
    section: 'check',
    words: 'Check the backup',
    also: 'verify damage whole prove proof restore test drill monthly',
  },
  { section: 'appearance', words: 'Appearance', also: 'theme colours dark light' },
  { section: 'lock', words: 'Locking', also: 'idle minutes lock key memory sleep' },
  {
    section: 'background',
    words: 'Start and background',
    also: 'login autostart tray icon window close quit notifications notices tell',
  },
  { section: 'alarms', words: 'Alarms', also: 'heartbeat healthchecks webhook monitoring silent e-mail' },
  { section: 'about', words: 'About Holdfast', also: 'version licence computer name backup id' },
] as const;

export type SectionName = (typeof SECTIONS)[number]['section'];

/** Those that make sense now, the most wanted first. */
export function commandsOf(state: AppState, act: CommandActions): Command[] {
  const running = state.progress !== null && (state.progress.state === 'running' || state.progress.state === 'paused');
  const paused = state.pausedUntil !== null || state.health.state === 'paused' || state.progress?.state === 'paused';
  return [
    ...(running
      ? []
      : [
          {
            id: 'backup',
            words: 'Back up now',
            icon: Upload,
            keys: ['Mod', 'B'],
            run: act.backUpNow,
            also: 'start run',
          },
        ]),
    ...(paused
      ? [{ id: 'resume', words: 'Resume backups', icon: Play, run: act.resume }]
      : [
          { id: 'pause-hour', words: 'Pause for 1 hour', icon: Hourglass, run: () => act.pause('hour') },
          { id: 'pause-tomorrow', words: 'Pause until tomorrow', icon: Sunrise, run: () => act.pause('tomorrow') },
          { id: 'pause-resumed', words: 'Pause until I resume', icon: Hand, run: () => act.pause('resumed') },
        ]),
    state.locked
      ? { id: 'unlock', words: 'Unlock', also: 'key password digits', icon: LockOpen, run: act.unlock }
      : { id: 'lock', words: 'Lock now', icon: Lock, keys: ['Mod', 'Shift', 'L'], run: act.lock },
    ...MAIN_PLACES.map(({ route, word, icon }, at) => ({
      id: `go-${route.screen}`,
      words: word,
      also: 'go to open',
      icon,
      keys: ['Mod', String(at + 1)],
      run: () => act.go(route),
    })),
    {
      id: 'search',
      words: 'Search every snapshot',
      also: 'find file name deleted gone older version',
      icon: Search,
      keys: ['Mod', 'F'],
      run: () => act.go({ screen: 'browse', view: 'search' }),
    },
    {
      id: 'sizes',
      words: 'Sizes of folders',
      also: 'space room largest grew map',
      icon: LayoutGrid,
      run: () => act.go({ screen: 'browse', view: 'sizes' }),
    },
    {
      id: 'restore',
      words: 'Restore from another backup',
      also: 'connect new computer everything bring back',
      icon: RotateCcw,
      run: () => act.go({ screen: 'restore' }),
    },
    ...state.destinations.map((one) => ({
      id: `destination-${one.id}`,
      words: one.name,
      also: `destination ${one.kind}`,
      icon: HardDrive,
      run: () => act.go({ screen: 'settings', section: 'destinations' }),
    })),
    ...SECTIONS.map(({ section, words, also }) => ({
      id: `settings-${section}`,
      words: `Settings: ${words}`,
      also,
      icon: Settings2,
      run: () => act.go({ screen: 'settings', section }),
    })),
    ...(
      [
        ['light', 'Light theme', Sun],
        ['dark', 'Dark theme', Moon],
        ['system', 'Theme of the system', Monitor],
      ] as const
    )
      .filter(([theme]) => theme !== state.settings.theme)
      .map(([theme, words, icon]) => ({ id: `theme-${theme}`, words, icon, run: () => act.setTheme(theme) })),
    { id: 'shortcuts', words: 'Keyboard shortcuts', icon: Keyboard, keys: ['Mod', '/'], run: act.showShortcuts },
  ];
}

/** True where every word of the query begins a word of the command, in any order; accents and case do not count. */
export function matches(command: Pick<Command, 'words' | 'also'>, query: string): boolean {
  const words = wordsOf(`${command.words} ${command.also ?? ''}`);
  return wordsOf(query).every((part) => words.some((word) => word.startsWith(part)));
}

const wordsOf = (text: string): string[] =>
  text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu) ?? [];

/** Keys as they are written on this system: "Ctrl+B", "⌘B". */
export function keysFor(keys: readonly string[], platform: AppState['platform']): string {
  const mac: Record<string, string> = { Mod: '⌘', Shift: '⇧', Alt: '⌥' };
  if (platform === 'darwin') return keys.map((key) => mac[key] ?? key).join('');
  return keys.map((key) => (key === 'Mod' ? 'Ctrl' : key)).join('+');
}
