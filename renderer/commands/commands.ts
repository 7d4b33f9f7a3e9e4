/** Everything that can be done from anywhere, by its words: what the palette offers and the shortcuts sheet lists. */
import { t } from '@lingui/core/macro';
import {
  CircleQuestionMark,
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
  { section: 'plans', words: t`Plans`, also: t`several plan add what where when` },
  { section: 'sources', words: t`What is backed up`, also: t`folders sources add remove files` },
  {
    section: 'when',
    words: t`When backups start`,
    also: t`schedule hourly daily weekly time battery power wifi wi-fi network metered phone quiet hours automatic`,
  },
  { section: 'excludes', words: t`What is left out`, also: t`exclude ignore skip patterns rules gitignore` },
  {
    section: 'destinations',
    words: t`Where backups go`,
    also: t`destinations places storage disk folder google drive s3 webdav sftp nas server limits bandwidth speed room`,
  },
  {
    section: 'bandwidth',
    words: t`Bandwidth`,
    also: t`limit speed slow upload download connection internet line hours days office throttle`,
  },
  {
    section: 'keep',
    words: t`What is kept`,
    also: t`retention rule old snapshots history delete remove prune clean-up free space room`,
  },
  {
    section: 'check',
    words: t`Check the backup`,
    also: [
      t`verify damage whole prove proof restore test drill monthly integrity scrub validate corrupt bit rot broken`,
      t`Quick check`,
      t`Full check`,
    ].join(' '),
  },
  {
    section: 'appearance',
    words: t`Appearance`,
    also: t`theme colours dark light density compact comfortable rows language translation`,
  },
  { section: 'lock', words: t`Locking`, also: t`idle minutes lock key memory sleep` },
  {
    section: 'background',
    words: t`Start and background`,
    also: t`login autostart tray icon window close quit notifications notices tell`,
  },
  { section: 'alarms', words: t`Alarms`, also: t`heartbeat healthchecks webhook monitoring silent e-mail` },
  {
    section: 'files',
    words: t`Configuration and log`,
    also: t`export import save file transfer new computer support diagnostics help`,
  },
  { section: 'updates', words: t`Updates`, also: t`upgrade new version newer check channel beta stable restart` },
  { section: 'about', words: t`About Holdfast`, also: t`version licence computer name backup id fault crash report` },
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
            words: t`Back up now`,
            icon: Upload,
            keys: ['Mod', 'B'],
            run: act.backUpNow,
            also: t`start run`,
          },
        ]),
    ...(paused
      ? [{ id: 'resume', words: t`Resume backups`, icon: Play, run: act.resume }]
      : [
          { id: 'pause-hour', words: t`Pause for 1 hour`, icon: Hourglass, run: () => act.pause('hour') },
          { id: 'pause-tomorrow', words: t`Pause until tomorrow`, icon: Sunrise, run: () => act.pause('tomorrow') },
          { id: 'pause-resumed', words: t`Pause until I resume`, icon: Hand, run: () => act.pause('resumed') },
        ]),
    state.locked
      ? { id: 'unlock', words: t`Unlock`, also: t`key password digits`, icon: LockOpen, run: act.unlock }
      : { id: 'lock', words: t`Lock now`, icon: Lock, keys: ['Mod', 'Shift', 'L'], run: act.lock },
    ...MAIN_PLACES.map(({ route, word, icon }, at) => ({
      id: `go-${route.screen}`,
      words: word,
      also: t`go to open`,
      icon,
      keys: ['Mod', String(at + 1)],
      run: () => act.go(route),
    })),
    {
      id: 'search',
      words: t`Search every snapshot`,
      also: t`find file name deleted gone older version`,
      icon: Search,
      keys: ['Mod', 'F'],
      run: () => act.go({ screen: 'browse', view: 'search' }),
    },
    {
      id: 'sizes',
      words: t`Sizes of folders`,
      also: t`space room largest grew map`,
      icon: LayoutGrid,
      run: () => act.go({ screen: 'browse', view: 'sizes' }),
    },
    {
      id: 'restore',
      words: t`Restore from another backup`,
      also: t`connect new computer everything bring back`,
      icon: RotateCcw,
      run: () => act.go({ screen: 'restore' }),
    },
    ...state.destinations.map((one) => ({
      id: `destination-${one.id}`,
      words: one.name,
      also: t`destination ${one.kind}`,
      icon: HardDrive,
      run: () => act.go({ screen: 'settings', section: 'destinations' }),
    })),
    ...SECTIONS.map(({ section, words, also }) => ({
      id: `settings-${section}`,
      words: t`Settings: ${words}`,
      also,
      icon: Settings2,
      run: () => act.go({ screen: 'settings', section }),
    })),
    ...(
      [
        ['light', t`Light theme`, Sun],
        ['dark', t`Dark theme`, Moon],
        ['system', t`Theme of the system`, Monitor],
      ] as const
    )
      .filter(([theme]) => theme !== state.settings.theme)
      .map(([theme, words, icon]) => ({ id: `theme-${theme}`, words, icon, run: () => act.setTheme(theme) })),
    {
      id: 'help',
      words: t`Help`,
      also: t`how what question manual support`,
      icon: CircleQuestionMark,
      keys: ['F1'],
      run: () => act.go({ screen: 'help' }),
    },
    { id: 'shortcuts', words: t`Keyboard shortcuts`, icon: Keyboard, keys: ['Mod', '/'], run: act.showShortcuts },
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

/** As keyboards of the page's language name them. */
const KEYS: Readonly<Record<string, string>> = {
  Mod: t({ context: 'a key', message: 'Ctrl' }),
  Shift: t({ context: 'a key', message: 'Shift' }),
  Alt: t({ context: 'a key', message: 'Alt' }),
  Enter: t({ context: 'a key', message: 'Enter' }),
  Backspace: t({ context: 'a key', message: 'Backspace' }),
  Tab: t({ context: 'a key', message: 'Tab' }),
  Arrows: t({ context: 'keys', message: 'Arrows' }),
};

/** Keys as they are written on this system: "Ctrl+B", "⌘B". */
export function keysFor(keys: readonly string[], platform: AppState['platform']): string {
  const mac: Record<string, string> = { Mod: '⌘', Shift: '⇧', Alt: '⌥' };
  if (platform === 'darwin') return keys.map((key) => mac[key] ?? KEYS[key] ?? key).join('');
  return keys.map((key) => KEYS[key] ?? key).join('+');
}
