/** What the bench measures, and how a run is written down. */

/** In the order in which they are run. */
export const STEPS = ['init', 'first', 'nochange', 'change', 'restore', 'verify'] as const;
export type Step = (typeof STEPS)[number];

/** Those that a person waits for again and again. */
export const MEASURED_STEPS = STEPS.filter((step) => step !== 'init');

export const STEP_TITLES: Record<Step, string> = {
  init: 'new repository',
  first: 'first backup',
  nochange: 'no change',
  change: '1 % of the files changed',
  restore: 'restore',
  verify: 'verify every byte',
};

export const SET_NAMES = ['A', 'B', 'C', 'E'] as const;
export type SetName = (typeof SET_NAMES)[number];

/** `find` is no peer: it only walks the tree, as the mark for the no-change backup. */
export const WALK = 'find';

/** What one command took. */
export interface Measure {
  /** Seconds from start to exit. */
  wall: number;
  /** User and system time of the command and all that it started, in seconds. */
  cpu: number;
  /** Highest resident memory of the whole process tree, in bytes. */
  peakBytes: number;
}

export interface StepResult extends Measure {
  set: SetName;
  tool: string;
  step: Step;
  /** From 1. */
  round: number;
  /** Size of all files of the repository after the step. */
  repositoryBytes: number;
}

export interface Failure {
  set: SetName;
  tool: string;
  step: Step;
  round: number;
  /** Exit code or signal. */
  exit: string;
  /** The end of what the tool wrote to its error output. */
  stderr: string;
}

/** The one comparison of restored and original tree. */
export interface Comparison {
  set: SetName;
  tool: string;
  differences: number;
  /** The first few, one a line. */
  sample: string;
}

export interface SetFacts {
  name: SetName;
  description: string;
  files: number;
  folders: number;
  bytes: number;
}

export interface ToolFacts {
  name: string;
  version: string;
  /** Encryption and compression used. */
  settings: string;
}

/** The machine, without any name or path of it. */
export interface MachineFacts {
  date: string;
  commit: string;
  cpu: string;
  cores: number;
  memoryBytes: number;
  system: string;
  kernel: string;
  node: string;
  fileSystem: string;
  /** One-minute load average before the first step. */
  loadBefore: number;
}

/** What one command of ours took where there is much. */
export interface StepGrowth extends Measure {
  step: string;
}

export interface FileGrowth {
  tool: string;
  files: number;
  sourceBytes: number;
  steps: StepGrowth[];
  /** Objects of the repository by the folder they lie in: packs `p` and `m`, segments `i`, snapshots `s`. */
  objects: Record<string, number>;
  storedBytes: number;
  /** Peak memory of the program doing nothing, to be taken off the others. */
  idleBytes: number;
}

/** What the same small commands take more once the repository holds 1 TB more of unique data. */
export interface TerabyteGrowth {
  tool: string;
  blobs: number;
  packs: number;
  segments: number;
  /** `peakBytes`: more than before. */
  steps: StepGrowth[];
}

export interface BenchReport {
  version: 1;
  machine: MachineFacts;
  rounds: number;
  quick: boolean;
  tools: ToolFacts[];
  sets: SetFacts[];
  results: StepResult[];
  comparisons: Comparison[];
  failures: Failure[];
  /** Of the same run; absent where it was left out. */
  growth?: { files: FileGrowth[]; terabyte: TerabyteGrowth[] };
}
