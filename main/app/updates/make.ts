/** Puts the updates together from what the build brought along and what this computer says. */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { programOf } from '../autostart-file.ts';
import { updateBuild } from './build.ts';
import { ElectronInstaller } from './installer.ts';
import { UpdateMemory } from './memory.ts';
import { type Off, policyFile, readPolicy, whyOff } from './off.ts';
import { ReleaseSource } from './source.ts';
import { Updates, type UpdatesParts } from './updates.ts';

export interface MakeUpdatesParts extends Omit<
  UpdatesParts,
  'off' | 'memory' | 'source' | 'installer' | 'system' | 'arch'
> {
  /** Where this computer keeps what belongs to Holdfast. */
  readonly folder: string;
  /** The executable that runs. */
  readonly program: string;
  /** The network of the shell, without anything that is remembered. */
  readonly fetch: typeof fetch;
}

export async function makeUpdates(parts: MakeUpdatesParts): Promise<Updates> {
  const { version, folder, fetch, report } = parts;
  const { url, keys, publisher, development } = updateBuild();
  const platform = process.platform;
  const file = platform === 'linux' ? programOf(process.env, parts.program) : parts.program;
  const image = file === parts.program ? null : file;
  const off: Off | null = whyOff({
    able: url !== null && keys.length > 0 && (platform !== 'win32' || publisher !== null),
    platform,
    environment: process.env,
    policy: await readPolicy(policyFile(platform, process.env)),
    programFolder: path.dirname(parts.program),
    image,
    replaceable: image !== null && mayWrite(image) && mayWrite(path.dirname(image)),
  });
  return new Updates({
    ...parts,
    off,
    memory: await UpdateMemory.load(path.join(folder, 'updates.json'), version),
    source: new ReleaseSource({ url: url ?? 'https://updates.invalid/', keys, fetch, clear: development }),
    installer: new ElectronInstaller({
      version,
      cacheFolder: folder,
      publisher,
      platform,
      image,
      report,
    }),
    system: platform,
    arch: process.arch,
  });
}

function mayWrite(at: string): boolean {
  try {
    accessSync(at, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
