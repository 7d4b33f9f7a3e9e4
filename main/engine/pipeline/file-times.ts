/**
 * Exact times. Node's utimes takes seconds as a double and cuts them to microseconds; utimensat(2) takes nanoseconds.
 * Where the foreign function library is missing, times are set as well as Node can.
 */
import { futimesSync, lutimesSync } from 'node:fs';
import type { Time } from '../format/tree.ts';
import { bind, loadNative } from '../platform/native.ts';

interface Native {
  utimensat(dir: number, path: Uint8Array, times: BigInt64Array, flags: number): number;
  futimens(fd: number, times: BigInt64Array): number;
}

const FLAGS: Partial<Record<NodeJS.Platform, { cwd: number; noFollow: number }>> = {
  linux: { cwd: -100, noFollow: 0x100 },
  darwin: { cwd: -2, noFollow: 0x20 },
};

function load(): Native | null {
  if (FLAGS[process.platform] === undefined) return null;
  try {
    const library = loadNative()?.load(null);
    if (library === undefined) return null;
    return bind<Native>(library, {
      utimensat: 'int utimensat(int, const uint8_t *, const int64_t *, int)',
      futimens: 'int futimens(int, const int64_t *)',
    });
  } catch {
    return null;
  }
}

let native: Native | null | undefined;

/** True where times are set to the nanosecond. */
export function timesAreExact(): boolean {
  native ??= load();
  return native !== null;
}

const times = new BigInt64Array(4);

function fill(t: Time): BigInt64Array {
  times[0] = times[2] = BigInt(t.s);
  times[1] = times[3] = BigInt(t.ns);
  return times;
}

/** Sets access and modification time of an open file. */
export function setTimes(fd: number, t: Time): void {
  native ??= load();
  if (native !== null && native.futimens(fd, fill(t)) === 0) return;
  futimesSync(fd, dateOf(t), dateOf(t));
}

/** Sets the times of a folder or of a symlink itself. */
export function setPathTimes(path: Buffer, t: Time): void {
  native ??= load();
  const flags = FLAGS[process.platform];
  if (native !== null && flags !== undefined) {
    const terminated = Buffer.concat([path, Buffer.of(0)]);
    if (native.utimensat(flags.cwd, terminated, fill(t), flags.noFollow) === 0) return;
  }
  lutimesSync(path, dateOf(t), dateOf(t));
}

/** A Date, because Node takes negative numbers for "now". */
const dateOf = (t: Time): Date => new Date(t.s * 1000 + Math.floor(t.ns / 1_000_000));
