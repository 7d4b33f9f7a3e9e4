/** Whether this desktop shows tray icons at all. Windows and macOS always do; on Linux it is asked over D-Bus. */
import { execFile } from 'node:child_process';

const WATCHER = 'org.kde.StatusNotifierWatcher';
const BUS = 'org.freedesktop.DBus';
const PATH = '/org/freedesktop/DBus';
const METHOD = `${BUS}.NameHasOwner`;

/** Programs that can ask; desktops have at least one of them. */
const ASKING: readonly [program: string, args: readonly string[]][] = [
  ['gdbus', ['call', '--session', '--dest', BUS, '--object-path', PATH, '--method', METHOD, WATCHER]],
  ['dbus-send', ['--session', '--print-reply', `--dest=${BUS}`, PATH, METHOD, `string:${WATCHER}`]],
  ['busctl', ['--user', 'call', BUS, PATH, BUS, 'NameHasOwner', 's', WATCHER]],
];

const TIMEOUT_MS = 3_000;

/** Runs a program and gives what it printed; null where it is missing, fails, or takes too long. */
export type Ask = (program: string, args: readonly string[]) => Promise<string | null>;

export async function hasTray(platform: NodeJS.Platform = process.platform, ask: Ask = askProgram): Promise<boolean> {
  if (platform === 'darwin' || platform === 'win32') return true;
  for (const [program, args] of ASKING) {
    const answer = await ask(program, args);
    // "(true,)", "boolean true", "b true"
    if (answer !== null) return /\btrue\b/.test(answer);
  }
  return false;
}

function askProgram(program: string, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(program, [...args], { timeout: TIMEOUT_MS, windowsHide: true }, (error, stdout) => {
      resolve(error === null ? stdout : null);
    });
  });
}
