/** The application's menu: visible on macOS, elsewhere it shows by Alt and gives the keys. */
import { app, Menu } from 'electron';
import { type MenuActions, menuTemplate } from './menu-template.ts';

export function setMenu(actions: MenuActions): void {
  const platform = process.platform === 'darwin' || process.platform === 'win32' ? process.platform : 'linux';
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate({ platform, packaged: app.isPackaged, actions })));
}
