/** Which Electron this checkout runs on, as set-up found it. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Stop, readJson, root, stampFolder } from './tools.mjs';

export const runtimeStamp = path.join(stampFolder, 'runtime.json');

/** Version, name and SHA-256 of the official archive that the lock file pins for this machine. */
export function pinnedRuntime() {
  const electron = path.join(root, 'node_modules', 'electron');
  const { version } = readJson(path.join(electron, 'package.json'));
  const archive = `electron-v${version}-${process.platform}-${process.arch}.zip`;
  return { version, archive, sha256: readJson(path.join(electron, 'checksums.json'))[archive] };
}

/**
 * The runtime that set-up put in place.
 * @returns {import('./runtime.d.mts').Runtime}
 * @throws {Stop} before `npm run setup`
 */
export function readRuntime() {
  const runtime = readJson(runtimeStamp);
  if (runtime === null || !existsSync(runtime.executable)) {
    throw new Stop('the Electron runtime is not in place. Type: npm run setup');
  }
  return runtime;
}

/** True only for the pinned version from Electron's own release, checked against the checksum in the lock file's package. */
export function isOfficialRuntime(runtime) {
  const pinned = pinnedRuntime();
  return runtime.kind === 'official' && runtime.version === pinned.version && runtime.sha256 === pinned.sha256;
}

/**
 * For packaging: the pinned official runtime or nothing.
 * @throws {Stop} on a development runtime, which must never be shipped
 */
export function requireOfficialRuntime() {
  const runtime = readRuntime();
  if (isOfficialRuntime(runtime)) return runtime;
  throw new Stop(
    `a release needs the official Electron ${pinnedRuntime().version}; here is a ${runtime.kind} runtime, ` +
      `Electron ${runtime.version}. Run \`npm run setup -- --retry-official\` where github.com can be reached.`,
  );
}
