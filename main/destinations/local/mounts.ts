/** Where disks and shares are mounted on this computer. */
import { access, constants, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** Kinds of file systems that hold a person's disks; everything else in /proc/mounts is the system's own. */
const LINUX_KINDS = new Set([
  ...['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'f2fs', 'zfs', 'bcachefs', 'exfat', 'vfat', 'ntfs', 'ntfs3', 'fuseblk'],
  ...['hfsplus', 'apfs', 'nfs', 'nfs4', 'cifs', 'smb3'],
]);
/** Where people's disks are mounted; a file system of the machine itself lies elsewhere. */
const LINUX_PLACES = ['/media/', '/run/media/', '/mnt/', '/home/', '/srv/', '/data'];

/** Absolute paths of the top folders of people's disks, in no particular order. Never rejects. */
export async function mounts(): Promise<string[]> {
  if (process.platform === 'win32') return await windowsDrives();
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

/** Drives but C:, as far as they are there. */
async function windowsDrives(): Promise<string[]> {
  const drives = [...'DEFGHIJKLMNOPQRSTUVWXYZ'].map((letter) => `${letter}:\\`);
  const present = await Promise.all(
    drives.map(
      async (drive) =>
        await access(drive, constants.F_OK).then(
          () => drive,
          () => null,
        ),
    ),
  );
  return present.filter((drive) => drive !== null);
}
