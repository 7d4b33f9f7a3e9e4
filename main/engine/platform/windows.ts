/** Attributes of Windows: alternate data streams, the security descriptor, file attributes, and the birth time. */
import { closeSync, fstatSync, openSync, readSync, writeFileSync } from 'node:fs';
import { display, type ByteString } from '../format/byte-path.ts';
import { FlagSystem, MAX_VALUE, type Flags, type Time } from '../format/node-extras.ts';
import { bind, loadNative } from './native.ts';
import {
  NO_ATTRIBUTES,
  UNSUPPORTED,
  type Found,
  type PlatformAttributes,
  type PlatformEntry,
  type Refusal,
} from './platform.ts';
import { isWholeDescriptor } from './security-descriptor.ts';

/**
 * A security descriptor as opaque bytes. GetNamedSecurityInfo would give it in memory of its own and, when it is set
 * again, let the folders above change it; these two give and take it as it is.
 */
export interface SecurityCalls {
  /** Gives the descriptor in one self-relative piece; `needed` gets its length. */
  GetFileSecurityW(path: string, parts: number, descriptor: Buffer, length: number, needed: Buffer): number;
  SetFileSecurityW(path: string, parts: number, descriptor: Uint8Array): number;
}

/** Functions of kernel32 and advapi32, by their documentation; paths are UTF-16, handles numbers. */
export interface WindowsCalls extends SecurityCalls {
  GetFileAttributesW(path: string): number;
  SetFileAttributesW(path: string, attributes: number): number;
  /** Fills a WIN32_FIND_STREAM_DATA. -1 (INVALID_HANDLE_VALUE) where there is no stream, or on failure. */
  FindFirstStreamW(path: string, level: number, data: Buffer, flags: number): number;
  FindNextStreamW(handle: number, data: Buffer): number;
  FindClose(handle: number): number;
  CreateFileW(path: string, access: number, share: number, none: null, how: number, flags: number, no: null): number;
  SetFileTime(handle: number, creation: Buffer, access: null, write: null): number;
  CloseHandle(handle: number): number;
  GetLastError(): number;
}

/** Reading and writing a stream is reading and writing a file of the name `file:stream`. */
export interface StreamFiles {
  read(path: string): Buffer | Refusal;
  write(path: string, value: Uint8Array): Refusal | null;
}

const STREAM = 'windows.stream.';
const SECURITY = 'windows.security';

const INVALID_ATTRIBUTES = 0xffff_ffff;
/** FILE_ATTRIBUTE_READONLY, HIDDEN, SYSTEM, NOT_CONTENT_INDEXED; ARCHIVE is on nearly every file and tells nothing. */
export const WINDOWS_FLAGS = 0x2007;
/** OWNER_, GROUP_ and DACL_SECURITY_INFORMATION; the audit list takes a privilege that no backup should need. */
const SECURITY_PARTS = 7;
/** WIN32_FIND_STREAM_DATA: the length in 8 bytes, then 296 characters of `:name:$DATA`. */
const STREAM_DATA_BYTES = 8 + 2 * 296;

const ERROR_ACCESS_DENIED = 5;
const ERROR_NOT_SUPPORTED = 50;
const ERROR_INVALID_PARAMETER = 87;
const ERROR_PRIVILEGE_NOT_HELD = 1314;
const ERROR_INVALID_OWNER = 1307;

const FILE_WRITE_ATTRIBUTES = 0x100;
const SHARE_ALL = 7;
const OPEN_EXISTING = 3;
/** FILE_FLAG_BACKUP_SEMANTICS (folders too) and FILE_FLAG_OPEN_REPARSE_POINT (the link itself). */
const OPEN_FLAGS = 0x0220_0000;
/** Seconds from 1601 to 1970. */
const EPOCH_SECONDS = 11_644_473_600n;
/** A FILETIME counts 100 ns from 1601; 0 and what would be negative mean something else to SetFileTime. */
const MAX_FILETIME = 0x7fff_ffff_ffff_ffffn;

function refusalOf(error: number): Refusal {
  const detail = `Windows error ${error}`;
  if (error === ERROR_NOT_SUPPORTED || error === ERROR_INVALID_PARAMETER) return { why: 'unsupported', detail };
  const denied = [ERROR_ACCESS_DENIED, ERROR_PRIVILEGE_NOT_HELD, ERROR_INVALID_OWNER].includes(error);
  return { why: denied ? 'denied' : 'failed', detail };
}

/** How the functions are declared: those of kernel32.dll, and those of advapi32.dll. */
export const KERNEL_PROTOTYPES: Record<keyof Omit<WindowsCalls, keyof SecurityCalls>, string> = {
  GetFileAttributesW: 'uint32_t __stdcall GetFileAttributesW(str16)',
  SetFileAttributesW: 'int __stdcall SetFileAttributesW(str16, uint32_t)',
  FindFirstStreamW: 'intptr_t __stdcall FindFirstStreamW(str16, int, uint8_t *, uint32_t)',
  FindNextStreamW: 'int __stdcall FindNextStreamW(intptr_t, uint8_t *)',
  FindClose: 'int __stdcall FindClose(intptr_t)',
  CreateFileW: 'intptr_t __stdcall CreateFileW(str16, uint32_t, uint32_t, void *, uint32_t, uint32_t, void *)',
  SetFileTime: 'int __stdcall SetFileTime(intptr_t, const uint8_t *, void *, void *)',
  CloseHandle: 'int __stdcall CloseHandle(intptr_t)',
  GetLastError: 'uint32_t __stdcall GetLastError()',
};
export const SECURITY_PROTOTYPES: Record<keyof SecurityCalls, string> = {
  GetFileSecurityW: 'int __stdcall GetFileSecurityW(str16, uint32_t, uint8_t *, uint32_t, uint8_t *)',
  SetFileSecurityW: 'int __stdcall SetFileSecurityW(str16, uint32_t, const uint8_t *)',
};

function windowsCalls(): WindowsCalls | null {
  const native = loadNative();
  if (native === null) return null;
  try {
    return {
      ...bind<Omit<WindowsCalls, keyof SecurityCalls>>(native.load('kernel32.dll'), KERNEL_PROTOTYPES),
      ...bind<SecurityCalls>(native.load('advapi32.dll'), SECURITY_PROTOTYPES),
    };
  } catch {
    return null;
  }
}

export function windowsAttributes(
  system: WindowsCalls | null = windowsCalls(),
  streams: StreamFiles = NODE_STREAMS,
): PlatformAttributes {
  return system === null ? NO_ATTRIBUTES : new WindowsAttributes(system, streams);
}

class WindowsAttributes implements PlatformAttributes {
  readonly #c: WindowsCalls;
  readonly #streams: StreamFiles;
  readonly extents = null;

  constructor(system: WindowsCalls, streams: StreamFiles) {
    this.#c = system;
    this.#streams = streams;
  }

  read(entry: PlatformEntry): Found {
    const path = pathOf(entry.path);
    const found: Found = { attributes: [], flags: this.#flags(path), refused: [] };
    // Both would be those of what a link leads to.
    if (entry.kind !== 'symlink') {
      this.#readSecurity(path, found);
      this.#readStreams(path, found);
    }
    found.attributes.sort((a, b) => Buffer.compare(a.name, b.name));
    return found;
  }

  #flags(path: string): Flags | null {
    const present = this.#c.GetFileAttributesW(path);
    const bits = present === INVALID_ATTRIBUTES ? 0 : present & WINDOWS_FLAGS;
    return bits === 0 ? null : { system: FlagSystem.windows, bits };
  }

  #readSecurity(path: string, found: Found): void {
    const needed = Buffer.alloc(4);
    this.#c.GetFileSecurityW(path, SECURITY_PARTS, Buffer.alloc(0), 0, needed);
    const length = needed.readUInt32LE(0);
    if (length === 0) return; // A file system without any (FAT).
    const value = Buffer.alloc(length);
    if (this.#c.GetFileSecurityW(path, SECURITY_PARTS, value, length, needed) !== 0) {
      found.attributes.push({ name: Buffer.from(SECURITY), value });
    } else found.refused.push({ name: SECURITY, refusal: refusalOf(this.#c.GetLastError()) });
  }

  #readStreams(path: string, found: Found): void {
    const data = Buffer.alloc(STREAM_DATA_BYTES);
    const handle = this.#c.FindFirstStreamW(path, 0, data, 0);
    if (handle === -1) return; // A folder without any, or a file system that knows none.
    try {
      do {
        const name = streamName(data);
        if (name === null) continue;
        const value = this.#streams.read(`${path}:${name}`);
        if (Buffer.isBuffer(value)) found.attributes.push({ name: Buffer.from(`${STREAM}${name}`), value });
        else found.refused.push({ name: `${STREAM}${name}`, refusal: value });
      } while (this.#c.FindNextStreamW(handle, data.fill(0)) !== 0);
    } finally {
      this.#c.FindClose(handle);
    }
  }

  write(entry: PlatformEntry, name: Uint8Array, value: Uint8Array): Refusal | null {
    // It would be written through the link, to wherever that leads.
    if (entry.kind === 'symlink') return UNSUPPORTED;
    const text = Buffer.from(name).toString();
    const path = pathOf(entry.path);
    if (text === SECURITY) {
      if (!isWholeDescriptor(value)) return { why: 'failed', detail: 'not a security descriptor' };
      const done = this.#c.SetFileSecurityW(path, SECURITY_PARTS, value) !== 0;
      return done ? null : refusalOf(this.#c.GetLastError());
    }
    if (!text.startsWith(STREAM)) return UNSUPPORTED;
    const stream = text.slice(STREAM.length);
    // A separator would lead to another file.
    if (stream === '' || /[\\/:\0]/.test(stream)) return UNSUPPORTED;
    return this.#streams.write(`${path}:${stream}`, value);
  }

  setFlags(entry: PlatformEntry, flags: Flags, when: 'early' | 'late'): Refusal | null {
    if (when === 'early') return null;
    if (flags.system !== FlagSystem.windows) return UNSUPPORTED;
    const path = pathOf(entry.path);
    const present = this.#c.GetFileAttributesW(path);
    if (present === INVALID_ATTRIBUTES) return refusalOf(this.#c.GetLastError());
    const wanted = ((present & ~WINDOWS_FLAGS) | (flags.bits & WINDOWS_FLAGS)) >>> 0;
    if (wanted === present) return null;
    return this.#c.SetFileAttributesW(path, wanted) !== 0 ? null : refusalOf(this.#c.GetLastError());
  }

  setBirth(entry: PlatformEntry, birth: Time): Refusal | null {
    const filetime = (BigInt(birth.s) + EPOCH_SECONDS) * 10_000_000n + BigInt(Math.floor(birth.ns / 100));
    if (filetime <= 0n || filetime > MAX_FILETIME) return UNSUPPORTED;
    const handle = this.#c.CreateFileW(
      pathOf(entry.path),
      FILE_WRITE_ATTRIBUTES,
      SHARE_ALL,
      null,
      OPEN_EXISTING,
      OPEN_FLAGS,
      null,
    );
    if (handle === -1) return refusalOf(this.#c.GetLastError());
    try {
      const time = Buffer.alloc(8);
      time.writeBigInt64LE(filetime);
      return this.#c.SetFileTime(handle, time, null, null) !== 0 ? null : refusalOf(this.#c.GetLastError());
    } finally {
      this.#c.CloseHandle(handle);
    }
  }

  /** Windows has neither. */
  makeSpecial(): Refusal {
    return UNSUPPORTED;
  }
}

/** `:name:$DATA` without its ends; null for the contents themselves (`::$DATA`) and other kinds. */
function streamName(data: Buffer): string | null {
  const all = data.toString('utf16le', 8);
  const end = all.indexOf('\0');
  return /^:([^:]+):\$DATA$/.exec(end < 0 ? all : all.slice(0, end))?.[1] ?? null;
}

/** Without a limit on its length ("Maximum Path Length Limitation", Win32 documentation). */
function pathOf(path: ByteString): string {
  const text = display(Buffer.from(path, 'latin1')).replaceAll('/', '\\');
  if (/^[A-Za-z]:\\/.test(text)) return `\\\\?\\${text}`;
  return text.startsWith('\\\\') && !text.startsWith('\\\\?\\') ? `\\\\?\\UNC\\${text.slice(2)}` : text;
}

function nodeRefusal(error: unknown): Refusal {
  const detail = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  const denied = detail === 'EPERM' || detail === 'EACCES' || detail === 'EBUSY';
  return { why: denied ? 'denied' : detail === 'ENOENT' || detail === 'EINVAL' ? 'unsupported' : 'failed', detail };
}

const NODE_STREAMS: StreamFiles = {
  read(path) {
    try {
      const fd = openSync(path, 'r');
      try {
        const { size } = fstatSync(fd);
        if (size > MAX_VALUE) return { why: 'failed', detail: 'E2BIG' };
        const value = Buffer.alloc(size);
        let have = 0;
        for (let n = -1; n !== 0 && have < size; have += n) n = readSync(fd, value, have, size - have, have);
        return value.subarray(0, have);
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      return nodeRefusal(error);
    }
  },
  write(path, value) {
    try {
      writeFileSync(path, value);
      return null;
    } catch (error) {
      return nodeRefusal(error);
    }
  },
};
