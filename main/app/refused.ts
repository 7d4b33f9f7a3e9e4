/** The window where the program can't go on: it says why and what to do, and every question of the page is answered so. */
import { type BrowserWindow, type Session } from 'electron';
import type { HoldfastError } from '../errors.ts';
import type { Handlers } from '../ipc/dispatch.ts';
import { registerMethods } from '../ipc/register.ts';
import { DEFAULT_CONFIG } from '../jobs/config.ts';
import { tellWhenReady } from './ready.ts';
import { createWindow, loadPage } from './window.ts';

/**
 * Opens it. Nothing is read or written but the page.
 * @param error what is shown
 */
export async function openRefused(
  error: HoldfastError,
  parts: { session: Session; preload: string; report: (what: string) => void },
): Promise<BrowserWindow> {
  const window = createWindow({ ...parts, config: { value: DEFAULT_CONFIG, update: async () => undefined } });
  registerMethods(refusing(error), (contents) => contents === window.webContents, {
    checkOutput: false,
    report: parts.report,
  });
  await loadPage(window);
  await tellWhenReady(window, process.env);
  return window;
}

function refusing(error: HoldfastError): Handlers {
  const refuse = async (): Promise<never> => {
    throw error;
  };
  const group = new Proxy({}, { get: () => refuse });
  return new Proxy({}, { get: () => group }) as Handlers;
}
