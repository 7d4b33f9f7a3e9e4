/** The application's menu for each system: pure, so that its keys can be tested. */
import type { MenuItemConstructorOptions } from 'electron';
import type { AppState, OpenAt } from '../ipc/services.ts';
import type { PauseChoice } from '../jobs/pause.ts';

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
const PLACES: readonly [screen: OpenAt['screen'], word: string][] = [
  ['home', 'Home'],
  ['browse', 'Browse'],
  ['activity', 'Activity'],
  ['protection', 'Protection'],
  ['settings', 'Settings'],
];

export function menuTemplate({ platform, packaged, actions }: MenuParts): MenuItemConstructorOptions[] {
  const mac = platform === 'darwin';
  const settings: MenuItemConstructorOptions = {
    label: mac ? 'Settings…' : 'Settings',
    accelerator: 'CmdOrCtrl+,',
    click: () => actions.open({ screen: 'settings' }),
  };
  return [
    ...(mac ? [appMenu(settings)] : []),
    {
      label: '&Backup',
      submenu: [
        { label: 'Back up now', accelerator: 'CmdOrCtrl+B', click: actions.backUpNow },
        {
          label: 'Pause backups',
          submenu: [
            { label: 'For an hour', click: () => actions.pause('hour') },
            { label: 'Until tomorrow', click: () => actions.pause('tomorrow') },
            { label: 'Until I resume', click: () => actions.pause('resumed') },
          ],
        },
        { label: 'Resume backups', click: actions.resume },
        SEPARATOR,
        { label: 'Lock now', accelerator: 'CmdOrCtrl+Shift+L', click: actions.lockNow },
        ...(mac ? [] : [SEPARATOR, settings]),
        SEPARATOR,
        // Closing goes on in the background; only quitting ends it.
        { role: 'close', label: 'Close window' },
        ...(mac ? [] : [{ role: 'quit' as const, label: 'Quit Holdfast', accelerator: 'Ctrl+Q' }]),
      ],
    },
    { role: 'editMenu' },
    {
      label: '&Go',
      submenu: PLACES.map(([screen, label], i) => ({
        label,
        accelerator: `CmdOrCtrl+${i + 1}`,
        // The page has these keys itself; here they are told, and work for whoever opens the menu.
        registerAccelerator: false,
        click: () => actions.open({ screen }),
      })),
    },
    {
      label: '&View',
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
        { label: 'About Holdfast', click: () => actions.open({ screen: 'settings', section: 'about' }) },
        { label: 'Licence', click: actions.openLicence },
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
