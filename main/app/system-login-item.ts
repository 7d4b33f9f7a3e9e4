/** Which way of starting at login this system has, and with which command. */
import { app } from 'electron';
import { AutostartFile, autostartFolder, programOf } from './autostart-file.ts';
import { HIDDEN, type LoginItem, SystemLoginItem } from './login-item.ts';

export function systemLoginItem(): LoginItem {
  // In development the program is Electron itself, which needs to be told of the app's folder.
  const before = app.isPackaged ? [] : [app.getAppPath()];
  if (process.platform === 'darwin' || process.platform === 'win32') {
    return new SystemLoginItem(app, process.platform, process.execPath, before);
  }
  return new AutostartFile({
    folder: autostartFolder(process.env, app.getPath('home')),
    command: [programOf(process.env, process.execPath), ...before, HIDDEN],
  });
}

/** True where the system started the program at login: then no window is opened. */
export function startedHidden(): boolean {
  if (app.commandLine.hasSwitch(HIDDEN.replace(/^--/, ''))) return true;
  return process.platform === 'darwin' && app.getLoginItemSettings().wasOpenedAtLogin;
}
