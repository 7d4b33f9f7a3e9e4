/** Quitting: a run is stopped cleanly first, the key leaves memory, the clipboard is cleared. */
import { app, type BrowserWindow, dialog } from 'electron';
import type { JobRunner } from '../jobs/runner.ts';

export interface QuitParts {
  window: () => BrowserWindow | null;
  runner: JobRunner;
  /** Everything that must be done before the process ends; must not reject. */
  cleanUp: () => Promise<void>;
}

export function handleQuit(parts: QuitParts): void {
  let state: 'running' | 'asking' | 'ending' = 'running';
  const end = async (): Promise<void> => {
    state = 'ending';
    await parts.runner.stopAll();
    await parts.cleanUp();
    app.exit(0);
  };
  const ask = async (): Promise<void> => {
    state = 'asking';
    if (parts.runner.active().length === 0 || (await mayStop(parts.window(), parts.runner))) await end();
    else state = 'running';
  };
  app.on('before-quit', (event) => {
    event.preventDefault();
    if (state === 'running') void ask();
  });
  // The system, or whoever started the app from a terminal, wants it gone: there is nobody to ask.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (state !== 'ending') void end();
    });
  }
  // There is nothing to come back to once the window is closed, except on macOS, where apps stay.
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit();
  });
}

/** Asks before the window goes while a run is active, so that the question has a window to stand on. */
export function askBeforeClose(window: BrowserWindow, runner: JobRunner): void {
  if (process.platform === 'darwin') return; // closing the window ends nothing there
  window.on('close', (event) => {
    if (runner.active().length === 0) return;
    event.preventDefault();
    app.quit();
  });
}

async function mayStop(window: BrowserWindow | null, runner: JobRunner): Promise<boolean> {
  const restoring = runner.active().includes('restore');
  const what = restoring ? 'restore' : runner.active().includes('backup') ? 'backup' : 'check';
  const options = {
    type: 'question' as const,
    message: `A ${what} is running. Stop it and quit?`,
    detail:
      what === 'backup'
        ? 'What was stored so far stays. The next backup continues from there.'
        : 'What was done so far stays. You can start it again.',
    buttons: ['Keep running', 'Stop and quit'],
    defaultId: 0,
    cancelId: 0,
    noLink: true,
  };
  const answer =
    window === null || window.isDestroyed()
      ? await dialog.showMessageBox(options)
      : await dialog.showMessageBox(window, options);
  return answer.response === 1;
}
