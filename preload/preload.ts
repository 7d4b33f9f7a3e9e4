/**
 * Runs in the sandboxed window before its page: gives the page exactly the contract's methods and events, and nothing
 * of Electron or Node. Every method has a channel of its own; the page cannot name one.
 */
import { contextBridge, ipcRenderer, type IpcRendererEvent } from 'electron';
import { EVENTS, eventChannel, METHODS, methodChannel } from './channels.ts';

type Call = (input?: unknown) => Promise<unknown>;

const groups = Object.entries(METHODS).map(([group, names]): [string, Record<string, Call>] => [
  group,
  Object.freeze(
    Object.fromEntries(
      names.map((name): [string, Call] => {
        const channel = methodChannel(group, name);
        return [name, (input) => ipcRenderer.invoke(channel, input ?? null)];
      }),
    ),
  ),
]);

/** Listens to one of the contract's events; the function returned ends it. The page never sees Electron's own event. */
function on(event: unknown, listener: unknown): () => void {
  const known = EVENTS.find((name) => name === event);
  if (known === undefined || typeof listener !== 'function') throw new TypeError('no such event');
  const channel = eventChannel(known);
  const receive = (_event: IpcRendererEvent, payload: unknown): void => {
    listener(payload);
  };
  ipcRenderer.on(channel, receive);
  return () => {
    ipcRenderer.removeListener(channel, receive);
  };
}

contextBridge.exposeInMainWorld('holdfast', Object.freeze({ ...Object.fromEntries(groups), on }));
