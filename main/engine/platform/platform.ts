/**
 * What a system keeps of an entry besides its bytes, mode, owner and times: extended attributes, flags, and holes of
 * files. One implementation for each system; each takes the system's calls as an argument, so that those of other
 * systems are tested as well.
 */
import type { Flags, Time } from '../format/node-extras.ts';
import type { ByteString } from '../format/byte-path.ts';

/** One entry of the file system. Where it is open, the file itself is meant, whatever its path leads to by now. */
export interface PlatformEntry {
  path: ByteString;
  fd: number | null;
  kind: 'file' | 'folder' | 'symlink' | 'special';
}

/** Why something could not be done. `denied`: this user may not; `unsupported`: this disk or system cannot. */
export interface Refusal {
  why: 'denied' | 'unsupported' | 'failed';
  /** The system's name of the error, e.g. EPERM. */
  detail: string;
}

export interface FoundAttribute {
  name: Buffer;
  value: Buffer;
}

export interface Found {
  /** By name, strictly ascending. */
  attributes: FoundAttribute[];
  flags: Flags | null;
  /** What is there and could not be read: a name, or '' for the list of names itself. */
  refused: { name: string; refusal: Refusal }[];
}

/** Where data and holes of an open file begin; as lseek(2) with SEEK_DATA and SEEK_HOLE. */
export interface Extents {
  /** The first byte of data from `at` on; null where only a hole follows, undefined where it cannot be told. */
  data(fd: number, at: number): number | null | undefined;
  /** The first byte of a hole from `at` on, or the end of the file; undefined where it cannot be told. */
  hole(fd: number, at: number): number | undefined;
}

/** The system's lseek(2), and the numbers that it has for these on this system. */
export interface SeekCalls {
  lseek(fd: number, at: number, whence: number): number;
  errno(): number;
}

/** @param noData the errno where no data follows (ENXIO) */
export function extentsBy(calls: SeekCalls, seekData: number, seekHole: number, noData: number): Extents {
  return {
    data: (fd, at) => {
      const found = calls.lseek(fd, at, seekData);
      return found >= 0 ? found : calls.errno() === noData ? null : undefined;
    },
    hole: (fd, at) => {
      const found = calls.lseek(fd, at, seekHole);
      return found >= 0 ? found : undefined;
    },
  };
}

export interface PlatformAttributes {
  read(entry: PlatformEntry): Found;
  /** Sets one attribute. Null where that was done. */
  write(entry: PlatformEntry, name: Uint8Array, value: Uint8Array): Refusal | null;
  /**
   * Sets flags. Those that count only for a file without content (`early`) are set apart from those after which nothing
   * else can be set (`late`: immutable, append-only). Flags of another system are `unsupported`. No bits at all take
   * away those that are set.
   */
  setFlags(entry: PlatformEntry, flags: Flags, when: 'early' | 'late'): Refusal | null;
  /** Sets the birth time. Null where that was done, or this system has no call for it: nobody can then do more. */
  setBirth(entry: PlatformEntry, birth: Time): Refusal | null;
  /** Makes a FIFO or device with a whole `st_mode`. Null where that was done. */
  makeSpecial(path: ByteString, mode: number, device: [number, number] | null): Refusal | null;
  /** Null where this system does not tell. */
  extents: Extents | null;
}

export const UNSUPPORTED: Refusal = { why: 'unsupported', detail: '' };

/** Where the system's calls cannot be made. */
export const NO_ATTRIBUTES: PlatformAttributes = {
  read: () => ({ attributes: [], flags: null, refused: [] }),
  write: () => UNSUPPORTED,
  setFlags: () => UNSUPPORTED,
  setBirth: () => null,
  makeSpecial: () => UNSUPPORTED,
  extents: null,
};

/** Names of a list as listxattr gives it, each ended by a zero byte; sorted. */
export function splitNames(list: Buffer): Buffer[] {
  const names: Buffer[] = [];
  for (let at = 0; at < list.length;) {
    const zero = list.indexOf(0, at);
    const end = zero < 0 ? list.length : zero;
    if (end > at) names.push(Buffer.from(list.subarray(at, end)));
    at = end + 1;
  }
  return names.sort(Buffer.compare);
}

/** Bytes of a path or name as C has them. */
export const terminated = (bytes: Uint8Array): Buffer => Buffer.concat([bytes, Buffer.of(0)]);
