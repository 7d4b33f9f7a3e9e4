/** What tests of destinations share: the thing under test, and short words for looking at it. */
import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import type { Destination, ObjectInfo } from '../../main/destinations/destination.ts';
import type { ErrorCode } from '../../main/errors.ts';
import { CLIENT } from './destination-names.ts';

export interface DestinationUnderTest {
  /** Opened and initialised. */
  destination: Destination;
  /** Another instance on the same storage, as another process would open it. */
  reopen(): Promise<Destination>;
  /** Cuts a stored object to `size` bytes behind the adapter's back. */
  truncate(name: string, size: number): Promise<void>;
  /** Unfinished objects that lie anywhere in the storage, spools included. */
  leftovers(): Promise<string[]>;
  dispose(): Promise<void>;
}

/** A special storage, or the reason why it cannot be had here. */
export type Special = DestinationUnderTest | { skipped: string };

const SOAK = process.env['HOLDFAST_SOAK'] === '1';

/** Enough to be many for a server whose lists have no pages, or come by the same code as another's; the long runs take more. */
export const FEW_OBJECTS = SOAK ? 1_200 : 240;

/** Random histories of calls that each kind of storage goes through. */
export const HISTORIES = SOAK ? 200 : 20;

export interface DestinationFactory {
  /** How many objects are enough to be many: 1,200 where it is not given, more than a page of any cloud's list. */
  many?: number;
  make(): Promise<DestinationUnderTest>;
  /** A storage that holds only about so many bytes. */
  makeSmall(bytes: number): Promise<Special>;
  /** A storage that already holds `repo.json` with `bytes`, and nothing more may be changed in it. */
  makeReadOnly(bytes: Uint8Array): Promise<Special>;
}

/** Writes a file into the spool of `owner`, as the engine does. */
export async function spool(
  destination: Destination,
  bytes: Uint8Array,
  file = 'object',
  owner = CLIENT,
): Promise<string> {
  const at = path.join(await destination.spoolFolder(owner), file);
  await writeFile(at, bytes, { mode: 0o600 });
  return at;
}

export async function all(
  destination: Destination,
  prefix: string,
  options: Parameters<Destination['list']>[1] = {},
): Promise<ObjectInfo[]> {
  const found: ObjectInfo[] = [];
  for await (const info of destination.list(prefix, options)) found.push(info);
  return found;
}

export async function namesIn(
  destination: Destination,
  prefix: string,
  onStray?: (path: string) => void,
): Promise<string[]> {
  return (await all(destination, prefix, onStray === undefined ? {} : { onStray })).map((info) => info.name).sort();
}

export async function expectCode(call: Promise<unknown>, code: ErrorCode): Promise<void> {
  await expect(call).rejects.toMatchObject({
    name: 'HoldfastError',
    code,
    message: expect.stringMatching(/\S \S/) as string,
    guidance: expect.stringMatching(/\S \S/) as string,
  });
}

/** Faster than toEqual for megabytes. */
export function expectBytes(actual: Uint8Array, expected: Uint8Array): void {
  expect(actual.length).toBe(expected.length);
  expect(Buffer.compare(actual, expected)).toBe(0);
}

/** Names of all files in a folder and below; none where the folder is not there. */
export async function filesIn(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
}
