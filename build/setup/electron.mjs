/**
 * The Electron runtime: the pinned official release, or where that cannot be had a development runtime. Unpacked once a
 * user into the cache folder, by version and hash, so that another checkout starts in seconds.
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { pinnedRuntime, runtimeStamp } from '../runtime.mjs';
import { Stop, cacheFolder, readJson, run, say, since, warn, writeJson } from '../tools.mjs';

const CONNECT_MS = 8_000;
const STALL_MS = 30_000;

const executableName = {
  darwin: 'Electron.app/Contents/MacOS/Electron',
  win32: 'electron.exe',
}[process.platform];

/** Aborts a download that does not begin, or stands still. */
function watchdog() {
  const controller = new AbortController();
  const abort = () => controller.abort(new Error('no answer'));
  let timer = setTimeout(abort, CONNECT_MS);
  return {
    signal: controller.signal,
    progress() {
      clearTimeout(timer);
      timer = setTimeout(abort, STALL_MS);
    },
    end: () => clearTimeout(timer),
  };
}

/** Downloads and unpacks the official release into `folder`/runtime; checked against the pinned SHA-256. */
async function fetchOfficial(folder, pinned) {
  const { ElectronDownloadCacheMode, downloadArtifact } = await import('@electron/get');
  const { unzip } = await import('./unzip.mjs');
  const watch = watchdog();
  let archive;
  try {
    archive = await downloadArtifact({
      version: pinned.version,
      artifactName: 'electron',
      platform: process.platform,
      arch: process.arch,
      checksums: { [pinned.archive]: pinned.sha256 },
      cacheMode: ElectronDownloadCacheMode.Bypass,
      tempDirectory: folder,
      downloadOptions: { signal: watch.signal, getProgressCallback: async () => watch.progress() },
    });
  } finally {
    watch.end();
  }
  const runtime = path.join(folder, 'runtime');
  await mkdir(runtime);
  await unzip(archive, runtime);
  return runtime;
}

/**
 * Makes a runtime's folder once: in a temporary folder first, so that nobody ever sees half a runtime.
 * @param {string} name of the folder in the cache, telling version and hash
 * @param {(temporary: string) => Promise<string>} make gives the finished folder inside the temporary one
 */
async function cached(name, make) {
  const shelf = path.join(cacheFolder(), 'electron');
  const folder = path.join(shelf, name);
  if (existsSync(folder)) return folder;
  await mkdir(shelf, { recursive: true });
  const temporary = await mkdtemp(path.join(shelf, 'unpacking-'));
  try {
    await rename(await make(temporary), folder).catch((error) => {
      if (!existsSync(folder)) throw error; // else another checkout was faster, with the same bytes
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return folder;
}

const describe = (kind, version, folder, hash) => ({
  kind,
  version,
  folder,
  executable: path.join(folder, executableName ?? 'electron'),
  sha256: hash,
});

/** The official runtime, or null with the reason said. */
async function official(pinned) {
  if (pinned.sha256 === undefined) {
    warn(`Electron ${pinned.version} is not published for ${process.platform}-${process.arch}.`);
    return null;
  }
  const name = `${pinned.version}-${process.platform}-${process.arch}-${pinned.sha256.slice(0, 12)}`;
  try {
    const folder = await cached(name, async (temporary) => {
      const started = performance.now();
      say(`downloading Electron ${pinned.version}, the official release, from github.com`);
      const runtime = await fetchOfficial(temporary, pinned);
      say(`Electron ${pinned.version} downloaded, checked and unpacked (${since(started)})`);
      return runtime;
    });
    return describe('official', pinned.version, folder, pinned.sha256);
  } catch (error) {
    say(`the official download could not be had (${error.cause?.code ?? error.message})`);
    return null;
  }
}

/** Name of the development runtime's folder; another package or recipe makes another. */
async function developmentName() {
  const { REPACK, repackId } = await import('./repack.mjs');
  return `${REPACK.version}-development-${repackId()}`;
}

async function development() {
  const { REPACK, fetchRepack, repackAvailable } = await import('./repack.mjs');
  if (!repackAvailable) {
    throw new Stop('no Electron runtime: its official download from github.com failed. Try again with a connection.');
  }
  const started = performance.now();
  const folder = await cached(await developmentName(), fetchRepack);
  say(
    `using a development runtime, Electron ${REPACK.version} repacked by a third party (${since(started)}); ` +
      'it is never shipped in a release',
  );
  return describe('development', REPACK.version, folder, null);
}

/** Runs the runtime once: libraries that are missing show here and not as a window that never opens. */
async function verify(runtime) {
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
  const { code, output } = await run(runtime.executable, ['-p', 'process.versions.electron'], { quiet: true, env });
  if (code === 0 && output.trim() === runtime.version) return;
  throw new Stop(`Electron ${runtime.version} does not run on this computer:\n${output.trim()}`);
}

/** True where what set-up left last time is still what it would take. */
async function isCurrent(runtime, pinned, retryOfficial) {
  if (runtime === null || !existsSync(runtime.executable)) return false;
  if (runtime.kind === 'official') return runtime.sha256 === pinned.sha256;
  return !retryOfficial && path.basename(runtime.folder) === (await developmentName());
}

/**
 * Puts the runtime in place and notes where it is.
 * @param {{ retryOfficial?: boolean }} options ask for the official release again where a development runtime is in use
 * @throws {Stop} where no runtime can be had or it does not run
 */
export async function setUpElectron({ retryOfficial = false } = {}) {
  const pinned = pinnedRuntime();
  const last = readJson(runtimeStamp);
  if (await isCurrent(last, pinned, retryOfficial)) return last;
  const runtime = (await official(pinned)) ?? (await development());
  await verify(runtime);
  await writeJson(runtimeStamp, runtime);
  return runtime;
}
