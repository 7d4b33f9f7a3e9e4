/** Native dialogs over the app's window. Whatever a person chooses here is the only way a new path enters the app. */
import path from 'node:path';
import { type BrowserWindow, dialog, type OpenDialogOptions } from 'electron';
import type { Dialogs } from './services.ts';

/** @param window the window in front, null before there is one */
export function nativeDialogs(window: () => BrowserWindow | null, home: string): Dialogs {
  const open = async (options: OpenDialogOptions): Promise<string | null> => {
    const parent = window();
    const chosen = await (parent === null ? dialog.showOpenDialog(options) : dialog.showOpenDialog(parent, options));
    return chosen.canceled ? null : (chosen.filePaths[0] ?? null);
  };
  return {
    chooseFolder: async (title, button, start) =>
      await open({
        title,
        buttonLabel: button,
        defaultPath: start ?? home,
        properties: ['openDirectory', 'createDirectory'],
      }),
    chooseItem: async (title, button) =>
      await open({
        title,
        buttonLabel: button,
        defaultPath: home,
        // Only macOS has one dialog for both; elsewhere folders are what people back up.
        properties: process.platform === 'darwin' ? ['openDirectory', 'openFile'] : ['openDirectory'],
      }),
    chooseFile: async (title, button) =>
      await open({
        title,
        buttonLabel: button,
        defaultPath: home,
        // Keys lie in a folder that file managers hide.
        properties: ['openFile', 'showHiddenFiles'],
      }),
    saveFile: async (title, suggestion, kind) => {
      const options = {
        title,
        defaultPath: path.join(home, suggestion),
        filters: [{ name: kind.name, extensions: [kind.extension] }],
      };
      const parent = window();
      const chosen = await (parent === null ? dialog.showSaveDialog(options) : dialog.showSaveDialog(parent, options));
      return chosen.canceled || chosen.filePath === '' ? null : chosen.filePath;
    },
  };
}
