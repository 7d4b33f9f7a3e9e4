/** The whole state that the window shows, put together from the jobs and the session. */
import { COMPLETE } from '../words/languages.ts';
import type { AppState, StateSource } from '../ipc/services.ts';
import type { Capabilities } from '../ipc/capabilities.ts';
import { runSummary, shownError } from '../ipc/shapes.ts';
import type { ConnectionBandwidth } from '../jobs/bandwidth/bandwidth.ts';
import type { ActivityLog, RunRecord } from '../jobs/activity.ts';
import type { Backups } from '../jobs/backups.ts';
import type { ConfigStore } from '../jobs/config.ts';
import type { Connection } from '../jobs/connection.ts';
import type { Destinations } from '../jobs/destinations.ts';
import type { GoogleSignIns } from '../jobs/google-sign-in.ts';
import type { Health } from '../jobs/health-facts.ts';
import { FIRST_PLAN, plansOf } from '../jobs/plans.ts';
import type { DestinationSpec } from '../jobs/ports.ts';
import type { EngineThreads } from '../jobs/engines.ts';
import type { JobRunner } from '../jobs/runner.ts';
import type { Scheduler } from '../jobs/schedule/scheduler.ts';
import type { KeySession } from '../keys/session.ts';
import type { SecretStore } from '../keys/store.ts';
import type { CapabilityState, KeyAccess } from './key-access.ts';
import { shownDestinations } from './shown-destinations.ts';
import { healthOfAll, nextOfAll, type SharedFacts, shownPlans } from './shown-plans.ts';
import type { VaultOwner } from './vault/owner.ts';

export interface StateParts {
  version: string;
  platform: AppState['platform'];
  computerName: string;
  config: ConfigStore;
  session: KeySession;
  store: SecretStore;
  keys: KeyAccess;
  activity: ActivityLog;
  runner: JobRunner;
  backups: Backups;
  connection: Connection;
  destinations: Destinations;
  signIns: Pick<GoogleSignIns, 'current'>;
  scheduler: Pick<Scheduler, 'nextRunMs' | 'waitsFor' | 'of'>;
  bandwidth: Pick<ConnectionBandwidth, 'rules' | 'now'>;
  /** Called when a destination that was away is there again. */
  cameBack: () => void;
  engines: EngineThreads;
  capabilities: Capabilities;
  vault: VaultOwner;
  /** True where the vault on this computer is offered. */
  embeddedVault: boolean;
  care: () => AppState['care'];
  background: () => AppState['background'];
  alarms: () => AppState['alarms'];
  updates: () => AppState['updates'];
  /** Called after `refresh()` found out something. */
  changed: () => void;
}

export class AppStateSource implements StateSource {
  readonly #parts: StateParts;
  #snapshotCount = 0;
  #capability: CapabilityState = 'missing';
  #refreshing: Promise<void> | null = null;

  constructor(parts: StateParts) {
    this.#parts = parts;
  }

  current(): AppState {
    const { config, session, store, runner, backups, connection } = this.#parts;
    const { plan, settings, keySavedMs } = config.value;
    const lastBackup = this.#lastFinished();
    const connected = connection.current();
    const progress = runner.progress();
    const paused = backups.paused();
    return {
      phase: plan === null ? 'new' : 'ready',
      platform: this.#parts.platform,
      version: this.#parts.version,
      computerName: this.#parts.computerName,
      locked: session.locked,
      lockAt: session.lockAt,
      keychain: { kind: store.kind, message: store.message },
      health: this.health(),
      destinations: shownDestinations(this.#parts),
      sources: (plan?.sources ?? []).map((source) => this.#parts.capabilities.place(source)),
      excludes: [...(plan?.excludes ?? [])],
      settings: { ...settings },
      languages: [...COMPLETE],
      repository:
        connected === null ? null : { id: connected.repoId, createdAt: connected.createdMs, keySavedAt: keySavedMs },
      vault: this.#parts.vault.state(),
      embeddedVault: this.#parts.embeddedVault,
      registering: this.#parts.vault.registering,
      progress: progress === null ? null : { ...progress, error: shownError(progress.error) },
      signIn: this.#parts.signIns.current(),
      lastBackup: lastBackup === undefined ? null : runSummary(lastBackup),
      snapshotCount: this.#snapshotCount,
      skippedCount: lastBackup?.skippedCount ?? 0,
      pausedUntil: paused?.untilMs ?? null,
      care: this.#parts.care(),
      when: config.value.when,
      plans: shownPlans(this.#parts, this.#sharedFacts()),
      ...nextOfAll(this.#parts),
      bandwidth: this.#bandwidth(),
      background: this.#parts.background(),
      alarms: this.#parts.alarms(),
      updates: this.#parts.updates(),
    };
  }

  /**
   * Looks at everything that may have changed: destination and its contents, keychain. Called after runs, unlocking
   * and changes of the plan. One look at a time. Never rejects.
   */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#lookAtAll().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  /** One look at whether the destinations are there; at everything if one came back. Never rejects. */
  async glance(): Promise<void> {
    const { config, destinations } = this.#parts;
    if (config.value.plan === null || this.#refreshing !== null) return;
    if (!(await destinations.look(false))) return;
    await this.refresh();
    this.#parts.cameBack();
  }

  async #lookAtAll(): Promise<void> {
    const { config, connection, destinations, keys, runner } = this.#parts;
    const plan = config.value.plan;
    if (plan !== null) {
      this.#capability = worstOf(
        await Promise.all(plansOf(config.value).map(async ({ clientId }) => await keys.capabilityState(clientId))),
      );
      await destinations.look(true);
      const reading = destinations.reading();
      if (destinations.status(reading.id).presence === 'present' && !runner.active().includes('backup')) {
        this.#snapshotCount = (await this.#ownSnapshots()) ?? this.#snapshotCount;
        await this.#lookAtVault(connection.require().destination);
        await destinations.measure();
      }
    }
    this.#parts.changed();
  }

  /** Whether the repository still names the vault that the plan knows; a repository that can't be read tells nothing. */
  async #lookAtVault(spec: DestinationSpec): Promise<void> {
    try {
      const { vault, behind } = await this.#parts.connection.inspect(spec);
      // A place that missed a change names what was before it.
      if (behind !== true) this.#parts.vault.noticed(vault);
    } catch {
      // The next run says what is wrong with it.
    }
  }

  /** Snapshots that this computer may list without the key; null where that fails, which the next run will tell. */
  async #ownSnapshots(): Promise<number | null> {
    if (this.#capability === 'missing') return null;
    let count = 0;
    for (const { plan, destination } of this.#parts.connection.eachPlan()) {
      const engine = this.#parts.engines.fresh();
      try {
        const access = await this.#parts.keys.writeAccess(plan.clientId);
        const running = engine.run('snapshots', { destination, access });
        access.capability.fill(0);
        count += (await running).length;
      } catch {
        return null;
      } finally {
        await engine.end();
      }
    }
    return count;
  }

  #lastFinished(): RunRecord | undefined {
    // Not of a plan that was removed: what it stored protects nobody from now on.
    const plans = plansOf(this.#parts.config.value).map(({ id }) => id);
    return this.#newest('backup', ({ result, plan }) => {
      return result.startsWith('done') && plans.includes(plan?.id ?? FIRST_PLAN.id);
    });
  }

  #bandwidth(): AppState['bandwidth'] {
    const { rules, now } = this.#parts.bandwidth;
    const { untilMs, ...rates } = now;
    return { ...structuredClone(rules), now: { ...rates, until: untilMs } };
  }

  /** What the newest run of this kind that came to its end has found to be wrong. */
  #newestFound(kind: 'drill' | 'verify'): number {
    return this.#newest(kind, ({ result }) => result.startsWith('done'))?.skippedCount ?? 0;
  }

  /** Up to now: one of a later time was told by a wrong clock, and would hide for as long what happens since. */
  #newest(kind: RunRecord['kind'], test: (run: RunRecord) => boolean): RunRecord | undefined {
    const nowMs = Date.now();
    return this.#parts.activity.newest(kind, (run) => run.startedAt <= nowMs && test(run));
  }

  /** The one health, with its cause: with several plans that of the worst. */
  health(): Health {
    return healthOfAll(this.#parts, this.#sharedFacts());
  }

  #sharedFacts(): SharedFacts {
    const { config, backups, vault } = this.#parts;
    const setUp = config.value.plan !== null;
    return {
      nowMs: Date.now(),
      paused: backups.paused(),
      capability: setUp ? this.#capability : 'kept',
      notRestored: this.#newestFound('drill'),
      damaged: this.#newestFound('verify'),
      vault: setUp ? vault.state() : null,
    };
  }
}

/** Of every plan: one that cannot back up is told, whichever it is. */
function worstOf(states: readonly CapabilityState[]): CapabilityState {
  return (['missing', 'memory'] as const).find((state) => states.includes(state)) ?? 'kept';
}
