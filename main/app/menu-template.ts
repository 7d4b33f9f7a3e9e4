/** The application's menu for each system: pure, so that its keys can be tested. */
import type { MenuItemConstructorOptions } from 'electron';
import type { AppState, OpenAt } from '../ipc/services.ts';
import type { PauseChoice } from '../jobs/pause.ts';
import { text, type Text } from '../text.ts';
import { say } from '../words/say.ts';

export interface MenuActions {
  backUpNow: () => void;
  pause: (choice: PauseChoice) => void;
  resume: () => void;
  lockNow: () => void;
  /** Opens the window at a place. */
  open: (at: OpenAt) => void;
  openLicence: () => void;
}

export interface MenuParts {
  platform: AppState['platform'];
  /** In a checkout the tools of whoever works on it are there too. */
  packaged: boolean;
  actions: MenuActions;
}

const SEPARATOR: MenuItemConstructorOptions = { type: 'separator' };

/** In the order of the window's sidebar; each is reached by the main key and its number. */
const PLACES: readonly [screen: OpenAt['screen'], word: Text][] = [
  ['home', text`Home`],
  ['browse', text`Browse`],
  ['activity', text`Activity`],
  ['protection', text`Protection`],
  ['settings', text`Settings`],
];

export function menuTemplate({ platform, packaged, actions }: MenuParts): MenuItemConstructorOptions[] {
  const mac = platform === 'darwin';
  const settings: MenuItemConstructorOptions = {
    label: mac ? say('Settings…') : say('Settings'),
    accelerator: 'CmdOrCtrl+,',
    click: () => actions.open({ screen: 'settings' }),
  };
  return [
    ...(mac ? [appMenu(settings)] : []),
    {
      label: say('&Backup'),
      submenu: [
        { label: say('Back up now'), accelerator: 'CmdOrCtrl+B', click: actions.backUpNow },
        {
          label: say('Pause backups'),
          submenu: [
            { label: say('For an hour'), click: () => actions.pause('hour') },
            { label: say('Until tomorrow'), click: () => actions.pause('tomorrow') },
            { label: say('Until I resume'), click: () => actions.pause('resumed') },
          ],
        },
        { label: say('Resume backups'), click: actions.resume },
        SEPARATOR,
        { label: say('Lock now'), accelerator: 'CmdOrCtrl+Shift+L', click: actions.lockNow },
        ...(mac ? [] : [SEPARATOR, settings]),
        SEPARATOR,
        // Closing goes on in the background; only quitting ends it.
        { role: 'close', label: say('Close window') },
        ...(mac ? [] : [{ role: 'quit' as const, label: say('Quit Holdfast'), accelerator: 'Ctrl+Q' }]),
      ],
    },
    { role: 'editMenu' },
    {
      label: say('&Go'),
      submenu: PLACES.map(([screen, word], i) => ({
        label: say(word),
        accelerator: `CmdOrCtrl+${i + 1}`,
        // The page has these keys itself; here they are told, and work for whoever opens the menu.
        registerAccelerator: false,
        click: () => actions.open({ screen }),
      })),
    },
    {
      label: say('&View'),
      submenu: [
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { role: 'resetZoom' },
        SEPARATOR,
        { role: 'togglefullscreen' },
        ...(packaged ? [] : [SEPARATOR, { role: 'toggleDevTools' as const }]),
      ],
    },
    { role: 'windowMenu' },
    {
      role: 'help',
      submenu: [
        {
          label: say('Holdfast Help'),
          accelerator: 'F1',
          // The page has this key itself.
          registerAccelerator: false,
          click: () => actions.open({ screen: 'help' }),
        },
        { label: say('About Holdfast'), click: () => actions.open({ screen: 'settings', section: 'about' }) },
        { label: say('Licence'), click: actions.openLicence },
      ],
    },
  ];
}

/** The first menu of macOS, named after the program. */
function appMenu(settings: MenuItemConstructorOptions): MenuItemConstructorOptions {
  return {
    role: 'appMenu',
    submenu: [
      { role: 'about' },
      SEPARATOR,
      settings,
      SEPARATOR,
      { role: 'services' },
      SEPARATOR,
      { role: 'hide' },
      { role: 'hideOthers' },
      { role: 'unhide' },
      SEPARATOR,
      { role: 'quit' },
    ],
  };
}
