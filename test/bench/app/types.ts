/** What `npm run bench -- --app` finds out. Times in ms, memory in bytes. */
import type { MachineFacts } from '../types.ts';

export interface AppReport {
  version: 1;
  machine: MachineFacts;
  electron: string;
  /** How many paths the backup holds, and how many entries each large folder. */
  paths: number;
  entries: number;
  /** From the start of the program to its first screen painted; null where file caches cannot be dropped (not root). */
  startCold: number[] | null;
  startWarm: number[];
  /** gzip -9 of every script that the page loads for its first screen. */
  scriptsAtStart: number;
  /** From Enter on a folder that was not opened before to its first rows painted. */
  folderOpen: number[];
  /** One way from the first row to the last: how long, how many frames, and its long tasks (over 50 ms), each. */
  scroll: { ms: number; frames: number; longTasks: number[]; longestFrame: number };
  /** The first search, which makes its index. */
  firstSearch: number;
  /** From the press of a key in the search field to the rows for what is then typed painted. */
  search: number[];
  /** Until the last byte reached the storage, from the press on Pause. */
  pause: number[];
  /** In the background, the window closed. */
  idle: { seconds: number; cpuShare: number; pssBytes: number; processes: number };
  /** The same right after the start with the window open, for comparison. */
  open: { pssBytes: number; processes: number };
}
