/**
 * Life without a window: what the tray shows, when a notification is due, who else is told, and whether the system
 * starts Holdfast at login. Electron itself is behind ports, so that all of it can be tested.
 */
import { HoldfastError } from '../errors.ts';
import type { AppState, BackgroundState } from '../ipc/services.ts';
import type { Alarms } from '../jobs/alarms/alarms.ts';
import type { BackgroundSettings } from '../jobs/background-settings.ts';
import type { Backups } from '../jobs/backups.ts';
import type { ActivityLog } from '../jobs/activity.ts';
import type { ConfigStore } from '../jobs/config.ts';
import type { Health } from '../jobs/health-facts.ts';
import { FIRST_PLAN, plansOf } from '../jobs/plans.ts';
import type { Clock } from '../jobs/ports.ts';
import type { LoginItem, LoginState } from './login-item.ts';
import { nextNotice, type Notice } from './notices.ts';
import { Throttle } from './throttle.ts';
import { trayModel, type TrayModel } from './tray-menu.ts';

/** The tray follows at most this often: on Linux each change is sent over D-Bus and closes an open menu. */
const TRAY_EVERY_MS = 5_000;

/** At login the panel may start after this program: when to look for it again. */
const LOOK_FOR_TRAY_MS = [5_000, 10_000, 20_000, 40_000, 80_000];

/** What the shell does for it. */
export interface BackgroundShell {
  login: LoginItem;
  /** Whether the desktop shows tray icons. Never rejects. */
  hasTray: () => Promise<boolean>;
  showTray: (model: TrayModel) => void;
  notify: (notice: Notice) => void;
  /** A person looks at the window: it says itself what a notification would. */
  watched: () => boolean;
  /** An installed program, as against a checkout, whose place in the system is its developer's own business. */
  installed: boolean;
}

export interface BackgroundParts {
  shell: BackgroundShell;
  config: ConfigStore;
  activity: Pick<ActivityLog, 'newest'>;
  backups: Pick<Backups, 'start' | 'paused'>;
  alarms: Pick<Alarms, 'healthChanged'>;
  clock: Clock;
  state: () => AppState;
  health: () => Health;
  changed: () => void;
  report: (what: string) => void;
}

export class Background {
  readonly #parts: BackgroundParts;
  readonly #trayTurn: Throttle;
  #tray = false;
  #login: LoginState = 'unknown';
  #begun = false;
  /** It is still to be seen whether a backup goes on that the last quit interrupted. */
  #mayGoOn = true;

  constructor(parts: BackgroundParts) {
    this.#parts = parts;
    this.#trayTurn = new Throttle(TRAY_EVERY_MS, parts.clock, () => {
      parts.shell.showTray(trayModel(parts.state(), parts.clock.now()));
    });
  }

  state(): BackgroundState {
    const { keepRunning, notify } = this.#settings;
    return { keepRunning, notify, startAtLogin: this.#login, tray: this.#tray };
  }

  /** True where the desktop shows the icon. */
  get tray(): boolean {
    return this.#tray;
  }

  /** Once it is known how things stand: before that, nothing would be right that is said. Never rejects. */
  async begin(): Promise<void> {
    const { shell, config, report } = this.#parts;
    const failed = (error: unknown): void => report(`start at login: ${String(error)}`);
    if (config.value.plan !== null && !this.#settings.loginOffered) {
      await this.#keep({ loginOffered: true }).catch(failed);
    }
    // A checkout that is tried out does not put itself in the place of the installed program.
    if (shell.installed) await shell.login.renew().catch(failed);
    await this.look();
    this.#begun = true;
    this.update(this.#parts.state());
    this.#lookForTray(0);
  }

  /** Looks at what may have changed outside: the system's list of what starts at login, and the panel. */
  async look(): Promise<void> {
    const { shell, report } = this.#parts;
    try {
      this.#login = await shell.login.read();
    } catch (error) {
      this.#login = 'unknown';
      report(`start at login: ${String(error)}`);
    }
    if (!this.#tray && (await shell.hasTray())) {
      this.#tray = true;
      if (this.#begun) this.#trayTurn.request();
    }
    this.#parts.changed();
  }

  /** Called with every change of the state. */
  update(state: AppState): void {
    if (!this.#begun) return;
    if (this.#tray) this.#trayTurn.request();
    this.#tell(state);
    this.#offerLogin();
    void this.#goOn();
  }

  /** @throws HoldfastError `internal` where the system refuses */
  async set(change: { [K in 'keepRunning' | 'notify' | 'startAtLogin']?: boolean | undefined }): Promise<void> {
    const { startAtLogin, keepRunning, notify } = change;
    if (startAtLogin !== undefined) await this.#setLogin(startAtLogin);
    await this.#keep({
      ...(keepRunning === undefined ? {} : { keepRunning }),
      ...(notify === undefined ? {} : { notify }),
    });
    await this.look();
  }

  /** It was said what closing the window does. */
  async closingTold(): Promise<void> {
    await this.#keep({ closingTold: true });
  }

  end(): void {
    this.#begun = false;
    this.#trayTurn.end();
  }

  get #settings(): BackgroundSettings {
    return this.#parts.config.value.background;
  }

  async #keep(change: Partial<BackgroundSettings>): Promise<void> {
    await this.#parts.config.update({ background: { ...this.#settings, ...change } });
  }

  /** A change for the worse is told to the person and to the alarms, its end to the alarms alone. */
  #tell({ lastBackup }: AppState): void {
    const { shell, alarms, clock, health, report } = this.#parts;
    const { told } = this.#settings;
    const next = nextNotice(told, { health: health(), lastBackup, nowMs: clock.now() });
    if (next.told === told) return;
    this.#keep({ told: next.told }).catch((error: unknown) => report(`notifications: ${String(error)}`));
    if (next.recovered) alarms.healthChanged('recovered');
    if (next.notice === null) return;
    alarms.healthChanged('problem');
    if (this.#settings.notify && !shell.watched()) shell.notify(next.notice);
  }

  /** A backup that nobody starts protects nobody: with the set-up, starting at login is turned on, once. */
  #offerLogin(): void {
    const { config, shell, report } = this.#parts;
    if (config.value.plan === null || this.#settings.loginOffered) return;
    const turnOn = async (): Promise<void> => {
      await this.#keep({ loginOffered: true });
      if (shell.installed) await this.set({ startAtLogin: true });
    };
    turnOn().catch((error: unknown) => report(`start at login: ${String(error)}`));
  }

  async #setLogin(on: boolean): Promise<void> {
    try {
      await this.#parts.shell.login.set(on);
    } catch (error) {
      throw new HoldfastError(
        'internal',
        'The system did not let Holdfast change what starts at login.',
        'Nothing was changed. You can add or remove Holdfast in the system’s own settings.',
        { detail: error instanceof Error ? error.message : String(error), cause: error },
      );
    }
  }

  #lookForTray(turn: number): void {
    const wait = LOOK_FOR_TRAY_MS[turn];
    if (this.#tray || wait === undefined) return;
    this.#parts.clock.after(wait, () => {
      if (!this.#begun) return;
      void this.look().then(() => this.#lookForTray(turn + 1));
    });
  }

  /**
   * A backup that the last quit interrupted goes on, after a pause where one holds; the schedule does the same for those
   * that it starts. Never rejects.
   */
  async #goOn(): Promise<void> {
    const { config, activity, backups, report } = this.#parts;
    if (!this.#mayGoOn || backups.paused() !== null) return;
    this.#mayGoOn = false;
    for (const { id, when } of plansOf(config.value)) {
      const last = activity.newest('backup', ({ plan }) => (plan?.id ?? FIRST_PLAN.id) === id);
      if (when.schedule.every !== 'hand' || last?.result !== 'interrupted') continue;
      await backups.start(id).catch((error: unknown) => report(`going on: ${String(error)}`));
    }
  }
}
