/** Removes what a drill restored, also where folders are closed or something in them is immutable. */
import { chmodSync, lstatSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { fromPath, fsPath, join, fromBytes, type ByteString } from './format/byte-path.ts';
import { FlagSystem } from './format/node-extras.ts';
import { platformAttributes } from './platform/attributes.ts';

const SYSTEM: Partial<Record<NodeJS.Platform, number>> = {
  linux: FlagSystem.linux,
  darwin: FlagSystem.macos,
  win32: FlagSystem.windows,
};

/** Nothing happens where there is none. Links are removed, not followed. */
export async function removeDrilled(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true });
  } catch {
    open(fromPath(folder.replaceAll('\\', '/')));
    await rm(folder, { recursive: true, force: true });
  }
}

/** Takes away what forbids the removal: flags, and modes of folders. What cannot be is told by the removal. */
function open(path: ByteString): void {
  const stat = lstatSync(fsPath(path), { throwIfNoEntry: false });
  if (stat === undefined || !(stat.isFile() || stat.isDirectory())) return;
  const kind = stat.isDirectory() ? 'folder' : 'file';
  const system = SYSTEM[process.platform];
  if (system !== undefined) platformAttributes().setFlags({ path, fd: null, kind }, { system, bits: 0 }, 'late');
  if (kind === 'file') return;
  try {
    chmodSync(fsPath(path), 0o700);
    for (const name of readdirSync(fsPath(path), { encoding: 'buffer' })) open(join(path, fromBytes(name)));
  } catch {
    // As above.
  }
}
