import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EnginePhase, ProgressEvent } from '../../main/engine/api.ts';
import { ProgressTracker } from '../../main/jobs/progress.ts';
import { RateMeter } from '../../main/jobs/rate.ts';

const MB = 1e6;

function progress(phase: EnginePhase, bytes: number, totalBytes: number | null = null): ProgressEvent {
  return {
    type: 'progress',
    phase,
    files: 1,
    bytes,
    totalFiles: null,
    totalBytes,
    newBytes: bytes,
    storedBytes: bytes / 2,
    skipped: 0,
    currentPath: '/home/ada/notes.txt',
  };
}

describe('rate', () => {
  it('is unknown for the first second, then the mean of the last five', () => {
    const meter = new RateMeter();
    meter.add(0, 0);
    meter.add(500, 5 * MB);
    expect(meter.rate()).toBeNull();
    for (let s = 1; s <= 20; s++) meter.add(s * 1000, s * 10 * MB);
    expect(meter.rate()).toBeCloseTo(10 * MB);
    for (let s = 21; s <= 25; s++) meter.add(s * 1000, (200 + (s - 20) * 20) * MB);
    expect(meter.rate()).toBeCloseTo(20 * MB);
  });

  it('takes one sample a second and keeps 120', () => {
    const meter = new RateMeter();
    for (let ms = 0; ms <= 300_000; ms += 100) meter.add(ms, ms * 1000);
    expect(meter.history()).toHaveLength(120);
    for (const sample of meter.history()) expect(sample).toBeCloseTo(MB);
  });

  it('spreads a late report over the seconds it covers', () => {
    const meter = new RateMeter();
    meter.add(0, 0);
    meter.add(4000, 8 * MB);
    expect(meter.history()).toEqual([2 * MB, 2 * MB, 2 * MB, 2 * MB]);
  });

  it('samples add up to what passed, whatever the rhythm of the reports', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 0, max: 1000 })), { maxLength: 40 }),
        (steps) => {
          const meter = new RateMeter();
          let at = 0;
          let bytes = 0;
          meter.add(0, 0);
          for (const [ms, more] of steps) meter.add((at += ms), (bytes += more));
          const history = meter.history();
          expect(history).toHaveLength(Math.min(120, Math.floor(at / 1000)));
          for (const sample of history) expect(sample).toBeGreaterThanOrEqual(0);
          if (history.length < 120)
            expect(history.reduce((sum, sample) => sum + sample, 0)).toBeLessThanOrEqual(bytes + 1e-6);
        },
      ),
    );
  });

  it('tells a remaining time only after 30 s of a stable rate', () => {
    const meter = new RateMeter();
    for (let s = 0; s < 30; s++) meter.add(s * 1000, s * MB);
    expect(meter.etaMs(60 * MB)).toBeNull();
    meter.add(30_000, 30 * MB);
    expect(meter.etaMs(60 * MB)).toBeCloseTo(60_000);
  });

  it('tells none while the rate changes a lot, or stands still', () => {
    const faster = new RateMeter();
    for (let s = 0; s <= 60; s++) faster.add(s * 1000, s * s * MB);
    expect(faster.etaMs(100 * MB)).not.toBeNull();
    const jumpy = new RateMeter();
    for (let s = 0; s <= 45; s++) jumpy.add(s * 1000, (s <= 30 ? s : 30 + (s - 30) * 10) * MB);
    expect(jumpy.etaMs(100 * MB)).toBeNull();
    const still = new RateMeter();
    for (let s = 0; s <= 60; s++) still.add(s * 1000, 5 * MB);
    expect(still.etaMs(100 * MB)).toBeNull();
  });
});

describe('progress of a run', () => {
  it('goes through its phases, each with its own numbers', () => {
    const tracker = new ProgressTracker('r', 'backup', 0);
    tracker.event(progress('scan', 10), 100);
    tracker.event({ type: 'phase', phase: 'upload' }, 200);
    tracker.event(progress('upload', 500, 1000), 300);
    const shown = tracker.snapshot(400);
    expect(shown.phase).toBe('upload');
    expect(shown.phases.map((phase) => [phase.phase, phase.state, phase.bytes])).toEqual([
      ['scan', 'done', 10],
      ['compare', 'done', 0],
      ['upload', 'running', 500],
      ['finish', 'waiting', 0],
      ['verify', 'waiting', 0],
    ]);
    expect(shown).toMatchObject({
      newBytes: 500,
      storedBytes: 250,
      currentPath: '/home/ada/notes.txt',
      elapsedMs: 400,
    });
  });

  it('shows a phase that the engine brings of its own, in its place', () => {
    const tracker = new ProgressTracker('r', 'restore', 0);
    tracker.event(progress('verify', 1), 1);
    expect(tracker.snapshot(2).phases.map((phase) => phase.phase)).toEqual(['scan', 'restore', 'verify']);
  });

  it('counts skipped items from either kind of event, never backwards', () => {
    const tracker = new ProgressTracker('r', 'backup', 0);
    const item = { path: '/a', reason: 'denied', message: 'm', guidance: 'g' } as const;
    tracker.event({ type: 'skipped', item }, 1);
    tracker.event({ type: 'skipped', item }, 2);
    tracker.event(progress('upload', 1), 3);
    expect(tracker.snapshot(4).skipped).toBe(2);
  });

  it('shows no rate and no remaining time while paused, and does not count the pause', () => {
    const tracker = new ProgressTracker('r', 'backup', 0);
    for (let s = 0; s <= 40; s++) tracker.event(progress('upload', s * MB, 100 * MB), s * 1000);
    expect(tracker.snapshot(40_000)).toMatchObject({ rate: MB, etaMs: 60_000 });
    tracker.pause(40_000, 99_000);
    expect(tracker.snapshot(41_000)).toMatchObject({ state: 'pausing', rate: null, etaMs: null, pausedUntil: 99_000 });
    tracker.rest();
    expect(tracker.snapshot(50_000)).toMatchObject({ state: 'paused', elapsedMs: 40_000 });
    tracker.resume(60_000);
    const resumed = tracker.snapshot(61_000);
    expect(resumed).toMatchObject({ state: 'running', elapsedMs: 41_000, rate: null, pausedUntil: null });
    expect(resumed.rateHistory).toHaveLength(40);
  });

  it('ends once: done, failed with its error, or stopped', () => {
    const done = new ProgressTracker('r', 'verify', 0);
    done.end('done', 5000);
    expect(done.snapshot(9000)).toMatchObject({ state: 'done', elapsedMs: 5000, currentPath: null });
    expect(done.snapshot(9000).phases.every((phase) => phase.state === 'done')).toBe(true);
    const failed = new ProgressTracker('r', 'backup', 0);
    const error = { code: 'destination-full', severity: 'fatal', message: 'm', guidance: 'g' } as const;
    failed.end('failed', 1, error);
    expect(failed.snapshot(2)).toMatchObject({ state: 'failed', error });
    expect(failed.snapshot(2).phases.some((phase) => phase.state === 'done')).toBe(false);
  });
});
