/**
 * Attributes of each system: the arguments of its calls and the bytes that they give. Linux's calls are made for real;
 * those of macOS and Windows are played by what their documentation says.
 */
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromPath } from '../../main/engine/format/byte-path.ts';
import { FlagSystem } from '../../main/engine/format/node-extras.ts';
import { LINUX_PROTOTYPES, linuxAttributes, linuxCalls, type LinuxCalls } from '../../main/engine/platform/linux.ts';
import { MACOS_PROTOTYPES, macosAttributes, type MacosCalls } from '../../main/engine/platform/macos.ts';
import { NO_ATTRIBUTES, splitNames, type PlatformEntry } from '../../main/engine/platform/platform.ts';
import {
  KERNEL_PROTOTYPES,
  SECURITY_PROTOTYPES,
  windowsAttributes,
  type StreamFiles,
  type WindowsCalls,
} from '../../main/engine/platform/windows.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const closed = (path: string): PlatformEntry => ({ path: fromPath(path), fd: null, kind: 'file' });
const opened = (fd: number): PlatformEntry => ({ path: fromPath('/x'), fd, kind: 'file' });

it('declares every function in a way that the foreign function library understands', () => {
  const koffi = createRequire(import.meta.url)('koffi') as { proto(prototype: string): unknown };
  const systems = [LINUX_PROTOTYPES, MACOS_PROTOTYPES, KERNEL_PROTOTYPES, SECURITY_PROTOTYPES];
  systems.forEach((prototypes, system) => {
    for (const [name, prototype] of Object.entries(prototypes)) {
      expect(prototype).toContain(` ${name}(`);
      // A name can be declared once a process.
      const other = prototype.replace(` ${name}(`, ` test${system}_${name}(`);
      expect(() => koffi.proto(other), prototype).not.toThrow();
    }
  });
});

it('splits a list of names as the system gives it', () => {
  expect(splitNames(Buffer.from('user.b\0user.a\0')).map(text)).toEqual(['user.a', 'user.b']);
  expect(splitNames(Buffer.from('not ended')).map(text)).toEqual(['not ended']);
  expect(splitNames(Buffer.alloc(0))).toEqual([]);
});

describe('Linux', () => {
  it.runIf(process.platform === 'linux')('has its calls here', () => {
    expect(linuxCalls()).not.toBeNull();
    expect(linuxAttributes()).not.toBe(NO_ATTRIBUTES);
    expect(linuxAttributes().extents?.hole(-1, 0)).toBeUndefined();
  });

  it('does without where they cannot be made', () => {
    const none = linuxAttributes(null);
    expect(none.read(closed('/x'))).toEqual({ attributes: [], flags: null, refused: [] });
    expect(none.write(closed('/x'), Buffer.from('user.a'), Buffer.of(1))?.why).toBe('unsupported');
  });

  /** Flags of one open file, and what was asked of it. */
  function withFlags(flags: number, refuse = 0): { calls: LinuxCalls; set: number[] } {
    const set: number[] = [];
    const calls = {
      flistxattr: () => -1,
      errno: () => 95,
      ioctl: (_fd: number, request: number, argument: Buffer) => {
        if (request === 0x8008_6601) argument.writeInt32LE(flags | 0);
        else if (refuse !== 0) return -1;
        else set.push(argument.readInt32LE() >>> 0);
        return 0;
      },
    };
    return { calls: calls as unknown as LinuxCalls, set };
  }

  it('tells only the flags that are a choice, and leaves the others as they are', () => {
    const extents = 0x8_0000;
    expect(linuxAttributes(withFlags(extents).calls).read(opened(3)).flags).toBeNull();
    const found = linuxAttributes(withFlags(extents | 0x50).calls).read(opened(3)).flags;
    expect(found).toEqual({ system: FlagSystem.linux, bits: 0x50 });
    const nocow = 0x80_0000;
    const wanted = { system: FlagSystem.linux, bits: nocow | 0x10 };
    const { calls, set } = withFlags(extents);
    const platform = linuxAttributes(calls);
    expect([platform.setFlags(opened(3), wanted, 'early'), set]).toEqual([null, [extents | nocow]]);
    set.length = 0;
    expect([platform.setFlags(opened(3), wanted, 'late'), set]).toEqual([null, [extents | 0x10]]);
  });

  it('does not set what is set, says why it may not, and refuses the flags of others', () => {
    const { calls, set } = withFlags(0x10, 1);
    const platform = linuxAttributes({ ...calls, errno: () => 1 });
    expect(platform.setFlags(opened(3), { system: FlagSystem.linux, bits: 0x10 }, 'late')).toBeNull();
    const refused = platform.setFlags(opened(3), { system: FlagSystem.linux, bits: 0x20 }, 'late');
    expect(refused).toEqual({ why: 'denied', detail: 'EPERM' });
    expect(platform.setFlags(opened(3), { system: FlagSystem.windows, bits: 1 }, 'late')?.why).toBe('unsupported');
    expect(set).toEqual([]);
  });

  it('makes the number of a device that the kernel takes', () => {
    const made: number[] = [];
    const mknod = (_path: Buffer, _mode: number, device: number): number => {
      made.push(device);
      return 0;
    };
    const platform = linuxAttributes({ mknod } as unknown as LinuxCalls);
    expect(platform.makeSpecial(fromPath('/x'), 0o060600, [259, 70_000])).toBeNull();
    expect(platform.makeSpecial(fromPath('/x'), 0o020600, [1, 3])).toBeNull();
    expect(made).toEqual([0x1111_0370, 0x103]);
    // Numbers that no device of Linux has.
    for (const device of [
      [0x1000, 0],
      [2 ** 52, 0],
      [0, 0x10_0000],
      [1, 2 ** 52],
    ] as [number, number][]) {
      expect(platform.makeSpecial(fromPath('/x'), 0o060600, device)?.why).toBe('unsupported');
    }
    expect(made.length).toBe(2);
  });
});

/** A file of macOS with attributes and flags. */
class MacFile {
  readonly attributes = new Map<string, Buffer>();
  flags = 0;
  birth = [0n, 0n];
  failed = 0;
  readonly log: string[] = [];

  readonly calls: MacosCalls = {
    listxattr: (path, list, size, options) => this.#list(`path ${text(path)}`, list, size, options),
    flistxattr: (fd, list, size, options) => this.#list(`fd ${fd}`, list, size, options),
    getxattr: (path, name, value, size, at, options) => this.#get(`path ${text(path)}`, name, value, size, at, options),
    fgetxattr: (fd, name, value, size, at, options) => this.#get(`fd ${fd}`, name, value, size, at, options),
    setxattr: (_path, name, value, size, position, options) => this.#set(name, value, size, position, options),
    fsetxattr: (_fd, name, value, size, position, options) => this.#set(name, value, size, position, options),
    getattrlist: (_path, list, result, size, options) => this.#getList(list, result, size, options),
    fgetattrlist: (_fd, list, result, size, options) => this.#getList(list, result, size, options),
    setattrlist: (_path, list, value, size, options) => this.#setList(list, value, size, options),
    fsetattrlist: (_fd, list, value, size, options) => this.#setList(list, value, size, options),
    lchflags: (_path, flags) => ((this.flags = flags), 0),
    fchflags: (_fd, flags) => ((this.flags = flags), 0),
    lseek: () => -1,
    mknod: (path, mode, device) => this.#note(`mknod ${text(path)} ${mode.toString(8)} ${device}`),
    mkfifo: (path, mode) => this.#note(`mkfifo ${text(path)} ${mode.toString(8)}`),
    errno: () => this.failed,
  };

  #note(line: string): number {
    this.log.push(line);
    return 0;
  }

  #fail(errno: number): number {
    this.failed = errno;
    return -1;
  }

  #list(what: string, list: Buffer | null, size: number, options: number): number {
    this.log.push(`list ${what} ${options}`);
    const names = Buffer.from([...this.attributes.keys()].map((name) => `${name}\0`).join(''));
    if (list !== null && size < names.length) return this.#fail(34);
    return list === null ? names.length : names.copy(list);
  }

  #get(what: string, name: Buffer, value: Buffer | null, size: number, position: number, options: number): number {
    this.log.push(`get ${what} ${text(name)} ${position} ${options}`);
    const found = this.attributes.get(text(name).replace('\0', ''));
    if (found === undefined) return this.#fail(93);
    if (value !== null && size < found.length) return this.#fail(34);
    return value === null ? found.length : found.copy(value);
  }

  #set(name: Buffer, value: Uint8Array, size: number, position: number, options: number): number {
    if (text(name).startsWith('com.apple.system')) return this.#fail(1);
    expect([size, position, options === 0 || options === 1]).toEqual([value.length, 0, true]);
    this.attributes.set(text(name).replace('\0', ''), Buffer.from(value));
    return 0;
  }

  /** sys/attr.h: count 5, two bytes of nothing, then five words, of which the first has the common attributes. */
  #wants(list: Buffer): number {
    expect([list.length, list.readUInt16LE(0), list.subarray(8).every((byte) => byte === 0)]).toEqual([24, 5, true]);
    return list.readUInt32LE(4);
  }

  #getList(list: Buffer, result: Buffer, size: number, options: number): number {
    expect([this.#wants(list), size, options <= 1]).toEqual([0x4_0000, 8, true]);
    result.writeUInt32LE(8, 0);
    result.writeUInt32LE(this.flags, 4);
    return 0;
  }

  #setList(list: Buffer, value: Buffer, size: number, options: number): number {
    expect([this.#wants(list), size, options <= 1]).toEqual([0x200, 16, true]);
    this.birth = [value.readBigInt64LE(0), value.readBigInt64LE(8)];
    return 0;
  }
}

describe('macOS', () => {
  it('reads attributes, the resource fork among them, of the link itself, and not what the system alone writes', () => {
    const file = new MacFile();
    file.attributes.set('com.apple.ResourceFork', Buffer.alloc(100_000, 7));
    file.attributes.set('com.apple.provenance', Buffer.of(1));
    file.attributes.set('a', Buffer.alloc(0));
    file.flags = 0x8000 | 0x20;
    const found = macosAttributes(file.calls).read(closed('/a file'));
    expect(found.attributes.map(({ name, value }) => [text(name), value.length])).toEqual([
      ['a', 0],
      ['com.apple.ResourceFork', 100_000],
    ]);
    expect([found.flags, found.refused]).toEqual([{ system: FlagSystem.macos, bits: 0x8000 }, []]);
    expect(file.log[0]).toBe('list path /a file\0 1');
    expect(file.log).toContain('get path /a file\0 com.apple.ResourceFork\0 0 1');
    macosAttributes(file.calls).read(opened(9));
    expect(file.log).toContain('get fd 9 com.apple.ResourceFork\0 0 0');
  });

  it('gives back attributes, flags and birth time, and says what it may not', () => {
    const file = new MacFile();
    file.flags = 0x20;
    const platform = macosAttributes(file.calls);
    expect(platform.write(opened(9), Buffer.from('com.apple.ResourceFork'), Buffer.alloc(5000, 1))).toBeNull();
    expect(file.attributes.get('com.apple.ResourceFork')?.length).toBe(5000);
    const refused = platform.write(closed('/x'), Buffer.from('com.apple.system.x'), Buffer.of(1));
    expect(refused).toEqual({ why: 'denied', detail: 'EPERM' });
    const flags = { system: FlagSystem.macos, bits: 0x8002 };
    expect(platform.setFlags(opened(9), flags, 'early')).toBeNull();
    expect(file.flags).toBe(0x20);
    expect(platform.setFlags(opened(9), flags, 'late')).toBeNull();
    expect(file.flags).toBe(0x8022);
    expect(platform.setBirth(opened(9), { s: -5, ns: 7 })).toBeNull();
    expect(file.birth).toEqual([-5n, 7n]);
    expect(platform.makeSpecial(fromPath('/p'), 0o010640, null)).toBeNull();
    expect(platform.makeSpecial(fromPath('/d'), 0o020600, [3, 2])).toBeNull();
    expect(file.log.slice(-2)).toEqual(['mkfifo /p\0 640', 'mknod /d\0 20600 50331650']);
    expect(platform.makeSpecial(fromPath('/d'), 0o020600, [256, 2])?.why).toBe('unsupported');
    expect(platform.makeSpecial(fromPath('/d'), 0o020600, [2 ** 40, 2 ** 40])?.why).toBe('unsupported');
  });
});

/** Owner S-1-5-18, group S-1-5-32-544, no SACL, a DACL of one entry. */
const DESCRIPTOR = Buffer.from(
  '010004801400000020000000000000003000000001010000000000051200000001020000000000052000000020020000' +
    '02001c000100000000001400ff011f00010100000000000512000000',
  'hex',
);

/** Reads a descriptor as SetFileSecurityW does, by what it says itself: throws where it would read outside. */
function readAsWindowsDoes(d: Uint8Array): void {
  const view = new DataView(d.buffer, d.byteOffset, d.byteLength);
  const end = (at: number, length: number): void => {
    if (length > 0) view.getUint8(at + length - 1);
  };
  end(0, 20);
  if ((view.getUint16(2, true) & 0x8000) === 0) throw new Error('pointers');
  for (const sid of [view.getUint32(4, true), view.getUint32(8, true)]) {
    if (sid !== 0) end(sid, 8 + 4 * view.getUint8(sid + 1));
  }
  for (const acl of [view.getUint32(12, true), view.getUint32(16, true)]) {
    if (acl === 0) continue;
    end(acl, view.getUint16(acl + 2, true));
    let ace = acl + 8;
    for (let left = view.getUint16(acl + 4, true); left > 0; left--) {
      const length = view.getUint16(ace + 2, true);
      if (length === 0) throw new Error('endless');
      end(ace, length);
      ace += length;
    }
  }
}

/** A file of Windows with streams, a security descriptor and attributes. */
class WindowsFile {
  readonly streams = new Map<string, Buffer>();
  security = Buffer.alloc(0);
  attributes = 0x20;
  birth = 0n;
  error = 0;
  readonly paths = new Set<string>();
  #at = 0;

  readonly files: StreamFiles = {
    read: (path) => this.streams.get(path.split(':').at(-1) ?? '') ?? { why: 'denied', detail: 'EACCES' },
    write: (path, value) => {
      this.paths.add(path);
      this.streams.set(path.split(':').at(-1) ?? '', Buffer.from(value));
      return null;
    },
  };

  readonly calls: WindowsCalls = {
    GetFileAttributesW: (path) => (this.paths.add(path), this.attributes),
    SetFileAttributesW: (_path, attributes) => ((this.attributes = attributes), 1),
    FindFirstStreamW: (_path, level, data, flags) => {
      expect([level, flags, data.length]).toEqual([0, 0, 600]);
      this.#at = -1;
      this.#fill(data, '::$DATA');
      return 77;
    },
    FindNextStreamW: (handle, data) => {
      expect(handle).toBe(77);
      const name = [...this.streams.keys()][++this.#at];
      if (name !== undefined) this.#fill(data, `:${name}:$DATA`);
      return name === undefined ? 0 : 1;
    },
    FindClose: () => 1,
    GetFileSecurityW: (_path, parts, descriptor, length, needed) => {
      expect(parts).toBe(7);
      needed.writeUInt32LE(this.security.length);
      return length < this.security.length ? 0 : this.security.copy(descriptor);
    },
    SetFileSecurityW: (_path, parts, descriptor) => {
      if (this.error !== 0) return 0;
      this.security = Buffer.from(descriptor);
      return parts;
    },
    CreateFileW: (path, access, share, _none, how, flags) => {
      this.paths.add(path);
      expect([access, share, how, flags]).toEqual([0x100, 7, 3, 0x220_0000]);
      return 88;
    },
    SetFileTime: (handle, creation) => {
      expect(handle).toBe(88);
      this.birth = creation.readBigInt64LE();
      return 1;
    },
    CloseHandle: () => 1,
    GetLastError: () => this.error,
  };

  #fill(data: Buffer, name: string): void {
    data.fill(0);
    data.write(name, 8, 'utf16le');
  }
}

describe('Windows', () => {
  it('reads streams and the security descriptor, sorted by name', () => {
    const file = new WindowsFile();
    file.streams.set('Zone.Identifier', Buffer.from('[ZoneTransfer]'));
    file.streams.set('ä', Buffer.from('x'));
    file.security = Buffer.alloc(200, 5);
    file.attributes = 0x23;
    const found = windowsAttributes(file.calls, file.files).read(closed('C:/Users/Anna/a.txt'));
    expect(found.attributes.map(({ name, value }) => [text(name), value.length])).toEqual([
      ['windows.security', 200],
      ['windows.stream.Zone.Identifier', 14],
      ['windows.stream.ä', 1],
    ]);
    expect([found.flags, found.refused]).toEqual([{ system: FlagSystem.windows, bits: 3 }, []]);
    expect([...file.paths]).toEqual(['\\\\?\\C:\\Users\\Anna\\a.txt']);
  });

  it('gives them back, with flags and birth time', () => {
    const file = new WindowsFile();
    const platform = windowsAttributes(file.calls, file.files);
    const entry = closed('C:/a.txt');
    expect(platform.write(entry, Buffer.from('windows.stream.note'), Buffer.from('hi'))).toBeNull();
    expect([...file.paths]).toEqual(['\\\\?\\C:\\a.txt:note']);
    expect(platform.write(entry, Buffer.from('windows.security'), DESCRIPTOR)).toBeNull();
    expect(file.security).toEqual(DESCRIPTOR);
    expect(platform.setFlags(entry, { system: FlagSystem.windows, bits: 1 }, 'late')).toBeNull();
    expect(file.attributes).toBe(0x21);
    expect(platform.setBirth(entry, { s: 0, ns: 100 })).toBeNull();
    expect(file.birth).toBe(116_444_736_000_000_001n);
    file.error = 1314;
    expect(platform.write(entry, Buffer.from('windows.security'), DESCRIPTOR)?.why).toBe('denied');
  });

  it('gives a descriptor to the system only where every part of it is inside', () => {
    const file = new WindowsFile();
    const platform = windowsAttributes(file.calls, file.files);
    const give = (value: Uint8Array) => platform.write(closed('C:/a'), Buffer.from('windows.security'), value);
    const changed = (at: number, ...bytes: number[]): Buffer => {
      const value = Buffer.from(DESCRIPTOR);
      value.set(bytes, at);
      return value;
    };
    expect(give(DESCRIPTOR)).toBeNull();
    // Revision; absolute; offsets in the header, at the end, far outside; sub-authorities; sizes of the list and entry.
    const bad = [
      changed(0, 2),
      changed(3, 0),
      changed(4, 3),
      changed(8, 76),
      changed(16, 0, 0, 0, 0x80),
      changed(20, 0),
    ];
    bad.push(changed(21, 16), changed(33, 15), changed(50, 29), changed(50, 7), changed(52, 2), changed(58, 21));
    bad.push(changed(58, 0), changed(58, 3), changed(12, 70));
    for (let length = 0; length < DESCRIPTOR.length; length++) bad.push(DESCRIPTOR.subarray(0, length));
    file.security = Buffer.alloc(0);
    bad.forEach((value, i) => expect([i, give(value)?.why]).toEqual([i, 'failed']));
    expect(file.security.length).toBe(0);
    const mutation = fc.array(fc.tuple(fc.nat(DESCRIPTOR.length - 1), fc.nat(255)), { maxLength: 4 });
    fc.assert(
      fc.property(mutation, fc.nat(DESCRIPTOR.length), (bytes, length) => {
        const value = Buffer.from(DESCRIPTOR);
        for (const [at, byte] of bytes) value[at] = byte;
        // On its own, so that reading past the end is an error.
        const alone = Uint8Array.from(value.subarray(0, length > 60 ? value.length : length));
        if (give(alone) === null) expect(() => readAsWindowsDoes(alone)).not.toThrow();
      }),
      { numRuns: 2000 },
    );
  });

  it('reads and writes nothing through a link', () => {
    const file = new WindowsFile();
    file.streams.set('note', Buffer.from('of the file behind it'));
    file.security = DESCRIPTOR;
    const platform = windowsAttributes(file.calls, file.files);
    const link: PlatformEntry = { ...closed('C:/link'), kind: 'symlink' };
    expect(platform.read(link).attributes).toEqual([]);
    expect(platform.write(link, Buffer.from('windows.stream.note'), Buffer.of(1))?.why).toBe('unsupported');
    expect(platform.write(link, Buffer.from('windows.security'), DESCRIPTOR)?.why).toBe('unsupported');
    expect(file.streams.get('note')?.length).toBeGreaterThan(1);
  });

  it('refuses a birth time that it has no number for', () => {
    const file = new WindowsFile();
    const platform = windowsAttributes(file.calls, file.files);
    for (const s of [2 ** 52, -(2 ** 52), -11_644_473_600, 922_337_203_685 - 11_644_473_600 + 1]) {
      expect([s, platform.setBirth(closed('C:/a'), { s, ns: 0 })?.why]).toEqual([s, 'unsupported']);
    }
    expect(platform.setBirth(closed('C:/a'), { s: -11_644_473_599, ns: 0 })).toBeNull();
    expect(file.birth).toBe(10_000_000n);
  });

  it('never lets a name lead to another file, and takes no attributes of other systems', () => {
    const file = new WindowsFile();
    const platform = windowsAttributes(file.calls, file.files);
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('\\', '/', ':', '\0'), fc.string(), (before, between, after) => {
        const name = Buffer.from(`windows.stream.${before}${between}${after}`);
        expect(platform.write(closed('C:/a'), name, Buffer.of(1))?.why).toBe('unsupported');
      }),
    );
    expect(platform.write(closed('C:/a'), Buffer.from('user.a'), Buffer.of(1))?.why).toBe('unsupported');
    expect(file.paths.size).toBe(0);
  });
});
