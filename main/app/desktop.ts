/** The desktop outside the window: folders, file manager, clipboard, browser. */
import { app, clipboard, shell } from 'electron';
import type { Desktop } from '../ipc/services.ts';
import type { ClipboardSecret } from './clipboard-secret.ts';
import { openExternal } from './external.ts';
import { LICENCE } from './outside.ts';

const KNOWN = ['documents', 'pictures', 'desktop', 'music', 'videos'] as const;

export function systemDesktop(secret: ClipboardSecret): Desktop {
  return {
    home: app.getPath('home'),
    knownFolders: () =>
      KNOWN.flatMap((name) => {
        try {
          return [app.getPath(name)];
        } catch {
          return []; // this system has no such folder
        }
      }),
    openLicence: async () => await openExternal(LICENCE),
    showInFolder: (path) => shell.showItemInFolder(path),
    copyText: async (text) => await clipboard.writeText(text),
    copySecret: async (text) => await secret.copy(text),
  };
}
