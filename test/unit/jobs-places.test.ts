import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { linuxMounts } from '../../main/destinations/local/mounts.ts';
import { suggestDestinationPath } from '../../main/jobs/disks.ts';
import { listPlaces, pathText, placeName, placeNode, suggestSources } from '../../main/jobs/places.ts';
import { liesIn, withoutNested } from '../../main/jobs/sources.ts';

let home: string;

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'holdfast-home-'));
});
afterEach(async () => {
  await rm(home, { recursive: true });
});

describe('proposed sources', () => {
  it('are the usual folders that exist', async () => {
    await mkdir(path.join(home, 'Documents'));
    await mkdir(path.join(home, 'Music'));
    await writeFile(path.join(home, 'Music', 'song'), '');
    await writeFile(path.join(home, 'Pictures'), 'a file, not a folder');
    const nodes = await suggestSources(home);
    expect(nodes.map((node) => [placeName(node.at), node.hasChildren, node.suggested])).toEqual([
      ['Documents', false, true],
      ['Music', true, true],
    ]);
  });

  it('are as the system names them, without the home folder that it answers for missing ones', async () => {
    await mkdir(path.join(home, 'Dokumente'));
    await mkdir(path.join(home, 'Documents'));
    const nodes = await suggestSources(home, [path.join(home, 'Dokumente'), home, `${home}/`]);
    expect(nodes.map((node) => placeName(node.at))).toEqual(['Dokumente']);
  });

  it('are the home folder where there is none of them', async () => {
    expect((await suggestSources(home)).map((node) => pathText(node.at))).toEqual([home]);
  });
});

describe('a folder’s places', () => {
  it('are folders, then files, by name as people count, without links', async () => {
    for (const name of ['b10', 'b9', 'A']) await mkdir(path.join(home, name));
    for (const name of ['z.txt', 'a.txt']) await writeFile(path.join(home, name), '');
    await symlink('/etc', path.join(home, 'link'));
    const nodes = await listPlaces(Buffer.from(home));
    expect(nodes.map((node) => `${node.kind} ${placeName(node.at)}`)).toEqual([
      'folder A',
      'folder b9',
      'folder b10',
      'file a.txt',
      'file z.txt',
    ]);
  });

  it('keep the bytes of names that are not UTF-8; those cannot be chosen by themselves', async () => {
    const name = Buffer.from([0x63, 0x61, 0x66, 0xe9]);
    await mkdir(Buffer.concat([Buffer.from(`${home}/`), name]));
    const [node] = await listPlaces(Buffer.from(home));
    const at = node?.at ?? new Uint8Array();
    expect(Buffer.from(at).subarray(-4)).toEqual(name);
    expect(placeName(at)).toBe('caf\\xe9');
    expect(await placeNode(at)).toMatchObject({ kind: 'folder' });
    expect(() => pathText(at)).toThrow(expect.objectContaining({ code: 'bad-input' }));
  });

  it('of a folder that cannot be opened are an error with a way on', async () => {
    await expect(listPlaces(Buffer.from(path.join(home, 'gone')))).rejects.toMatchObject({ code: 'source-unreadable' });
  });

  it('the root has a name', () => {
    expect(placeName(Buffer.from('/'))).toBe('/');
  });
});

describe('proposed destination', () => {
  it('is never empty and always named after the app', async () => {
    const proposal = await suggestDestinationPath(home);
    expect(path.isAbsolute(proposal)).toBe(true);
    expect(path.basename(proposal)).toBe('Holdfast Backups');
  });

  it('considers writable disks of people only', () => {
    const mounts = [
      '/dev/sda1 / ext4 rw,relatime 0 0',
      'proc /proc proc rw 0 0',
      '/dev/sdb1 /media/ada/My\\040Disk exfat rw,nosuid 0 0',
      '/dev/sdc1 /mnt/old ntfs3 ro,nosuid 0 0',
      'nas:/share /mnt/nas nfs4 rw 0 0',
      '/dev/sda2 /boot/efi vfat rw 0 0',
      'tmpfs /mnt/tmp tmpfs rw 0 0',
      '',
    ].join('\n');
    expect(linuxMounts(mounts)).toEqual(['/media/ada/My Disk', '/mnt/nas']);
  });
});

describe('sources', () => {
  it('inside others are dropped, repeated ones too; a neighbour with a longer name is not inside', () => {
    expect(withoutNested(['/home/ada', '/home/ada/Documents', '/home/ada/', '/home/ada2', '/home/ada/..x'])).toEqual([
      '/home/ada',
      '/home/ada2',
    ]);
  });

  it('lie in a folder or not', () => {
    expect(liesIn('/a/b', '/a')).toBe(true);
    expect(liesIn('/a', '/a')).toBe(true);
    expect(liesIn('/a/..hidden', '/a')).toBe(true);
    expect(liesIn('/ab', '/a')).toBe(false);
    expect(liesIn('/', '/a')).toBe(false);
  });
});
