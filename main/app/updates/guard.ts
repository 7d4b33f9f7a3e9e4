/**
 * Ends what electron-updater would let go on: a server that falls silent in the middle of a file, for Electron's requests
 * have no time limit of their own, and one that sends without end, of which it tells only where the length was announced.
 */
import type { ElectronHttpExecutor } from 'electron-updater/out/electronHttpExecutor.js';
import { RefusedFile } from './refuse-other.ts';

/** Longest silence of a server, in ms. */
export const SILENT_MS = 60_000;
/** What changed, with the map of it, and the whole file after all where that failed: never more than so many times it. */
const TIMES = 3;

export interface Guard {
  /** Begins to count anew. @param size of the file that is loaded next, in bytes */
  allow(size: number): void;
}

/** Watches every request of `executor` from now on. */
export function guard(executor: ElectronHttpExecutor): Guard {
  let left = 0;
  const create = executor.createRequest.bind(executor);
  executor.createRequest = (options, callback) => {
    let timer: NodeJS.Timeout | null = null;
    const over = (): void => {
      if (timer !== null) clearTimeout(timer);
      timer = null;
    };
    const stop = (why: Error): void => {
      over();
      request.emit('error', why); // everything that waits for it hears this, not all of it hears of an end
      request.abort();
    };
    const listen = (): void => {
      over();
      timer = setTimeout(() => stop(new Error(`nothing came for ${SILENT_MS / 1000} s`)), SILENT_MS);
    };
    const request = create(options, (response: NodeJS.ReadableStream) => {
      callback(response);
      listen();
      response.on('data', (part: Uint8Array) => {
        if (timer === null) return; // over already
        left -= part.length;
        if (left < 0) stop(new RefusedFile('the server sent more than the file has'));
        else listen();
      });
      for (const end of ['end', 'close', 'aborted', 'error']) response.on(end, over);
    });
    request.on('error', over);
    request.on('abort', over);
    request.on('redirect', listen);
    listen();
    return request;
  };
  return {
    allow: (size) => {
      left = size * TIMES;
    },
  };
}
