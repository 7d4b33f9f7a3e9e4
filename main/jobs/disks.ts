/** Where a backup could go: writable disks of this computer other than the one with the home folder. */
import { access, constants, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { mountedDisks } from '../destinations/connect.ts';

export interface Disk {
  /** Absolute path of its top folder. */
  mount: string;
  freeBytes: number;
}

/** A proposal that works at once: a folder on the roomiest other disk, else one in the home folder. */
export async function suggestDestinationPath(home: string): Promise<string> {
  const disks = await otherDisks(home);
  const best = disks.sort((a, b) => b.freeBytes - a.freeBytes)[0];
  return path.join(best?.mount ?? home, 'Holdfast Backups');
}

/** Writable disks other than the one with the home folder. Never rejects. */
export async function otherDisks(home: string): Promise<Disk[]> {
  const homeDevice = await deviceOf(home);
  const disks: Disk[] = [];
  for (const mount of await mountedDisks()) {
    const device = await deviceOf(mount);
    if (device === null || device === homeDevice) continue;
    try {
      await access(mount, constants.W_OK);
      const facts = await statfs(mount);
      disks.push({ mount, freeBytes: facts.bavail * facts.bsize });
    } catch {
      continue; // not ours to write, or gone: not proposed
    }
  }
  return disks;
}

async function deviceOf(folder: string): Promise<number | null> {
  try {
    return (await stat(folder)).dev;
  } catch {
    return null;
  }
}
