/** Connects the contract's methods to Electron's ipc, and its events to the windows. */
import { ipcMain, type IpcMainInvokeEvent, type WebContents } from 'electron';
import { eventChannel, methodChannel } from '../../preload/channels.ts';
import type { Events } from '../../preload/contract.ts';
import type { z } from 'zod';
import { HoldfastError } from '../errors.ts';
import { dispatch, type DispatchOptions, errorInfo, type Handlers, methodsOf } from './dispatch.ts';
import { isAppPage } from './sender.ts';

/**
 * Handles every method. A call counts only if it comes from the main frame of one of the app's own windows and that
 * frame shows a page of the app.
 * @param isOurs whether the contents belong to a window of the app
 */
export function registerMethods(
  handlers: Handlers,
  isOurs: (contents: WebContents) => boolean,
  options: DispatchOptions,
): void {
  for (const method of methodsOf(handlers)) {
    ipcMain.handle(methodChannel(method.group, method.name), async (event, ...args: unknown[]) => {
      if (isOurs(event.sender) && isTrustedFrame(event)) return await dispatch(method, args, options);
      const refused = new HoldfastError(
        'bad-input',
        'A page that is not part of Holdfast asked for something.',
        'It was refused. Nothing was changed.',
        { detail: `${method.group}.${method.name}` },
      );
      options.report(`${method.group}.${method.name}`, refused);
      return { ok: false, error: errorInfo(refused) };
    });
  }
}

/** Sends an event to a window's page; nothing where the window is gone. */
export function sendEvent<E extends keyof Events>(
  contents: WebContents | null,
  event: E,
  payload: z.input<Events[E]>,
): void {
  if (contents === null || contents.isDestroyed() || contents.isCrashed()) return;
  contents.send(eventChannel(event), payload);
}

function isTrustedFrame(event: IpcMainInvokeEvent): boolean {
  const frame = event.senderFrame;
  return frame !== null && frame === event.sender.mainFrame && frame.parent === null && isAppPage(frame.url);
}
