/** Attributes of macOS: extended attributes (the resource fork is one of them), st_flags, and the birth time. */
import { toBytes, type ByteString } from '../format/byte-path.ts';
import { FlagSystem, MAX_VALUE, type Flags, type Time } from '../format/node-extras.ts';
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

/**
 * The system library's functions, by their manual pages; -1 and `errno` on failure. Those of paths do not follow a
 * link, being given the option that says so. Strings end with a zero byte; null asks for a length.
 */
export interface MacosCalls {
  listxattr(path: Buffer, list: Buffer | null, size: number, options: number): number;
  flistxattr(fd: number, list: Buffer | null, size: number, options: number): number;
  getxattr(path: Buffer, name: Buffer, v: Buffer | null, size: number, position: number, options: number): number;
  fgetxattr(fd: number, name: Buffer, v: Buffer | null, size: number, position: number, options: number): number;
  setxattr(path: Buffer, name: Buffer, v: Uint8Array, size: number, position: number, options: number): number;
  fsetxattr(fd: number, name: Buffer, v: Uint8Array, size: number, position: number, options: number): number;
  getattrlist(path: Buffer, list: Buffer, result: Buffer, size: number, options: number): number;
  fgetattrlist(fd: number, list: Buffer, result: Buffer, size: number, options: number): number;
  setattrlist(path: Buffer, list: Buffer, value: Buffer, size: number, options: number): number;
  fsetattrlist(fd: number, list: Buffer, value: Buffer, size: number, options: number): number;
  lchflags(path: Buffer, flags: number): number;
  fchflags(fd: number, flags: number): number;
  lseek(fd: number, offset: number, whence: number): number;
  mknod(path: Buffer, mode: number, device: number): number;
  mkfifo(path: Buffer, mode: number): number;
  errno(): number;
}

/** sys/xattr.h. */
const XATTR_NOFOLLOW = 1;
/** sys/attr.h. */
const ATTR_BIT_MAP_COUNT = 5;
const ATTR_CMN_CRTIME = 0x200;
const ATTR_CMN_FLAGS = 0x4_0000;
const FSOPT_NOFOLLOW = 1;
/** sys/unistd.h; the other way round than on Linux. */
const SEEK_HOLE = 3;
const SEEK_DATA = 4;

/** sys/stat.h: nodump, immutable, append and opaque of the user; hidden; archived, immutable and append of root. */
export const MACOS_FLAGS = 0x7_800f;

/** The system alone writes these: a signature of where a file came from, and what compression keeps. */
const SYSTEMS_OWN: ReadonlySet<string> = new Set(['com.apple.provenance', 'com.apple.decmpfs']);

/** sys/errno.h of macOS. */
const ERRORS = new Map([
  [1, 'EPERM'],
  [5, 'EIO'],
  [6, 'ENXIO'],
  [7, 'E2BIG'],
  [13, 'EACCES'],
  [22, 'EINVAL'],
  [28, 'ENOSPC'],
  [30, 'EROFS'],
  [45, 'ENOTSUP'],
  [93, 'ENOATTR'],
  [102, 'EOPNOTSUPP'],
]);
const ENXIO = 6;
const ENOATTR = 93;

function refusalOf(errno: number): Refusal {
  const detail = ERRORS.get(errno) ?? `error ${errno}`;
  if (detail === 'ENOTSUP' || detail === 'EOPNOTSUPP' || detail === 'EINVAL') return { why: 'unsupported', detail };
  return { why: detail === 'EPERM' || detail === 'EACCES' || detail === 'EROFS' ? 'denied' : 'failed', detail };
}

const PATH = 'const uint8_t *';
/** How the functions are declared. */
export const MACOS_PROTOTYPES: Record<keyof Omit<MacosCalls, 'errno'>, string> = {
  listxattr: `int64_t listxattr(${PATH}, uint8_t *, size_t, int)`,
  flistxattr: 'int64_t flistxattr(int, uint8_t *, size_t, int)',
  getxattr: `int64_t getxattr(${PATH}, ${PATH}, uint8_t *, size_t, uint32_t, int)`,
  fgetxattr: `int64_t fgetxattr(int, ${PATH}, uint8_t *, size_t, uint32_t, int)`,
  setxattr: `int setxattr(${PATH}, ${PATH}, const uint8_t *, size_t, uint32_t, int)`,
  fsetxattr: `int fsetxattr(int, ${PATH}, const uint8_t *, size_t, uint32_t, int)`,
  getattrlist: `int getattrlist(${PATH}, const uint8_t *, uint8_t *, size_t, unsigned long)`,
  fgetattrlist: 'int fgetattrlist(int, const uint8_t *, uint8_t *, size_t, unsigned long)',
  setattrlist: `int setattrlist(${PATH}, const uint8_t *, const uint8_t *, size_t, unsigned long)`,
  fsetattrlist: 'int fsetattrlist(int, const uint8_t *, const uint8_t *, size_t, unsigned long)',
  lchflags: `int lchflags(${PATH}, uint32_t)`,
  fchflags: 'int fchflags(int, uint32_t)',
  lseek: 'int64_t lseek(int, int64_t, int)',
  mknod: `int mknod(${PATH}, uint16_t, int32_t)`,
  mkfifo: `int mkfifo(${PATH}, uint16_t)`,
};

function macosCalls(): MacosCalls | null {
  const native = loadNative();
  if (native === null) return null;
  try {
    const functions = bind<Omit<MacosCalls, 'errno'>>(native.load(null), MACOS_PROTOTYPES);
    return { ...functions, errno: () => native.errno() };
  } catch {
    return null;
  }
}

export function macosAttributes(system: MacosCalls | null = macosCalls()): PlatformAttributes {
  return system === null ? NO_ATTRIBUTES : new MacosAttributes(system);
}

class MacosAttributes implements PlatformAttributes {
  readonly #c: MacosCalls;
  readonly extents: Extents;

  constructor(system: MacosCalls) {
    this.#c = system;
    this.extents = extentsBy(system, SEEK_DATA, SEEK_HOLE, ENXIO);
  }

  read(entry: PlatformEntry): Found {
    const found: Found = { attributes: [], flags: this.#flags(entry), refused: [] };
    const list = this.#whole((into, size) =>
      entry.fd === null
        ? this.#c.listxattr(terminated(toBytes(entry.path)), into, size, XATTR_NOFOLLOW)
        : this.#c.flistxattr(entry.fd, into, size, 0),
    );
    if (!Buffer.isBuffer(list)) {
      if (list.why !== 'unsupported') found.refused.push({ name: '', refusal: list });
      return found;
    }
    for (const name of splitNames(list)) {
      if (SYSTEMS_OWN.has(name.toString())) continue;
      const ended = terminated(name);
      const value = this.#whole((into, size) =>
        entry.fd === null
          ? this.#c.getxattr(terminated(toBytes(entry.path)), ended, into, size, 0, XATTR_NOFOLLOW)
          : this.#c.fgetxattr(entry.fd, ended, into, size, 0, 0),
      );
      if (Buffer.isBuffer(value)) found.attributes.push({ name, value });
      else if (value.detail !== 'ENOATTR') found.refused.push({ name: name.toString(), refusal: value });
    }
    return found;
  }

  /** What a call gives whose length has to be asked for first; it may grow meanwhile, and is asked for again then. */
  #whole(call: (into: Buffer | null, size: number) => number): Buffer | Refusal {
    for (let tries = 0; tries < 3; tries++) {
      const length = call(null, 0);
      if (length < 0) return refusalOf(this.#c.errno());
      if (length === 0) return Buffer.alloc(0);
      if (length > MAX_VALUE) return { why: 'failed', detail: 'E2BIG' };
      const into = Buffer.alloc(length);
      const got = call(into, length);
      if (got >= 0) return into.subarray(0, got);
      const errno = this.#c.errno();
      if (errno === ENOATTR) return refusalOf(errno);
    }
    return refusalOf(this.#c.errno());
  }

  #flags(entry: PlatformEntry): Flags | null {
    const bits = this.#getFlags(entry);
    const kept = bits === null ? 0 : bits & MACOS_FLAGS;
    return kept === 0 ? null : { system: FlagSystem.macos, bits: kept };
  }

  #getFlags(entry: PlatformEntry): number | null {
    const list = attributeList(ATTR_CMN_FLAGS);
    const result = Buffer.alloc(8);
    const done =
      entry.fd === null
        ? this.#c.getattrlist(terminated(toBytes(entry.path)), list, result, result.length, FSOPT_NOFOLLOW)
        : this.#c.fgetattrlist(entry.fd, list, result, result.length, 0);
    // First the length of all that follows, itself included.
    return done === 0 && result.readUInt32LE(0) === 8 ? result.readUInt32LE(4) : null;
  }

  write(entry: PlatformEntry, name: Uint8Array, value: Uint8Array): Refusal | null {
    const ended = terminated(name);
    const done =
      entry.fd === null
        ? this.#c.setxattr(terminated(toBytes(entry.path)), ended, value, value.length, 0, XATTR_NOFOLLOW)
        : this.#c.fsetxattr(entry.fd, ended, value, value.length, 0, 0);
    return done === 0 ? null : refusalOf(this.#c.errno());
  }

  setFlags(entry: PlatformEntry, flags: Flags, when: 'early' | 'late'): Refusal | null {
    if (when === 'early') return null; // None counts only for an empty file.
    if (flags.system !== FlagSystem.macos) return UNSUPPORTED;
    const present = this.#getFlags(entry) ?? 0;
    const wanted = ((present & ~MACOS_FLAGS) | (flags.bits & MACOS_FLAGS)) >>> 0;
    if (wanted === present) return null;
    const done =
      entry.fd === null
        ? this.#c.lchflags(terminated(toBytes(entry.path)), wanted)
        : this.#c.fchflags(entry.fd, wanted);
    return done === 0 ? null : refusalOf(this.#c.errno());
  }

  setBirth(entry: PlatformEntry, birth: Time): Refusal | null {
    const list = attributeList(ATTR_CMN_CRTIME);
    const value = Buffer.alloc(16);
    value.writeBigInt64LE(BigInt(birth.s), 0);
    value.writeBigInt64LE(BigInt(birth.ns), 8);
    const done =
      entry.fd === null
        ? this.#c.setattrlist(terminated(toBytes(entry.path)), list, value, value.length, FSOPT_NOFOLLOW)
        : this.#c.fsetattrlist(entry.fd, list, value, value.length, 0);
    return done === 0 ? null : refusalOf(this.#c.errno());
  }

  makeSpecial(path: ByteString, mode: number, device: [number, number] | null): Refusal | null {
    // dev_t has 8 bits for the major number and 24 for the minor (sys/types.h).
    if (device !== null && (device[0] > 0xff || device[1] > 0xff_ffff)) return UNSUPPORTED;
    const at = terminated(toBytes(path));
    const made =
      device === null ? this.#c.mkfifo(at, mode & 0o7777) : this.#c.mknod(at, mode, (device[0] << 24) | device[1]);
    return made === 0 ? null : refusalOf(this.#c.errno());
  }
}

/** struct attrlist of sys/attr.h for one common attribute. */
function attributeList(common: number): Buffer {
  const list = Buffer.alloc(24);
  list.writeUInt16LE(ATTR_BIT_MAP_COUNT, 0);
  list.writeUInt32LE(common, 4);
  return list;
}
