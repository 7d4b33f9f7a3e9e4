/**
 * What an interrupted run left in the spool: finished packs are published as they are, so that what they hold is not
 * sealed and sent again, and an upload that was under way goes on where it stopped.
 */
import { createHash } from 'node:crypto';
import { open, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { HoldfastError } from '../../errors.ts';
import type { Destination } from '../../destinations/destination.ts';
import type { RunControl } from '../control.ts';
import { equal, toHex } from '../format/bytes.ts';
import type { Capability } from '../format/capability.ts';
import { Kind, parseHeader, SEALED_HEADER_BYTES } from '../format/envelope.ts';

/** Name of a finished pack in the spool: the SHA-256 of its bytes and its room. Only finished packs have such names. */
export const finishedName = (hash: Uint8Array, room: 'p' | 'm'): string => `${toHex(hash)}.${room}`;

const FINISHED = /^([0-9a-f]{64})\.([pm])$/;
/** Bytes read between two looks at a pause or a stop. */
const STEP = 4 * 1024 * 1024;

/**
 * Publishes the finished packs in the spool. One whose bytes do not match its name, or that was sealed with keys of
 * before, is left for `clearSpool`. Nothing else may write in the spool meanwhile.
 *
 * @returns how many were published
 * @throws HoldfastError those of `publish`, `stopped`; what is not published yet stays for the next run
 */
export async function takeOver(
  destination: Destination,
  spoolFolder: string,
  capability: Capability,
  control: RunControl,
): Promise<number> {
  const finished = (await namesIn(spoolFolder)).filter((name) => FINISHED.test(name)).sort();
  let published = 0;
  const lane = async (): Promise<void> => {
    for (let name = finished.pop(); name !== undefined; name = finished.pop()) {
      await control.check();
      const [, hash = '', room = 'p'] = FINISHED.exec(name) ?? [];
      const file = path.join(spoolFolder, name);
      if (!(await isOurs(file, hash, room, capability, control))) continue;
      await destination.publish(file, `c/${toHex(capability.clientId)}/${room}/${hash}`);
      published++;
    }
  };
  const lanes = Array.from({ length: Math.min(finished.length, destination.abilities?.parallel ?? 2) }, lane);
  // None may still be publishing when this is over.
  const failed = (await Promise.allSettled(lanes)).find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return published;
}

/** Removes packs that were never finished; finished ones wait for the next run, with how far their upload had come. */
export async function removeUnfinished(spoolFolder: string): Promise<void> {
  const names = await namesIn(spoolFolder);
  const kept = new Set(names.filter((name) => FINISHED.test(name)).flatMap((name) => [name, `${name}.upload`]));
  for (const name of names) {
    if (!kept.has(name)) await rm(path.join(spoolFolder, name), { recursive: true, force: true });
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch(() => []);
}

/** True where the file has the bytes that its name promises, and was sealed by this computer with its present keys. */
async function isOurs(
  file: string,
  hash: string,
  room: string,
  capability: Capability,
  control: RunControl,
): Promise<boolean> {
  try {
    if (!(await stat(file)).isFile()) return false;
    const handle = await open(file, 'r');
    try {
      const buffer = new Uint8Array(STEP);
      const sha256 = createHash('sha256');
      let head: Uint8Array | null = null;
      for (;;) {
        await control.check();
        const { bytesRead } = await handle.read(buffer, 0, STEP);
        if (bytesRead === 0) break;
        head ??= buffer.slice(0, Math.min(bytesRead, SEALED_HEADER_BYTES));
        sha256.update(buffer.subarray(0, bytesRead));
      }
      if (head === null || sha256.digest('hex') !== hash) return false;
      const header = parseHeader(head, file);
      return (
        header.kind === (room === 'p' ? Kind.dataPack : Kind.metadataPack) &&
        header.epoch === capability.epoch &&
        equal(header.repoId, capability.repoId) &&
        equal(header.clientId, capability.clientId)
      );
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'stopped') throw error;
    return false; // What cannot be read is made anew from the files.
  }
}
