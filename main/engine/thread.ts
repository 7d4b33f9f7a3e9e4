/** Starts the threads of the engine, in a way that lets them be ended at any moment, with heaps that stay small. */
import { setFlagsFromString } from 'node:v8';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { boundNewHeaps, keepYoungBound, YOUNG_MB } from './repository/heap-size.ts';

/** For the first line of a program that runs verbs in its own thread. */
export { boundYoung } from './repository/heap-size.ts';

/**
 * Node 20 (V8 11) takes a thread's platform data away before it waits for the optimizing compiler's background jobs;
 * a job that then wants the garbage collector aborts the whole process ("Assertion failed: (data.first) != nullptr",
 * node_platform.cc). Such threads compile on their own thread instead, which costs nothing once every core is busy.
 * V8 12 and later, Electron's among them, ask the platform beforehand.
 */
const endingAborts = process.versions.v8.startsWith('11.');

/**
 * A new worker thread that may be ended (`terminate`) whatever it is doing. Its options are Node's; limits that they set
 * hold.
 */
export function startThread(script: string | URL, options: WorkerOptions): Worker {
  // Read when a thread's isolate is made, so it concerns the threads to come and not this one.
  if (endingAborts) setFlagsFromString('--no-concurrent-recompilation');
  boundNewHeaps();
  const worker = new Worker(script, {
    ...options,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB, ...options.resourceLimits },
  });
  worker.once('online', keepYoungBound);
  return worker;
}
