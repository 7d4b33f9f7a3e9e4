/** The scheduler on a clock that the test turns, in surroundings that it sets. */
import { beforeEach, describe, expect, it } from 'vitest';
import { newRunRecord, type RunRecord } from '../../main/jobs/activity.ts';
import { DEFAULT_CONFIG, type Config, type PlannedDestination } from '../../main/jobs/config.ts';
import { NOT_LOOKED_AT, type DestinationStatus } from '../../main/jobs/destination-status.ts';
import { nextRun, spreadOf } from '../../main/jobs/schedule/next-run.ts';
import { Scheduler, TIMING } from '../../main/jobs/schedule/scheduler.ts';
import { UNKNOWN, type SurroundingsNow, type Wanted } from '../../main/jobs/schedule/surroundings.ts';
import { DEFAULT_WHEN, type Conditions, type Schedule } from '../../main/jobs/schedule/when.ts';
import { plannedFolder } from '../support/chosen-place.ts';
import { FakeClock } from '../support/fake-clock.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const CLIENT = '11'.repeat(16);
/** Local time: the middle of a day. */
const START = new Date(2026, 5, 1, 12).getTime();

const server: PlannedDestination = {
  id: 'd2',
  name: 'Loft',
  place: { kind: 'webdav', url: 'https://loft.example/', user: 'ada', certificate: null },
  limits: { sendBytes: null, receiveBytes: null, requests: null },
};

/** A computer of which everything that the scheduler asks can be set. */
class World {
  readonly clock = new FakeClock(START);
  runs: RunRecord[] = [];
  startedBy: 'person' | 'schedule' | null = null;
  running = 'first';
  paused: { untilMs: number | null } | null = null;
  held = false;
  busy = false;
  starts: number[] = [];
  status = new Map<string, Partial<DestinationStatus>>();
  looks: boolean[] = [];
  mayWrite = true;
  around: SurroundingsNow = { ...UNKNOWN };
  asked: Wanted[] = [];
  readonly surroundings = {
    read: async (wanted: Wanted): Promise<SurroundingsNow> => {
      this.asked.push(wanted);
      return this.around;
    },
  };
  config: Config = {
    ...DEFAULT_CONFIG,
    plan: {
      destinations: [plannedFolder('/media/disk')],
      sources: ['/home/ada'],
      excludes: [],
      repoId: '00'.repeat(16),
      repoCreatedMs: 0,
      clientId: CLIENT,
    },
  };
  readonly scheduler = this.restart();

  restart(): Scheduler {
    const at = (): Config => this.config;
    return new Scheduler({
      config: {
        get value() {
          return at();
        },
      },
      runs: () => this.runs,
      backups: {
        paused: () => this.paused,
        startedBy: () => this.startedBy,
        runningPlan: () => (this.startedBy === null ? null : this.running),
        startScheduled: (planId = 'first') => {
          this.starts.push(this.clock.now());
          this.running = planId;
          this.startedBy = 'schedule';
          return true;
        },
        hold: (held) => {
          this.held = held;
        },
      },
      busy: () => this.busy || this.startedBy !== null,
      destinations: {
        status: (id) => ({ ...NOT_LOOKED_AT, ...this.status.get(id) }),
        look: async (servers) => {
          this.looks.push(servers);
          return false;
        },
      },
      mayWrite: async () => this.mayWrite,
      surroundings: this.surroundings,
      clock: this.clock,
      changed: () => undefined,
    });
  }

  when(change: { schedule?: Schedule; conditions?: Partial<Conditions> }): void {
    const { schedule, conditions } = this.config.when;
    this.config = {
      ...this.config,
      when: { schedule: change.schedule ?? schedule, conditions: { ...conditions, ...change.conditions } },
    };
  }

  to(...destinations: PlannedDestination[]): void {
    const { plan } = this.config;
    if (plan !== null) this.config = { ...this.config, plan: { ...plan, destinations } };
  }

  /** The run that is going on ends so. */
  async end(result: RunRecord['result'] = 'done'): Promise<void> {
    const startedAt = this.starts.at(-1) ?? this.clock.now();
    this.past(startedAt, result);
    this.startedBy = null;
    await this.scheduler.look();
  }

  past(startedAt: number, result: RunRecord['result'] = 'done'): void {
    this.runs.unshift({
      ...newRunRecord(`r${this.runs.length}`, 'backup', startedAt, ''),
      result,
      endedAt: this.clock.now(),
    });
  }

  async advance(ms: number): Promise<void> {
    this.clock.advance(ms);
    await this.scheduler.look();
  }
}

let world: World;
beforeEach(() => {
  world = new World();
});

describe('a schedule', () => {
  it('starts nothing before it was begun, and nothing after its end', async () => {
    await world.scheduler.look();
    await world.advance(10 * HOUR);
    await world.scheduler.settle();
    world.scheduler.end();
    await world.advance(10 * HOUR);
    expect(world.starts).toEqual([]);
    expect(world.clock.waiting).toBe(0);
  });

  it('starts a missed backup some minutes after the start of the app, then one an hour', async () => {
    world.past(START - 30 * HOUR);
    await world.scheduler.settle();
    expect(world.scheduler.nextRunMs).toBe(START + TIMING.settleMs);
    world.clock.advance(TIMING.settleMs - 1);
    expect(world.starts).toEqual([]);
    world.clock.advance(1);
    await world.scheduler.look();
    expect(world.starts).toEqual([START + TIMING.settleMs]);
    expect(world.scheduler.nextRunMs).toBeNull();
    await world.end();
    const next = world.scheduler.nextRunMs ?? 0;
    expect(Math.abs(next - START - HOUR)).toBeLessThanOrEqual(HOUR / 2 + TIMING.settleMs);
    world.clock.advance(next - world.clock.now());
    await world.scheduler.look();
    expect(world.starts).toEqual([START + TIMING.settleMs, next]);
  });

  it('goes by the time on the clock, however it was set', async () => {
    world.past(START - MINUTE);
    await world.scheduler.settle();
    const expected = nextRun({
      schedule: DEFAULT_WHEN.schedule,
      quiet: null,
      spreadMs: spreadOf(CLIENT),
      lastMs: START - MINUTE,
      retryMs: null,
      readyMs: 0,
      nowMs: START,
    });
    expect(world.scheduler.nextRunMs).toBe(expected);
    // No timer runs longer than this, so a clock that was set is noticed.
    expect(world.clock.waiting).toBe(1);
    world.clock.advance(TIMING.mostMs);
    await world.scheduler.look();
    expect(world.clock.waiting).toBe(1);
  });

  it('is put off no further by a clock that is set back after the start', async () => {
    world.past(START - 400 * 24 * HOUR);
    world.clock.advance(300 * 24 * HOUR);
    await world.scheduler.settle();
    const ahead = world.clock.now;
    world.clock.now = () => ahead.call(world.clock) - 300 * 24 * HOUR;
    await world.scheduler.look();
    expect(world.scheduler.nextRunMs).toBe(START + TIMING.settleMs);
  });

  it('goes on looking where a look fails, and starts nothing once it is over', async () => {
    let fails = true;
    let end = (): void => undefined;
    const { read } = world.surroundings;
    world.surroundings.read = async (wanted) => {
      end();
      if (fails) throw new Error('no room');
      return await read(wanted);
    };
    await world.scheduler.settle();
    await world.advance(HOUR);
    expect([world.starts, world.clock.waiting]).toEqual([[], 1]);
    end = () => world.scheduler.end();
    fails = false;
    await world.advance(HOUR);
    expect(world.starts).toEqual([]);
  });

  it('settles again where its timer shows that the computer slept', async () => {
    world.past(START - MINUTE);
    await world.scheduler.settle();
    // As a sleep does it: time has passed, and the timer comes late.
    const late = world.clock.now;
    world.clock.now = () => late.call(world.clock) + 5 * HOUR;
    world.clock.advance(TIMING.mostMs);
    await world.scheduler.look();
    expect(world.starts).toEqual([]);
    expect(world.scheduler.nextRunMs).toBe(world.clock.now() + TIMING.settleMs);
  });

  it('starts nothing where only a person does, or nothing is set up', async () => {
    world.when({ schedule: { every: 'hand' } });
    await world.scheduler.settle();
    await world.advance(100 * HOUR);
    expect([world.starts, world.scheduler.nextRunMs]).toEqual([[], null]);
    world.when({ schedule: { every: 'hours', hours: 1 } });
    world.config = { ...world.config, plan: null };
    await world.advance(HOUR);
    expect(world.starts).toEqual([]);
  });

  it('waits for whatever runs, and starts when that has ended', async () => {
    world.busy = true;
    await world.scheduler.settle();
    await world.advance(HOUR);
    expect(world.starts).toEqual([]);
    world.busy = false;
    await world.scheduler.look();
    expect(world.starts).toHaveLength(1);
  });

  it('respects a pause, and says when backups go on', async () => {
    const untilMs = START + 5 * HOUR;
    world.paused = { untilMs };
    await world.scheduler.settle();
    await world.advance(HOUR);
    expect(world.starts).toEqual([]);
    expect(world.scheduler.nextRunMs).toBe(untilMs);
    world.paused = { untilMs: null };
    await world.scheduler.look();
    expect(world.scheduler.nextRunMs).toBeNull();
    world.paused = null;
    await world.scheduler.look();
    expect(world.starts).toHaveLength(1);
  });

  it('tries again with growing pauses after failures', async () => {
    await world.scheduler.settle();
    world.clock.advance(TIMING.settleMs);
    await world.scheduler.look();
    for (const minutes of [5, 15, 45]) {
      await world.end('failed');
      expect(world.scheduler.nextRunMs).toBe(world.clock.now() + minutes * MINUTE);
      await world.advance(minutes * MINUTE);
    }
    expect(world.starts).toHaveLength(4);
  });
});

describe('conditions', () => {
  const settled = async (): Promise<void> => {
    await world.scheduler.settle();
    await world.advance(TIMING.settleMs);
  };
  const mains = { power: { kind: 'mains' } } as const;

  it('hold back what is due, say why, and let it start as soon as they pass', async () => {
    world.when({ conditions: mains });
    world.around = { ...UNKNOWN, onBattery: true, batteryPercent: 90 };
    await settled();
    expect(world.scheduler.waitsFor).toEqual({
      reason: 'power',
      line: 'Waits until this computer is plugged in.',
    });
    expect(world.scheduler.nextRunMs).toBeNull();
    world.around = { ...UNKNOWN, onBattery: false, batteryPercent: 90 };
    await world.advance(TIMING.heldMs);
    expect(world.starts).toHaveLength(1);
    expect(world.scheduler.waitsFor).toBeNull();
  });

  it('let a run of the schedule rest and go on, but not a person’s', async () => {
    world.when({ conditions: mains });
    await settled();
    world.around = { ...UNKNOWN, onBattery: true };
    await world.advance(TIMING.runningMs);
    expect([world.held, world.scheduler.waitsFor?.reason]).toEqual([true, 'power']);
    world.around = { ...UNKNOWN, onBattery: false };
    await world.advance(TIMING.runningMs);
    expect([world.held, world.scheduler.waitsFor]).toEqual([false, null]);
    world.around = { ...UNKNOWN, onBattery: true };
    world.startedBy = 'person';
    await world.advance(TIMING.runningMs);
    expect([world.held, world.scheduler.waitsFor]).toEqual([false, null]);
  });

  it('of a battery hold below the level only', async () => {
    world.around = { ...UNKNOWN, onBattery: true, batteryPercent: 29 };
    await settled();
    expect(world.scheduler.waitsFor?.line).toBe('Waits until this computer is plugged in: its battery is below 30%.');
    world.around = { ...UNKNOWN, onBattery: true, batteryPercent: 30 };
    await world.advance(TIMING.heldMs);
    expect(world.starts).toHaveLength(1);
  });

  it('of networks count only where a destination lies behind one', async () => {
    world.around = { ...UNKNOWN, metered: true };
    await settled();
    expect(world.starts).toHaveLength(1);
    expect(world.asked.at(-1)).toEqual({ power: true, metered: false, wifi: false });
    await world.end();
    world.to(server);
    await world.advance(2 * HOUR);
    expect(world.scheduler.waitsFor?.line).toBe('Waits for a network that isn’t metered.');
    expect(world.starts).toHaveLength(1);
  });

  it.each([
    ['only', ['home', 'office'], 'train', 'Waits for the Wi-Fi “home” or “office”, or a cable.'],
    ['only', ['home'], 'home', null],
    ['only', ['home'], null, null],
    ['never', ['train'], 'train', 'Waits until you are on another network than “train”.'],
    ['never', ['train'], 'home', null],
    ['never', [], 'home', null],
  ] as const)('of Wi-Fi: %s %j on %s', async (kind, names, wifi, line) => {
    world.to(server);
    world.when({ conditions: { wifi: { kind, names: [...names] } } });
    world.around = { ...UNKNOWN, wifi };
    await settled();
    expect(world.scheduler.waitsFor?.line ?? null).toBe(line);
    expect(world.starts).toHaveLength(line === null ? 1 : 0);
  });

  it('that can’t be told hold nothing back', async () => {
    world.to(server);
    world.when({ conditions: { ...mains, wifi: { kind: 'only', names: ['home'] } } });
    await settled();
    expect(world.starts).toHaveLength(1);
  });

  it('of quiet hours move the next start to their end, and let a run rest', async () => {
    const from = (13 * 60) % 1440;
    world.when({ conditions: { quiet: { from, to: 15 * 60 } } });
    await settled();
    world.clock.advance(HOUR - TIMING.settleMs);
    await world.scheduler.look();
    expect([world.held, world.scheduler.waitsFor?.line]).toEqual([
      true,
      'Waits until 15:00, when your quiet hours end.',
    ]);
    await world.end('stopped');
    const next = new Date(world.scheduler.nextRunMs ?? 0);
    expect([next.getHours(), next.getMinutes() < 10]).toEqual([15, true]);
  });

  it('wait for a place that is away, which is no failure, and for a sign-in', async () => {
    world.status.set('d1', { presence: 'away' });
    await settled();
    expect(world.scheduler.waitsFor).toEqual({ reason: 'destination', line: 'Waits until disk can be reached.' });
    expect(world.looks).toEqual([true]);
    world.to(plannedFolder('/media/disk'), server);
    world.status.set('d2', { presence: 'sign-in' });
    await world.scheduler.look();
    expect(world.scheduler.waitsFor).toEqual({ reason: 'sign-in', line: 'Waits until you sign in to Loft again.' });
    world.status.set('d2', { presence: 'present' });
    await world.scheduler.look();
    expect(world.starts).toHaveLength(1);
    expect(world.looks).toEqual([true]);
  });

  it('wait for the key where this computer may not write', async () => {
    world.mayWrite = false;
    await settled();
    expect(world.scheduler.waitsFor?.reason).toBe('key');
    expect(world.starts).toEqual([]);
  });

  it('hold for what else starts by itself', async () => {
    world.when({ conditions: mains });
    expect(await world.scheduler.mayRun()).toBe(true);
    world.around = { ...UNKNOWN, onBattery: true };
    expect(await world.scheduler.mayRun()).toBe(false);
  });
});

describe('several plans', () => {
  const weekly: Schedule = { every: 'week', days: [1], at: 13 * 60 }; // START is a Monday, at noon
  const photos = {
    id: 'photos',
    name: 'Photos',
    sources: ['/home/ada/Pictures'],
    excludes: [],
    where: ['d2'],
    clientId: '22'.repeat(16),
    when: { schedule: weekly, conditions: DEFAULT_WHEN.conditions },
    keep: null,
  };

  beforeEach(() => {
    world.to(plannedFolder('/media/disk'), server);
    world.config = { ...world.config, furtherPlans: [photos] };
  });

  const ran = (plan: string, startedAt: number): void => {
    world.runs.unshift({
      ...newRunRecord(`r${world.runs.length}`, 'backup', startedAt, '', { id: plan, name: plan }),
      result: 'done',
      endedAt: startedAt + MINUTE,
    });
  };

  it('each follow their own times and their own runs', async () => {
    ran('first', START - 10 * MINUTE);
    ran('photos', START - 7 * 24 * HOUR);
    await world.scheduler.settle();
    // Last Monday’s began at noon, its time came at one: that one was missed.
    expect(world.scheduler.of('photos').nextRunMs).toBe(START + TIMING.settleMs);
    await world.advance(TIMING.settleMs);
    expect([world.running, world.starts.length]).toEqual(['photos', 1]);
    expect(world.scheduler.of('first').nextRunMs).toBeGreaterThan(START);
    world.startedBy = null;
    ran('photos', world.starts[0] ?? 0);
    await world.scheduler.look();
    expect(world.scheduler.of('photos').nextRunMs).toBe(START + HOUR);
    expect(world.scheduler.nextRunMs).toBe(
      Math.min(START + HOUR, world.scheduler.of('first').nextRunMs ?? Number.POSITIVE_INFINITY),
    );
  });

  it('wait for their own conditions and places, without holding up each other', async () => {
    ran('photos', START - 14 * 24 * HOUR);
    ran('first', START - 3 * HOUR);
    world.around = { ...UNKNOWN, metered: true };
    world.status.set('d1', { presence: 'away' });
    world.config = { ...world.config, plan: world.config.plan && { ...world.config.plan, where: ['d1'] } };
    await world.scheduler.settle();
    await world.advance(TIMING.settleMs);
    expect(world.starts).toEqual([]);
    expect(world.scheduler.of('photos').waitsFor?.reason).toBe('metered');
    expect(world.scheduler.of('first').waitsFor?.reason).toBe('destination');
    expect(world.scheduler.waitsFor?.reason).toBe('destination');
    world.status.set('d1', { presence: 'present' });
    await world.scheduler.look();
    expect(world.running).toBe('first');
    expect(world.held).toBe(false); // what is metered is nothing to a disk
  });

  it('run one at a time, and the second when the first has ended', async () => {
    await world.scheduler.settle();
    await world.advance(TIMING.settleMs);
    expect([world.running, world.starts.length]).toEqual(['first', 1]);
    await world.advance(HOUR);
    expect(world.starts).toHaveLength(1);
    world.startedBy = null;
    ran('first', world.clock.now());
    await world.scheduler.look();
    expect([world.running, world.starts.length]).toEqual(['photos', 2]);
  });
});
