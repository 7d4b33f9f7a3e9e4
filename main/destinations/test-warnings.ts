/** What is worth knowing of a tested destination, and no failure. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Destination } from './destination.ts';
import { byteSize, plural, text, type Text } from '../text.ts';
import { REPOSITORY_FILES } from './names.ts';

const LITTLE_SPACE = 5e9;
const SLOW_MBPS = 2;

export interface Measured {
  freeBytes: number | null;
  writeMBps: number | null;
  /** Objects whose bytes are in the cloud only. */
  evicted: number;
}

/** @param sources absolute paths of what is to be backed up */
export async function warningsOf(
  destination: Destination,
  sources: readonly string[],
  { freeBytes, writeMBps, evicted }: Measured,
): Promise<Text[]> {
  const warnings: Text[] = [];
  if (freeBytes !== null && freeBytes < LITTLE_SPACE) {
    warnings.push(text`Only ${byteSize(freeBytes)} are free here. Backups stop when the place is full.`);
  }
  if (writeMBps !== null && writeMBps < SLOW_MBPS) {
    warnings.push(text`Storing is slow here: ${writeMBps} MB a second. The first backup will take long.`);
  }
  if (destination.kind === 'synced') {
    warnings.push(
      text`What is stored here is handed to the program that synchronises this folder. Only that program knows when it has arrived in the cloud.`,
    );
  } else if (await onSameDisk(destination, sources)) {
    warnings.push(text`This is on the same disk as your files: if that disk fails, both are gone. Add another place.`);
  }
  if (evicted > 0) {
    warnings.push(
      text`In the cloud only: ${plural(evicted, { one: '# file', other: '# files' })} of the backup. What is read comes back first, which takes time.`,
    );
  }
  return warnings;
}

async function onSameDisk(destination: Destination, sources: readonly string[]): Promise<boolean> {
  const here = destination.localPath?.(REPOSITORY_FILES[0]) ?? null;
  if (here === null) return false;
  const disk = await deviceOf(path.dirname(here));
  for (const source of disk === null ? [] : sources) {
    if ((await deviceOf(source)) === disk) return true;
  }
  return false;
}

async function deviceOf(place: string): Promise<bigint | null> {
  const found = await stat(place, { bigint: true }).catch(() => null);
  return found === null ? null : found.dev;
}
