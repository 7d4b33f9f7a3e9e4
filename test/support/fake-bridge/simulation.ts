/** A run of a backup, restore or verification that moves on its own, ten steps a second, and obeys pause and cancel. */
import type { Phase, Progress } from '../../../preload/contract.ts';

const PHASES: Record<Progress['kind'], readonly Phase[]> = {
  backup: ['scan', 'compare', 'upload', 'finish', 'verify'],
  restore: ['compare', 'restore', 'verify'],
  verify: ['scan', 'verify'],
  copy: ['copy'],
  retention: ['verify'],
  drill: ['scan', 'restore'],
};

/** Share of the run's time that a phase takes. */
const SHARE: Record<Phase, number> = {
  scan: 0.12,
  compare: 0.08,
  upload: 0.7,
  restore: 0.8,
  finish: 0.04,
  copy: 0.7,
  verify: 0.06,
};

const STEP_MS = 100;

export interface Simulation {
  progress: () => Progress;
  pause: (until: number | null) => void;
  resume: () => void;
  cancel: () => void;
  stop: () => void;
}

/** A run at a fixed moment, for pictures that must not move. `at`: share done, 0 to 1. */
export function frozenRun(kind: Progress['kind'], at: number, totals: { files: number; bytes: number }): Progress {
  const phases = PHASES[kind];
  const sum = phases.reduce((total, phase) => total + SHARE[phase], 0);
  let left = at * sum;
  let current: Phase = phases[0] ?? 'scan';
  const rows = phases.map((phase) => {
    const share = Math.max(0, Math.min(1, left / SHARE[phase]));
    left -= SHARE[phase];
    const state = share >= 1 ? ('done' as const) : share > 0 ? ('running' as const) : ('waiting' as const);
    if (state === 'running') current = phase;
    const scanning = phase === 'scan' && share < 1;
    const heavy = phase === 'upload' || phase === 'restore';
    const files = phase === 'finish' ? 0 : heavy ? totals.files * 0.4 : totals.files;
    const bytes = heavy ? totals.bytes * 0.4 : phase === 'verify' ? totals.bytes * 0.01 : totals.bytes;
    return {
      phase,
      state,
      files: Math.round(files * share),
      bytes: Math.round(bytes * share),
      totalFiles: scanning ? null : Math.round(files),
      totalBytes: scanning ? null : Math.round(bytes),
    };
  });
  const samples = Math.max(2, Math.min(120, Math.round(at * 160)));
  const rateHistory = Array.from(
    { length: samples },
    (_, i) => 19.4e6 + 6e6 * Math.sin(i / 7) + 3e6 * Math.sin(i / 2.3) - (i > 60 && i < 70 ? 13e6 : 0),
  );
  return {
    runId: 'run-now',
    kind,
    state: 'running',
    phase: current,
    phases: rows,
    currentPath: '/home/maren/Pictures/2026/2026-11 Lofoten/DSC_4417.NEF',
    startedAt: Date.now() - samples * 1000,
    elapsedMs: samples * 1000,
    rate: rateHistory[rateHistory.length - 1] ?? null,
    rateHistory,
    destinations: [],
    etaMs: samples > 30 ? (1 - at) * 400_000 : null,
    newBytes: Math.round(totals.bytes * 0.4 * at),
    storedBytes: Math.round(totals.bytes * 0.31 * at),
    skipped: 0,
    pausedUntil: null,
    error: null,
  };
}

/**
 * Starts a run that takes `lengthMs` and reports at every step.
 * @param ended called once, with the last progress, when it is done or stopped
 */
export function simulate(
  kind: Progress['kind'],
  lengthMs: number,
  totals: { files: number; bytes: number },
  report: (progress: Progress) => void,
  ended: (progress: Progress) => void,
): Simulation {
  const startedAt = Date.now();
  let active = 0;
  let state: Progress['state'] = 'running';
  let pausedUntil: number | null = null;
  const now = (): Progress => {
    const at = Math.min(0.999, active / lengthMs);
    const base = frozenRun(kind, at, totals);
    const history = base.rateHistory.slice(-Math.max(1, Math.floor(active / 1000)));
    return {
      ...base,
      state,
      startedAt,
      elapsedMs: Date.now() - startedAt,
      rateHistory: history,
      rate: state === 'running' ? base.rate : null,
      etaMs: active > 4000 ? lengthMs - active : null,
      pausedUntil,
    };
  };
  const finish = (last: Progress['state']): void => {
    clearInterval(timer);
    state = last;
    const progress = now();
    const phases = progress.phases.map((row) =>
      last === 'done'
        ? { ...row, state: 'done' as const, files: row.totalFiles ?? row.files, bytes: row.totalBytes ?? row.bytes }
        : row,
    );
    ended({ ...progress, state: last, phases });
  };
  const timer = setInterval(() => {
    if (state === 'pausing') state = 'paused';
    if (state === 'stopping') return finish('stopped');
    if (state === 'running') active += STEP_MS;
    if (active >= lengthMs) return finish('done');
    report(now());
  }, STEP_MS);
  return {
    progress: now,
    pause: (until) => {
      state = 'pausing';
      pausedUntil = until;
      report(now());
    },
    resume: () => {
      state = 'running';
      pausedUntil = null;
      report(now());
    },
    cancel: () => {
      state = 'stopping';
      report(now());
    },
    stop: () => clearInterval(timer),
  };
}
