/**
 * With what the pictures were taken. Another Electron, processor or system draws the same page with other pixels, so
 * pictures are compared where they were taken only; everything else about a screen is looked at everywhere.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readRuntime } from '../../build/runtime.mjs';

const FILE = fileURLToPath(new URL('taken-with.json', import.meta.url));

/** True while new pictures are taken instead of compared. */
export const taking = process.env['HOLDFAST_PICTURES'] === 'accept';

function here(): string {
  return `Electron ${readRuntime().version}, ${process.platform} ${process.arch}`;
}

function there(): string {
  if (!existsSync(FILE)) return 'nothing';
  const { with: what } = JSON.parse(readFileSync(FILE, 'utf8')) as { with: string };
  return what;
}

/** True where the pictures that were taken can be held against new ones. */
export function isComparable(): boolean {
  return here() === there();
}

/** Notes what new pictures are taken with; otherwise why old ones are not compared, null where they are. */
export function beforePictures(): string | null {
  if (taking) {
    writeFileSync(FILE, `${JSON.stringify({ with: here() }, null, 2)}\n`);
    return null;
  }
  if (isComparable()) return null;
  return `pictures are looked over, but not compared: they were taken with ${there()}, here is ${here()}`;
}
