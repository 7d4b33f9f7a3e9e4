/** Synchronised folders for tests: a plain folder, and a stand-in of the program that takes files away and brings them. */
import { existsSync } from 'node:fs';
import { lstat, mkdir, readdir, readFile, rename, truncate, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { segmentsOf } from '../../main/destinations/layout.ts';
import type { SyncPlatform } from '../../main/destinations/synced/platform.ts';
import { isPassing } from '../../main/destinations/synced/passing.ts';
import { placeholderName } from '../../main/destinations/synced/placeholder.ts';
import { SyncedDestination, type SyncedOptions } from '../../main/destinations/synced/synced-destination.ts';
import type { SyncService } from '../../main/destinations/spec.ts';
import { freeTraffic } from '../../main/destinations/traffic.ts';
import type { DestinationFactory, DestinationUnderTest, Special } from './destination-helpers.ts';
import { makeOnDisk, remove, temporaryFolder } from './destination-local.ts';
import { localFactory } from './destination-local.ts';

export interface SyncedUnderTest extends DestinationUnderTest {
  destination: SyncedDestination;
  /** The repository's folder. */
  root: string;
  /** What this computer keeps beside it. */
  scratch: string;
}

export type MakeOptions = Partial<SyncedOptions> & { service?: SyncService };

export async function makeSynced(options: MakeOptions = {}): Promise<SyncedUnderTest> {
  const parent = await temporaryFolder();
  const root = path.join(parent, 'cloud', 'repository');
  await mkdir(root, { recursive: true });
  return await syncedIn(root, path.join(parent, 'scratch'), async () => await remove(parent), options);
}

/** In a folder on a disk of its own, so that nothing can be renamed into it from outside. */
export async function makeSyncedOnDisk(
  bytes: number,
  options: MakeOptions = {},
): Promise<SyncedUnderTest | { skipped: string }> {
  const made = await makeOnDisk(bytes);
  if ('skipped' in made) return made;
  const scratch = await temporaryFolder();
  const dispose = async (): Promise<void> => {
    await made.dispose();
    await remove(scratch);
  };
  return await syncedIn(made.root, scratch, dispose, options);
}

export const syncedFactory: DestinationFactory = {
  make: async () => await makeSynced(),
  makeSmall: async (bytes) => await makeSyncedOnDisk(bytes),
  async makeReadOnly(bytes): Promise<Special> {
    const made = await localFactory.makeReadOnly(bytes);
    if ('skipped' in made) return made;
    const scratch = await temporaryFolder();
    return await syncedIn(
      made.destination.label,
      scratch,
      async () => {
        await made.dispose();
        await remove(scratch);
      },
      {},
      false,
    );
  },
};

async function syncedIn(
  root: string,
  scratch: string,
  dispose: () => Promise<void>,
  { service = 'icloud', ...options }: MakeOptions,
  init = true,
): Promise<SyncedUnderTest> {
  const open = async (): Promise<SyncedDestination> =>
    await SyncedDestination.open(
      { kind: 'synced', path: root, service, scratch },
      { traffic: freeTraffic, ...options },
    );
  const destination = await open();
  if (init) await destination.init();
  return {
    destination,
    root,
    scratch,
    dispose,
    reopen: open,
    truncate: async (name, size) => await truncate(path.join(root, ...segmentsOf(name)), size),
    leftovers: async () => {
      const spools = path.join(scratch, 'spool');
      const entries = existsSync(spools) ? await readdir(spools, { withFileTypes: true, recursive: true }) : [];
      const spooled = entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
      return [...spooled, ...(await readdir(root)).filter(isPassing)];
    },
  };
}

/**
 * iCloud Drive as macOS up to 13 shows it: an evicted file is replaced by `.name.icloud`, which holds its size, and comes
 * back some time after it was asked for.
 */
export class ICloud implements SyncPlatform {
  readonly asked: string[] = [];
  readonly #away = new Map<string, Uint8Array>();

  isEvicted(): boolean {
    return false;
  }

  request(file: string): Promise<void> {
    this.asked.push(file);
    return Promise.resolve();
  }

  async evict(file: string): Promise<void> {
    const bytes = new Uint8Array(await readFile(file));
    this.#away.set(file, bytes);
    await writeFile(placeholderOf(file), placeholder(path.basename(file), bytes.length));
    await unlink(file);
  }

  /** The file arrives: written apart and moved in, as the service does. */
  async bring(file: string): Promise<void> {
    await writeFile(`${file}.arriving`, this.#away.get(file) ?? new Uint8Array());
    await rename(`${file}.arriving`, file);
    await unlink(placeholderOf(file));
  }
}

export function placeholderOf(file: string): string {
  return path.join(path.dirname(file), placeholderName(path.basename(file)));
}

/** Files whose bytes are elsewhere while they keep name and size: dataless ones of macOS 14, online-only ones of Windows. */
export class OnlineOnly implements SyncPlatform {
  readonly evicted = new Set<string>();

  isEvicted(file: string): boolean {
    return this.evicted.has(file);
  }

  request(): Promise<void> {
    return Promise.resolve();
  }
}

/** The property list of a placeholder, as plutil writes it from the same three keys. */
export function placeholder(name: string, size: number): Uint8Array {
  const strings = [
    'NSURLFileResourceTypeKey',
    'NSURLFileSizeKey',
    'NSURLNameKey',
    'NSURLFileResourceTypeRegular',
    name,
  ];
  const [type, sizeKey, nameKey, regular, own] = strings.map(asciiObject);
  const number = Buffer.alloc(9, 0x13);
  number.writeBigUInt64BE(BigInt(size), 1);
  const top = Buffer.from([0xd3, 1, 2, 3, 4, 5, 6]);
  const objects = [top, type, sizeKey, nameKey, regular, number, own].map((object) => object ?? Buffer.alloc(0));
  const offsets: number[] = [];
  let at = 8;
  for (const object of objects) {
    offsets.push(at);
    at += object.length;
  }
  const table = Buffer.alloc(offsets.length * 2);
  for (const [index, offset] of offsets.entries()) table.writeUInt16BE(offset, index * 2);
  const trailer = Buffer.alloc(32);
  trailer.set([2, 1], 6);
  trailer.writeBigUInt64BE(BigInt(objects.length), 8);
  trailer.writeBigUInt64BE(BigInt(at), 24);
  return new Uint8Array(Buffer.concat([Buffer.from('bplist00'), ...objects, table, trailer]));
}

function asciiObject(text: string): Buffer {
  const head = text.length < 15 ? [0x50 | text.length] : [0x5f, 0x10, text.length];
  return Buffer.concat([Buffer.from(head), Buffer.from(text, 'latin1')]);
}

export async function isThere(file: string): Promise<boolean> {
  return (await lstat(file).catch(() => null)) !== null;
}
