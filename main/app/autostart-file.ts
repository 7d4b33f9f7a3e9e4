/**
 * Starting at login on Linux: a desktop file in the autostart folder (XDG Desktop Application Autostart Specification
 * 0.5, Desktop Entry Specification 1.5).
 */
import { readFile, unlink } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '../jobs/atomic-file.ts';
import type { LoginItem, LoginState } from './login-item.ts';

/**
 * The word of an Exec line for one argument: quoted, and escaped twice, once for quoting and once as any string of a
 * desktop file. `%` would begin a field code.
 */
export function execWord(argument: string): string {
  const quoted = argument.replace(/["`$\\]/g, '\\$&').replaceAll('%', '%%');
  return `"${quoted.replaceAll('\\', '\\\\')}"`;
}

/** @param command program and arguments @throws RangeError for a line break, which no desktop file can hold */
export function autostartText(command: readonly string[]): string {
  if (command.some((word) => /[\n\r\0]/.test(word))) throw new RangeError('a path with a line break in it');
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Holdfast',
    'Comment=Backs up in the background',
    `Exec=${command.map(execWord).join(' ')}`,
    'Icon=holdfast',
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n');
}

export interface AutostartParts {
  /** Folder of the desktop files that are started at login. */
  folder: string;
  /** Program and arguments. */
  command: readonly string[];
}

export class AutostartFile implements LoginItem {
  readonly #file: string;
  readonly #command: readonly string[];

  constructor({ folder, command }: AutostartParts) {
    this.#file = path.join(folder, 'holdfast.desktop');
    this.#command = command;
  }

  async read(): Promise<LoginState> {
    const text = await this.#text();
    if (text === null) return 'off';
    // The desktop's own settings turn an entry off by one of these lines and keep the file.
    return /^(Hidden=true|X-GNOME-Autostart-enabled=false)\s*$/m.test(text) ? 'refused' : 'on';
  }

  async set(on: boolean): Promise<void> {
    if (on) await writeFileAtomic(this.#file, autostartText(this.#command));
    else await unlink(this.#file).catch(ignoreMissing);
  }

  /** Where the program lies elsewhere now (a new version, another folder), the file is written again. */
  async renew(): Promise<void> {
    const text = await this.#text();
    if (text === null || (await this.read()) !== 'on' || text === autostartText(this.#command)) return;
    await this.set(true);
  }

  async #text(): Promise<string | null> {
    return await readFile(this.#file, 'utf8').catch(ignoreMissing);
  }
}

function ignoreMissing(error: unknown): null {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
  throw error;
}

/** `$XDG_CONFIG_HOME/autostart`, by default `~/.config/autostart`. Relative values count as unset, as the XDG rules say. */
export function autostartFolder(environment: Readonly<Record<string, string | undefined>>, home: string): string {
  const told = environment['XDG_CONFIG_HOME'] ?? '';
  return path.join(path.isAbsolute(told) ? told : path.join(home, '.config'), 'autostart');
}

/**
 * What starts this program again. An AppImage runs from a folder that is gone after it: the file itself is in `APPIMAGE`.
 * A program that was started from another AppImage (a terminal, an editor) inherits that one's, which is not it.
 */
export function programOf(environment: Readonly<Record<string, string | undefined>>, execPath: string): string {
  const { APPIMAGE: file = '', APPDIR: folder = '' } = environment;
  const isOurs = file !== '' && folder !== '' && execPath.startsWith(`${folder.replace(/\/+$/, '')}/`);
  return isOurs ? file : execPath;
}
