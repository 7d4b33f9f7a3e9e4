/** The desktop outside the window: folders, file manager, clipboard, browser. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { app, BrowserWindow, clipboard, nativeImage, type NativeImage, shell } from 'electron';
import type { Desktop } from '../ipc/services.ts';
import type { ClipboardSecret } from './clipboard-secret.ts';
import { openExternal } from './external.ts';
import { LICENCE, MAC_ACCESS } from './outside.ts';

/** The usual folders, with the name that each has where the system was never told another. */
const KNOWN = {
  documents: 'Documents',
  pictures: 'Pictures',
  desktop: 'Desktop',
  music: 'Music',
  videos: 'Videos',
} as const;

/** What is under the pointer while files are dragged. */
function dragged(): NativeImage {
  const file = fileURLToPath(new URL('icons/app.png', import.meta.url));
  return nativeImage.createFromPath(file).resize({ width: 48, height: 48 });
}

export function systemDesktop(secret: ClipboardSecret): Desktop {
  const home = app.getPath('home');
  return {
    home,
    knownFolders: () =>
      (Object.keys(KNOWN) as (keyof typeof KNOWN)[]).flatMap((name) => {
        try {
          const told = app.getPath(name);
          // Linux answers with the home folder where no configuration says otherwise.
          return [path.resolve(told) === path.resolve(home) ? path.join(home, KNOWN[name]) : told];
        } catch {
          return []; // this system has no such folder
        }
      }),
    openLicence: async () => await openExternal(LICENCE),
    openAccess: async () => await openExternal(MAC_ACCESS),
    dragFiles: (files) => {
      // While the kit is printed, its page is a window too, which nobody sees.
      const window = BrowserWindow.getAllWindows().find((one) => one.isVisible());
      window?.webContents.startDrag({ file: files[0] ?? '', files: [...files], icon: dragged() });
    },
    showInFolder: (at) => shell.showItemInFolder(at),
    copyText: async (text) => await clipboard.writeText(text),
    copySecret: async (text) => await secret.copy(text),
  };
}
