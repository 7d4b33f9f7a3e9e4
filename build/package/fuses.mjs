/**
 * Electron's fuses, read from the executable itself: a marker, a version, a count, and one character for each fuse
 * (electronjs.org/docs/latest/tutorial/fuses, "The hard way").
 */
import { readFile } from 'node:fs/promises';

/** Stands before the fuses; an executable for two processors has it twice. */
export const SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';

/** By position. The last is in Electron 39 and newer. */
export const FUSE_NAMES = [
  'runAsNode',
  'enableCookieEncryption',
  'enableNodeOptionsEnvironmentVariable',
  'enableNodeCliInspectArguments',
  'enableEmbeddedAsarIntegrityValidation',
  'onlyLoadAppFromAsar',
  'loadBrowserProcessSpecificV8Snapshot',
  'grantFileProtocolExtraPrivileges',
  'wasmTrapHandlers',
];

const STATES = { 0x30: 'off', 0x31: 'on', 0x72: 'removed', 0x90: 'inherited' };
const VERSION = 1;

/**
 * What each fuse of a release has to be. The first eight are stated in electron-builder.yml too, which flips them; the
 * last is as Electron ships it: without it faults inside WebAssembly end the process.
 */
export const FUSES = {
  runAsNode: 'off',
  enableCookieEncryption: 'on',
  enableNodeOptionsEnvironmentVariable: 'off',
  enableNodeCliInspectArguments: 'off',
  enableEmbeddedAsarIntegrityValidation: 'on',
  onlyLoadAppFromAsar: 'on',
  loadBrowserProcessSpecificV8Snapshot: 'off',
  grantFileProtocolExtraPrivileges: 'off',
  wasmTrapHandlers: 'on',
};

/**
 * The fuses of every copy in an executable, by name; one that has no name here is called by its position.
 * @param {Buffer} executable
 * @returns {Record<string, string>[]} empty where it is no Electron
 */
export function readFuses(executable) {
  const found = [];
  for (let at = executable.indexOf(SENTINEL); at >= 0; at = executable.indexOf(SENTINEL, at + 1)) {
    const wire = at + SENTINEL.length;
    const [version, count] = [executable[wire], executable[wire + 1]];
    if (version !== VERSION) continue;
    const states = [...executable.subarray(wire + 2, wire + 2 + count)];
    found.push(
      Object.fromEntries(
        states.map((state, i) => [FUSE_NAMES[i] ?? `fuse ${i}`, STATES[state] ?? `0x${state.toString(16)}`]),
      ),
    );
  }
  return found;
}

/**
 * What is wrong with the fuses of an executable; empty where every one is as stated.
 * @param {string} file on macOS the one inside Electron Framework.framework
 */
export async function fuseProblems(file, wanted = FUSES) {
  const copies = readFuses(await readFile(file));
  if (copies.length === 0)
    return [`${file}: no fuses in it; it is no Electron, or of a version that keeps them elsewhere`];
  return copies.flatMap((states) => [
    ...Object.entries(states)
      .filter(([name, state]) => state !== wanted[name])
      .map(([name, state]) =>
        wanted[name] === undefined
          ? `${name} is ${state} and nowhere stated`
          : `${name} is ${state}, not ${wanted[name]}`,
      ),
    // Electron 33 lacks the last one.
    ...FUSE_NAMES.slice(0, 8)
      .filter((name) => !(name in states))
      .map((name) => `${name} is not in this executable`),
  ]);
}
