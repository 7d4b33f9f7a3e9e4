/**
 * The process that looks into files of a backup. What is in them is a stranger's, and the parsers are large: one that
 * aborts, or takes all memory that it may have, ends this process and nothing else.
 */
import path from 'node:path';
import { app, utilityProcess } from 'electron';
import type { FromProcess, Host } from '../jobs/previews.ts';

/** As the system's list of processes has it. */
export const PREVIEW_PROCESS = 'Holdfast preview';
/** Of its heap. */
const HEAP_MB = 512;
/** Of all that it takes: heap, files in memory, PDFium's memory, in KiB. */
const MEMORY_KIB = 1_536 * 1024;
const LOOK_EVERY_MS = 1_000;

/** @param scripts the folder of the built scripts */
export function previewHost(scripts: string): Host {
  const child = utilityProcess.fork(path.join(scripts, 'preview-worker.js'), [], {
    serviceName: PREVIEW_PROCESS,
    // As a switch of Chromium's: as an option of Node's it is not heeded in such a process.
    execArgv: [`--js-flags=--max-old-space-size=${HEAP_MB}`],
    // Nothing of the app's surroundings is for it; Windows starts no program without this one.
    env: process.env['SystemRoot'] === undefined ? {} : { SystemRoot: process.env['SystemRoot'] },
    stdio: 'ignore',
  });
  const watch = setInterval(() => {
    const taken = app.getAppMetrics().find(({ pid }) => pid === child.pid)?.memory.workingSetSize ?? 0;
    if (taken > MEMORY_KIB) kill();
  }, LOOK_EVERY_MS);
  child.on('exit', () => clearInterval(watch));
  // Electron tells of a V8 that gave up, and the exit follows; told to nobody, it would be an exception of the app.
  child.on('error', () => undefined);
  /** A process without a number has not begun, or has ended. */
  const kill = (): void => {
    if (child.pid === undefined) child.once('spawn', () => child.kill());
    else child.kill();
  };
  return {
    send: (message) => child.postMessage(message),
    onMessage: (listener) => void child.on('message', (message: FromProcess) => listener(message)),
    onEnd: (listener) => void child.on('exit', listener),
    end: kill,
  };
}
