/** The application's menu: visible on macOS, elsewhere it only gives the keys. */
import { app, Menu, type MenuItemConstructorOptions } from 'electron';

export interface MenuActions {
  backUpNow: () => void;
  lockNow: () => void;
  openLicence: () => void;
}

export function setMenu(actions: MenuActions): void {
  const mac = process.platform === 'darwin';
  const backup: MenuItemConstructorOptions = {
    label: 'Backup',
    submenu: [
      { label: 'Back up now', accelerator: 'CmdOrCtrl+B', click: actions.backUpNow },
      { label: 'Lock now', accelerator: 'CmdOrCtrl+Shift+L', click: actions.lockNow },
      ...(mac ? [] : [{ type: 'separator' as const }, { role: 'quit' as const }]),
    ],
  };
  const view: MenuItemConstructorOptions = {
    label: 'View',
    submenu: [
      { role: 'zoomIn' },
      { role: 'zoomOut' },
      { role: 'resetZoom' },
      { type: 'separator' },
      { role: 'togglefullscreen' },
      ...(app.isPackaged ? [] : [{ type: 'separator' as const }, { role: 'toggleDevTools' as const }]),
    ],
  };
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      ...(mac ? [{ role: 'appMenu' as const }] : []),
      backup,
      { role: 'editMenu' },
      view,
      { role: 'windowMenu' },
      { role: 'help', submenu: [{ label: 'Licence', click: actions.openLicence }] },
    ]),
  );
}
