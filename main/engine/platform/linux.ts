/** Attributes of Linux: xattr(7), POSIX ACLs among them, and the flags of chattr(1). */
import { closeSync, constants, openSync } from 'node:fs';
import { constants as os } from 'node:os';
import { fsPath, toBytes, type ByteString } from '../format/byte-path.ts';
import { FlagSystem, type Flags } from '../format/node-extras.ts';
import { bind, loadNative } from './native.ts';
import {
  extentsBy,
  NO_ATTRIBUTES,
  splitNames,
  terminated,
  UNSUPPORTED,
  type Extents,
  type Found,
  type PlatformAttributes,
  type PlatformEntry,
  type Refusal,
} from './platform.ts';

/** The C library's functions, by their manual pages; -1 and `errno` on failure. Strings end with a zero byte. */
export interface LinuxCalls {
  flistxattr(fd: number, list: Buffer, size: number): number;
  llistxattr(path: Buffer, list: Buffer, size: number): number;
  fgetxattr(fd: number, name: Buffer, value: Buffer, size: number): number;
  lgetxattr(path: Buffer, name: Buffer, value: Buffer, size: number): number;
  fsetxattr(fd: number, name: Buffer, value: Uint8Array, size: number, flags: number): number;
  lsetxattr(path: Buffer, name: Buffer, value: Uint8Array, size: number, flags: number): number;
  ioctl(fd: number, request: number, argument: Buffer): number;
  lseek(fd: number, offset: number, whence: number): number;
  mknod(path: Buffer, mode: number, device: number): number;
  errno(): number;
}

/** XATTR_SIZE_MAX and XATTR_LIST_MAX of the kernel (linux/limits.h). */
const MAX_XATTR = 65_536;

/** linux/fs.h; `_IOR('f', 1, long)` on the machines that Holdfast runs on, all of 64 bits. */
const FS_IOC_GETFLAGS = 0x8008_6601;
const FS_IOC_SETFLAGS = 0x4008_6602;
/** Flags that are somebody's choice, not the file system's own bookkeeping (FORMAT.md, "Trees"). */
export const LINUX_FLAGS = 0x2083_c4ff;
/** Of these, the ones that count from the first byte on: compr, nocomp, journal-data, notail, nocow, projinherit. */
const EARLY_FLAGS = 0x2080_c404;

const SEEK_DATA = 3;
const SEEK_HOLE = 4;

const { EACCES, ENODATA, ENOENT, ENOSYS, ENOTSUP, ENOTTY, ENXIO, EOPNOTSUPP, EPERM, EROFS, EINVAL } = os.errno;
const CANNOT: ReadonlySet<number> = new Set([ENOTSUP, EOPNOTSUPP, ENOSYS, ENOTTY, EINVAL]);
const MAY_NOT: ReadonlySet<number> = new Set([EPERM, EACCES, EROFS]);
const NAMES = new Map(Object.entries(os.errno).map(([name, number]) => [number, name]));

/** What an error number of this computer means for an attribute. */
export function refusalOf(errno: number): Refusal {
  const why = CANNOT.has(errno) ? 'unsupported' : MAY_NOT.has(errno) ? 'denied' : 'failed';
  return { why, detail: NAMES.get(errno) ?? `error ${errno}` };
}

const PATH = 'const uint8_t *';
/** How the functions are declared. */
export const LINUX_PROTOTYPES: Record<keyof Omit<LinuxCalls, 'errno'>, string> = {
  flistxattr: 'int64_t flistxattr(int, uint8_t *, size_t)',
  llistxattr: `int64_t llistxattr(${PATH}, uint8_t *, size_t)`,
  fgetxattr: `int64_t fgetxattr(int, ${PATH}, uint8_t *, size_t)`,
  lgetxattr: `int64_t lgetxattr(${PATH}, ${PATH}, uint8_t *, size_t)`,
  fsetxattr: `int fsetxattr(int, ${PATH}, const uint8_t *, size_t, int)`,
  lsetxattr: `int lsetxattr(${PATH}, ${PATH}, const uint8_t *, size_t, int)`,
  // Variadic in C; on these machines its third argument goes where any other would.
  ioctl: 'int ioctl(int, unsigned long, uint8_t *)',
  lseek: 'int64_t lseek(int, int64_t, int)',
  mknod: `int mknod(${PATH}, uint32_t, uint64_t)`,
};

/** Null where the calls cannot be made, also with a C library that lacks one of them. */
export function linuxCalls(): LinuxCalls | null {
  const native = loadNative();
  if (native === null) return null;
  try {
    const functions = bind<Omit<LinuxCalls, 'errno'>>(native.load(null), LINUX_PROTOTYPES);
    return { ...functions, errno: () => native.errno() };
  } catch {
    return null;
  }
}

export function linuxAttributes(libc: LinuxCalls | null = linuxCalls()): PlatformAttributes {
  return libc === null ? NO_ATTRIBUTES : new LinuxAttributes(libc);
}

class LinuxAttributes implements PlatformAttributes {
  readonly #c: LinuxCalls;
  readonly #list = Buffer.alloc(MAX_XATTR);
  readonly #value = Buffer.alloc(MAX_XATTR);
  readonly #word = Buffer.alloc(8);
  readonly extents: Extents;

  constructor(libc: LinuxCalls) {
    this.#c = libc;
    this.extents = extentsBy(libc, SEEK_DATA, SEEK_HOLE, ENXIO);
  }

  read(entry: PlatformEntry): Found {
    const found: Found = { attributes: [], flags: null, refused: [] };
    const path = entry.fd === null ? terminated(toBytes(entry.path)) : null;
    const length =
      path === null
        ? this.#c.flistxattr(entry.fd ?? -1, this.#list, MAX_XATTR)
        : this.#c.llistxattr(path, this.#list, MAX_XATTR);
    if (length < 0) {
      const refusal = refusalOf(this.#c.errno());
      if (refusal.why !== 'unsupported') found.refused.push({ name: '', refusal });
    } else if (length > 0) {
      for (const name of splitNames(this.#list.subarray(0, length))) this.#readOne(entry, path, name, found);
    }
    found.flags = this.#flags(entry);
    return found;
  }

  #readOne(entry: PlatformEntry, path: Buffer | null, name: Buffer, found: Found): void {
    const ended = terminated(name);
    const length =
      path === null
        ? this.#c.fgetxattr(entry.fd ?? -1, ended, this.#value, MAX_XATTR)
        : this.#c.lgetxattr(path, ended, this.#value, MAX_XATTR);
    if (length >= 0) {
      found.attributes.push({ name, value: Buffer.from(this.#value.subarray(0, length)) });
      return;
    }
    const errno = this.#c.errno();
    // Gone since it was listed, or a name that the file system lists and does not have.
    if (errno === ENODATA || errno === ENOENT || errno === ENOTSUP) return;
    found.refused.push({ name: name.toString(), refusal: refusalOf(errno) });
  }

  /** Null where none is set, the file system has none, or the entry can have none. */
  #flags(entry: PlatformEntry): Flags | null {
    if (entry.kind === 'special' || entry.kind === 'symlink') return null;
    const bits = this.#opened(entry, (fd) => (this.#getFlags(fd) ?? 0) & LINUX_FLAGS) ?? 0;
    return bits !== 0 ? { system: FlagSystem.linux, bits } : null;
  }

  #getFlags(fd: number): number | null {
    return this.#c.ioctl(fd, FS_IOC_GETFLAGS, this.#word) < 0 ? null : this.#word.readInt32LE(0);
  }

  /** Does something with the open entry; null where it cannot be opened. */
  #opened<T>(entry: PlatformEntry, action: (fd: number) => T): T | null {
    if (entry.fd !== null) return action(entry.fd);
    const kind = entry.kind === 'folder' ? constants.O_DIRECTORY : 0;
    let fd: number;
    try {
      fd = openSync(fsPath(entry.path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | kind);
    } catch {
      return null; // Whether it may be read is told where its contents are.
    }
    try {
      return action(fd);
    } finally {
      closeSync(fd);
    }
  }

  write(entry: PlatformEntry, name: Uint8Array, value: Uint8Array): Refusal | null {
    const ended = terminated(name);
    const done =
      entry.fd === null
        ? this.#c.lsetxattr(terminated(toBytes(entry.path)), ended, value, value.length, 0)
        : this.#c.fsetxattr(entry.fd, ended, value, value.length, 0);
    return done === 0 ? null : refusalOf(this.#c.errno());
  }

  setFlags(entry: PlatformEntry, flags: Flags, when: 'early' | 'late'): Refusal | null {
    if (flags.system !== FlagSystem.linux) return when === 'late' ? UNSUPPORTED : null;
    const mask = when === 'early' ? EARLY_FLAGS : LINUX_FLAGS & ~EARLY_FLAGS;
    const wanted = flags.bits & mask;
    if (wanted === 0 && flags.bits !== 0) return null;
    const set = (fd: number): Refusal | null => {
      const present = this.#getFlags(fd);
      if (present === null) return refusalOf(this.#c.errno());
      if ((present & mask) === wanted) return null;
      this.#word.fill(0).writeInt32LE((present & ~mask) | wanted);
      return this.#c.ioctl(fd, FS_IOC_SETFLAGS, this.#word) < 0 ? refusalOf(this.#c.errno()) : null;
    };
    let refusal: Refusal | null = UNSUPPORTED;
    this.#opened(entry, (fd) => (refusal = set(fd)));
    return refusal;
  }

  /** Linux has no call for it. */
  setBirth(): Refusal | null {
    return null;
  }

  makeSpecial(path: ByteString, mode: number, device: [number, number] | null): Refusal | null {
    const number = device === null ? 0 : makedev(device);
    if (number === null) return UNSUPPORTED;
    const made = this.#c.mknod(terminated(toBytes(path)), mode, number);
    return made === 0 ? null : refusalOf(this.#c.errno());
  }
}

/**
 * makedev(3). The kernel has 12 bits for the major number and 20 for the minor (linux/kdev_t.h); null for a device of
 * another system that is over them.
 */
function makedev([major, minor]: [number, number]): number | null {
  if (major > 0xfff || minor > 0xf_ffff) return null;
  return ((major << 8) | (minor & 0xff) | ((minor & 0xfff00) << 12)) >>> 0;
}
