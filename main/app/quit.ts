/** Quitting: a run is stopped cleanly first, the key leaves memory, the clipboard is cleared. */
import { app, type BrowserWindow, dialog } from 'electron';
import type { RunKind } from '../jobs/progress.ts';
import type { JobRunner } from '../jobs/runner.ts';
import { say } from '../words/say.ts';

/** A run that does not stop (a disk that hangs, a server that is gone) holds up the end of the program at most so long. */
const STOP_WITHIN_MS = 60_000;
const CLEAN_UP_WITHIN_MS = 10_000;
/** The system has to start what replaces the program first. */
const LEAVE_WITHIN_MS = 60_000;

export interface QuitParts {
  window: () => BrowserWindow | null;
  runner: JobRunner;
  /** Called first: from then on nothing starts by itself. */
  noMore: () => void;
  /** Everything that must be done before the process ends; must not reject. */
  cleanUp: () => Promise<void>;
  /**
   * The last thing, where a person ended the program and not the system, which may not wait. True where the system then
   * ends the program itself. Must not reject.
   */
  last: () => Promise<boolean>;
  /** The person was asked, and would rather let a run go on. */
  stays: () => void;
  /** Whether nothing is left to do without a window. */
  endsWithWindow: () => boolean;
}

export function handleQuit(parts: QuitParts): void {
  let state: 'running' | 'asking' | 'ending' | 'leaving' = 'running';
  const end = async (byPerson: boolean): Promise<void> => {
    state = 'ending';
    parts.noMore();
    await within(STOP_WITHIN_MS, parts.runner.interruptAll());
    await within(CLEAN_UP_WITHIN_MS, parts.cleanUp());
    if (byPerson && (await parts.last())) {
      state = 'leaving';
      setTimeout(() => app.exit(0), LEAVE_WITHIN_MS);
      return;
    }
    app.exit(0);
  };
  const ask = async (): Promise<void> => {
    state = 'asking';
    if (parts.runner.active().length === 0 || (await mayStop(parts.window(), parts.runner.active()))) return end(true);
    state = 'running';
    parts.stays();
  };
  app.on('before-quit', (event) => {
    if (state === 'leaving') return;
    event.preventDefault();
    if (state === 'running') void ask();
  });
  // The system, or whoever started the app from a terminal, wants it gone: there is nobody to ask.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (state === 'running' || state === 'asking') void end(false);
    });
  }
  app.on('window-all-closed', () => {
    if (parts.endsWithWindow()) app.quit();
  });
}

/** Resolves with `work`, whatever becomes of it, or after `ms` milliseconds. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  const late = new Promise<void>((resolve) => setTimeout(resolve, ms));
  await Promise.race([work.catch(() => undefined), late]);
}

async function mayStop(window: BrowserWindow | null, active: readonly RunKind[]): Promise<boolean> {
  const options = { type: 'question' as const, ...quitWords(active), defaultId: 0, cancelId: 0, noLink: true };
  const answer =
    window === null || window.isDestroyed()
      ? await dialog.showMessageBox(options)
      : await dialog.showMessageBox(window, options);
  return answer.response === 1;
}

function quitWords(active: readonly RunKind[]): { message: string; detail: string; buttons: string[] } {
  const what = active.includes('restore') ? 'restore' : active.includes('backup') ? 'backup' : 'check';
  return {
    message:
      what === 'restore'
        ? say('A restore is running. Stop it and quit?')
        : what === 'backup'
          ? say('A backup is running. Stop it and quit?')
          : say('A check is running. Stop it and quit?'),
    detail:
      what === 'backup'
        ? say(
            'What was stored so far stays, and the backup goes on when Holdfast starts again. To let it finish now, close the window instead.',
          )
        : say('What was done so far stays. You can start it again.'),
    buttons: [say('Keep running'), say('Stop and quit')],
  };
}
