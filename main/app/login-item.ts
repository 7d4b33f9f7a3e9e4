/** Starting at login, as each system has it. */
import type { App } from 'electron';

/** `refused`: asked for by Holdfast, and turned off by the person in the system's own settings. */
export type LoginState = 'on' | 'off' | 'refused' | 'unknown';

export interface LoginItem {
  /** As the system has it now. */
  read(): Promise<LoginState>;
  /** Rejects with the system's error; nothing was changed then. */
  set(on: boolean): Promise<void>;
  /** Mends an entry that names a program that has moved. */
  renew(): Promise<void>;
}

/** Told to a start by the system: no window, unless the person asks for one. */
export const HIDDEN = '--hidden';

/** The list of macOS (System Settings, Login Items) or of Windows (registry, Task Manager's Startup apps). */
export class SystemLoginItem implements LoginItem {
  readonly #app: Pick<App, 'getLoginItemSettings' | 'setLoginItemSettings'>;
  readonly #platform: NodeJS.Platform;
  readonly #entry: { path?: string; args: string[] };

  /** @param before arguments that the program needs before its own: the app's folder in development */
  constructor(
    app: Pick<App, 'getLoginItemSettings' | 'setLoginItemSettings'>,
    platform: NodeJS.Platform,
    program: string,
    before: readonly string[] = [],
  ) {
    this.#app = app;
    this.#platform = platform;
    // Windows puts the words into one line; those with spaces in them have to be quoted by who gives them.
    this.#entry =
      platform === 'win32' ? { path: program, args: [...before.map((word) => `"${word}"`), HIDDEN] } : { args: [] };
  }

  async read(): Promise<LoginState> {
    const found = this.#app.getLoginItemSettings(this.#entry);
    if (this.#platform === 'darwin') {
      if (found.status === 'requires-approval') return 'refused';
      return found.openAtLogin ? 'on' : 'off';
    }
    if (!found.openAtLogin) return 'off';
    // Task Manager turns entries off without taking them away.
    return found.executableWillLaunchAtLogin === false ? 'refused' : 'on';
  }

  async set(on: boolean): Promise<void> {
    this.#app.setLoginItemSettings({ openAtLogin: on, ...this.#entry });
  }

  async renew(): Promise<void> {
    // Both lists are kept by the system and the installer.
  }
}
