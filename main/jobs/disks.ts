/** Where a backup could go: writable disks of this computer other than the one with the home folder. */
import { access, constants, readdir, readFile, stat, statfs } from 'node:fs/promises';
import path from 'node:path';

export interface Disk {
  /** Absolute path of its top folder. */
  mount: string;
  freeBytes: number;
}

/** Kinds of file systems that hold a person's disks; everything else in /proc/mounts is the system's own. */
const LINUX_KINDS = new Set([
  'ext2',
  'ext3',
  'ext4',
  'xfs',
  'btrfs',
  'f2fs',
  'zfs',
  'bcachefs',
  'exfat',
  'vfat',
  'ntfs',
  'ntfs3',
  'fuseblk',
  'hfsplus',
  'apfs',
  'nfs',
  'nfs4',
  'cifs',
  'smb3',
]);
/** Where people's disks are mounted; a file system of the machine itself lies elsewhere. */
const LINUX_PLACES = ['/media/', '/run/media/', '/mnt/', '/home/', '/srv/', '/data'];

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
  for (const mount of await mounts()) {
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

async function mounts(): Promise<string[]> {
  if (process.platform === 'win32') {
    return [...'DEFGHIJKLMNOPQRSTUVWXYZ'].map((letter) => `${letter}:\\`);
  }
  if (process.platform === 'darwin') {
    return (await readdir('/Volumes').catch(() => [])).map((name) => path.join('/Volumes', name));
  }
  return linuxMounts(await readFile('/proc/mounts', 'utf8').catch(() => ''));
}

/** Mount points of people's disks in the text of /proc/mounts. */
export function linuxMounts(text: string): string[] {
  const found: string[] = [];
  for (const line of text.split('\n')) {
    const [, mount = '', kind = '', options = ''] = line.split(' ');
    const place = mount.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
    if (!LINUX_KINDS.has(kind) || options.split(',').includes('ro')) continue;
    if (LINUX_PLACES.some((start) => place.startsWith(start))) found.push(place);
  }
  return found;
}

async function deviceOf(folder: string): Promise<number | null> {
  try {
    return (await stat(folder)).dev;
  } catch {
    return null;
  }
}
