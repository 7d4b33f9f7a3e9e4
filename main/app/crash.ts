/** When the page's process dies: says so and loads the page again; backups run elsewhere and go on. */
import { type BrowserWindow, dialog } from 'electron';
import { loadPage } from './window.ts';
import { say } from '../words/say.ts';

/** Died again within this time: loading it once more would go round in circles. */
const SOON_MS = 10_000;

export function reloadAfterCrash(window: BrowserWindow, report: (what: string) => void): void {
  let lastMs = 0;
  window.webContents.on('render-process-gone', (_event, details) => {
    if (details.reason === 'clean-exit' || window.isDestroyed()) return;
    report(`the window's process ended: ${details.reason}`);
    const again = Date.now() - lastMs < SOON_MS;
    lastMs = Date.now();
    recover(window, again).catch((error: unknown) => report(`the page could not be loaded again: ${String(error)}`));
  });
}

async function recover(window: BrowserWindow, again: boolean): Promise<void> {
  if (again) {
    const { response } = await dialog.showMessageBox(window, {
      type: 'error',
      message: say('The window stopped working again.'),
      detail: say('Backups are not affected. You can try once more, or close the window and open Holdfast again.'),
      buttons: [say('Try once more'), say('Close')],
      noLink: true,
    });
    if (response === 1) return window.close();
  } else {
    await dialog.showMessageBox(window, {
      type: 'warning',
      message: say('The window stopped working and is opened again.'),
      detail: say('Backups are not affected: a running one went on.'),
      buttons: [say('Go on')],
      noLink: true,
    });
  }
  if (!window.isDestroyed()) await loadPage(window);
}
