/** The plans as window and tray show them, and how each stands. */
import type { AppState } from '../ipc/services.ts';
import type { Capabilities } from '../ipc/capabilities.ts';
import { runSummary } from '../ipc/shapes.ts';
import type { ActivityLog, RunRecord } from '../jobs/activity.ts';
import type { Backups } from '../jobs/backups.ts';
import type { ConfigStore } from '../jobs/config.ts';
import type { Destinations } from '../jobs/destinations.ts';
import type { Health, HealthFacts, NextBackup } from '../jobs/health-facts.ts';
import { healthOf } from '../jobs/health.ts';
import { healthOfPlans } from '../jobs/plan-health.ts';
import { type BackupPlan, FIRST_PLAN, plansOf } from '../jobs/plans.ts';
import type { JobRunner } from '../jobs/runner.ts';
import { runsOfPlan } from '../jobs/schedule/history.ts';
import type { Scheduler } from '../jobs/schedule/scheduler.ts';
import { destinationHealth } from './shown-destinations.ts';
import { say, sentences } from '../words/say.ts';

export interface PlansShown {
  config: ConfigStore;
  activity: Pick<ActivityLog, 'list'>;
  backups: Pick<Backups, 'held' | 'paused'>;
  destinations: Destinations;
  runner: Pick<JobRunner, 'activePlan' | 'backupOf' | 'progress'>;
  scheduler: Pick<Scheduler, 'nextRunMs' | 'waitsFor' | 'of'>;
  capabilities: Capabilities;
}

/** What is true of the computer and every plan. */
export type SharedFacts = Pick<HealthFacts, 'nowMs' | 'paused' | 'capability' | 'notRestored' | 'damaged' | 'vault'>;

/** The name of a plan; of the one that nobody has named yet in the app's language. */
const planName = ({ id, name }: BackupPlan): string =>
  id === FIRST_PLAN.id && name === FIRST_PLAN.name ? say(name) : name;

/** The one health: with several plans that of the worst. */
export function healthOfAll(parts: PlansShown, shared: SharedFacts): Health {
  const plans = plansOf(parts.config.value);
  if (plans.length === 0) return healthOf(beforeSetUp(parts, shared));
  const all = plans.map((plan) => ({ name: planName(plan), health: healthOf(factsOf(parts, plan, shared)) }));
  return healthOfPlans(all);
}

export function shownPlans(parts: PlansShown, shared: SharedFacts): AppState['plans'] {
  return plansOf(parts.config.value).map((plan) => {
    const { id, excludes, where, when, keep } = plan;
    const last = runsOf(parts, plan, shared.nowMs).find(isFinished);
    return {
      id,
      name: planName(plan),
      sources: plan.sources.map((source) => parts.capabilities.place(source)),
      excludes: [...excludes],
      where: where === null ? null : [...where],
      when,
      keep,
      health: healthOf(factsOf(parts, plan, shared)),
      lastBackup: last === undefined ? null : runSummary(last),
      ...parts.scheduler.of(id),
      doing: parts.runner.activePlan() === id ? 'running' : parts.runner.backupOf(id) === null ? 'nothing' : 'queued',
    };
  });
}

/** When the next backup starts, and what it waits for where none is near: with several plans under its name. */
export function nextOfAll({ config, scheduler }: PlansShown): Pick<AppState, 'nextRunMs' | 'waitsFor'> {
  const plans = plansOf(config.value);
  const { nextRunMs, waitsFor } = scheduler;
  if (plans.length < 2 || waitsFor === null) return { nextRunMs, waitsFor };
  if (nextRunMs !== null) return { nextRunMs, waitsFor: null };
  const waits = plans.find(({ id }) => scheduler.of(id).waitsFor !== null);
  const name = waits === undefined ? '' : planName(waits);
  return { nextRunMs, waitsFor: { ...waitsFor, line: `${name}: ${waitsFor.line}` } };
}

/** Up to now: one of a later time was told by a wrong clock, and would hide for as long what happens since. */
function runsOf({ activity }: PlansShown, { id }: BackupPlan, nowMs: number): RunRecord[] {
  return runsOfPlan(activity.list(), id).filter(({ startedAt }) => startedAt <= nowMs);
}

const isFinished = ({ result }: RunRecord): boolean => result.startsWith('done');

function factsOf(parts: PlansShown, plan: BackupPlan, shared: SharedFacts): HealthFacts {
  const { runner, backups, destinations } = parts;
  const runs = runsOf(parts, plan, shared.nowMs);
  const last = runs.find(({ result }) => result !== 'running');
  const finished = runs.find(isFinished);
  const progress = runner.progress();
  const live = progress !== null && ['running', 'pausing', 'paused', 'stopping'].includes(progress.state);
  const mine = runner.activePlan() === plan.id;
  const lastResult = last?.result ?? null;
  return {
    ...shared,
    setUp: true,
    running: live && mine && shared.paused === null && !backups.held ? progress.kind : null,
    lastBackupMs: finished?.endedAt ?? null,
    lastResult: lastResult === 'running' ? null : lastResult,
    lastErrorMessage: last?.error == null ? null : sentences(last.error),
    takenOver: last?.error?.code === 'taken-over',
    skipped: finished?.skippedCount ?? 0,
    destinations: destinationHealth(destinations, plan.destinations),
    next: nextOf(parts, plan, mine),
  };
}

function nextOf({ scheduler, backups }: PlansShown, { id, when }: BackupPlan, mine: boolean): NextBackup | null {
  if (when.schedule.every === 'hand') return null;
  const { nextRunMs, waitsFor } = scheduler.of(id);
  return { startsMs: nextRunMs, waits: waitsFor?.line ?? null, resting: mine && backups.held };
}

function beforeSetUp({ destinations }: PlansShown, shared: SharedFacts): HealthFacts {
  return {
    ...shared,
    setUp: false,
    running: null,
    lastBackupMs: null,
    lastResult: null,
    lastErrorMessage: null,
    skipped: 0,
    destinations: destinationHealth(destinations),
    next: null,
  };
}
