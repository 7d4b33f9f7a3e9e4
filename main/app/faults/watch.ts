/** Notes what goes wrong anywhere in the program: exceptions that nothing caught, and processes that ended. */
import { app, dialog, powerMonitor } from 'electron';
import { say } from '../../words/say.ts';
import { PREVIEW_PROCESS } from '../preview-process.ts';
import type { Faults } from './faults.ts';

/** Called once, as early as can be. @param startAgain ends the program and starts it anew */
export function watchFaults(faults: Faults, startAgain: () => void): void {
  let told = false;
  process.on('uncaughtException', (error) => {
    faults.note('program', error);
    if (told || !app.isReady()) return; // one sentence says it; a hundred would be in the way
    told = true;
    void tell(startAgain);
  });
  process.on('unhandledRejection', (reason) => faults.note('program', reason));
  app.on('render-process-gone', (_event, _contents, { reason }) => {
    if (reason !== 'clean-exit') faults.noteProcess(`window ${reason}`);
  });
  app.on('child-process-gone', (_event, { type, reason, name }) => {
    // A preview is ended when it is closed, and a file may end it: no fault of the program.
    if (reason !== 'clean-exit' && name !== PREVIEW_PROCESS) faults.noteProcess(`${type} ${reason}`);
  });
  process.on('exit', () => faults.end());
  // A system that shuts down does not wait for everybody.
  void app.whenReady().then(() => powerMonitor.on('shutdown', () => faults.end()));
}

async function tell(startAgain: () => void): Promise<void> {
  const { response } = await dialog.showMessageBox({
    type: 'warning',
    message: say('Holdfast ran into a fault of its own.'),
    detail: say(
      'What is stored already is not affected. Start Holdfast again to be sure that backups go on. Settings, under “About”, has a report of the fault; it is sent nowhere.',
    ),
    buttons: [say('Start again'), say('Go on')],
    defaultId: 0,
    cancelId: 1,
    noLink: true,
  });
  if (response === 0) startAgain();
}
