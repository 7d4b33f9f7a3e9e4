/** What happens when the person closes the window. */
import { app, type BrowserWindow, dialog } from 'electron';
import { type ClosingFacts, closing, closingWords } from './closing.ts';
import { say } from '../words/say.ts';

export interface CloseParts {
  facts: () => ClosingFacts;
  /** It was said what closing does. */
  told: () => Promise<void>;
  report: (what: string) => void;
}

/**
 * Lets the window go while the program stays; where there is nothing to stay for, quits, which asks first if something
 * runs, so that the question has a window to stand on.
 */
export function handleClose(window: BrowserWindow, parts: CloseParts): void {
  window.on('close', (event) => {
    const facts = parts.facts();
    switch (closing(facts)) {
      case 'close':
        return;
      case 'tell':
        event.preventDefault();
        tell(window, parts, facts).catch((error: unknown) => parts.report(`closing: ${String(error)}`));
        return;
      case 'quit':
        if (!facts.active) return; // `window-all-closed` ends the program
        event.preventDefault();
        app.quit();
    }
  });
}

async function tell(window: BrowserWindow, parts: CloseParts, facts: ClosingFacts): Promise<void> {
  const { response } = await dialog.showMessageBox(window, {
    type: 'info',
    ...closingWords(facts),
    buttons: [say('Close the window'), say('Quit Holdfast')],
    defaultId: 0,
    cancelId: 0,
    noLink: true,
  });
  if (response === 1) return app.quit();
  await parts.told();
  if (!window.isDestroyed()) window.close();
}
