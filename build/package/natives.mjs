/** The native packages that the app brings: which files of each, and for which system and processor a binary was made. */
import { readFile } from 'node:fs/promises';

/** Folders of node_modules, with what of each is packed, as in electron-builder.yml. */
export function nativeFiles(platform, arch) {
  const binary = (folder, file) => new RegExp(`^node_modules/${folder}/(package\\.json|${file})$`);
  const target = `${platform}-${arch}`;
  return [
    /^node_modules\/keytar\/(package\.json|lib\/keytar\.js|build\/Release\/keytar\.node)$/,
    /^node_modules\/koffi\/(package\.json|index\.cjs|src\/koffi\/index\.cjs|src\/koffi\/src\/static\.cjs)$/,
    binary(`@koromix/koffi-${target}`, `(index\\.js|${platform}_${arch}/koffi\\.node)`),
    /^node_modules\/@toondepauw\/node-zstd\/(package\.json|index\.js)$/,
    binary(`@toondepauw/node-zstd-${target}(-gnu|-msvc)?`, '[\\w.-]+\\.node'),
    /^node_modules\/@napi-rs\/blake-hash\/(package\.json|index\.js)$/,
    binary(`@napi-rs/blake-hash-${target}(-gnu|-msvc)?`, '[\\w.-]+\\.node'),
    /^node_modules\/@node-rs\/argon2\/(package\.json|index\.js)$/,
    binary(`@node-rs/argon2-${target}(-gnu|-msvc)?`, '[\\w.-]+\\.node'),
  ];
}

/** How many binaries a package must have: without one of them the app lacks a part. */
export const NATIVE_COUNT = 5;

const ELF = { 62: 'x64', 183: 'arm64', 40: 'arm', 3: 'ia32' };
const MACH = { 0x01000007: 'x64', 0x0100000c: 'arm64' };
const PE = { 0x8664: 'x64', 0xaa64: 'arm64', 0x14c: 'ia32' };

/**
 * What a binary was made for, by its header.
 * @param {Buffer} bytes
 * @returns {{ platform: string, archs: string[] } | null} null where it is none that is known
 */
export function binaryTarget(bytes) {
  if (bytes.length < 64) return null;
  if (bytes.readUInt32BE(0) === 0x7f454c46)
    return { platform: 'linux', archs: [ELF[bytes.readUInt16LE(18)] ?? 'other'] };
  if (bytes.readUInt32LE(0) === 0xfeedfacf)
    return { platform: 'darwin', archs: [MACH[bytes.readUInt32LE(4)] ?? 'other'] };
  if (bytes.readUInt32BE(0) === 0xcafebabe) {
    const count = Math.min(bytes.readUInt32BE(4), 4);
    return {
      platform: 'darwin',
      archs: Array.from({ length: count }, (_, i) => MACH[bytes.readUInt32BE(8 + 20 * i)] ?? 'other'),
    };
  }
  if (bytes.readUInt16BE(0) === 0x4d5a) {
    const header = bytes.readUInt32LE(0x3c);
    if (header + 6 > bytes.length || bytes.readUInt32BE(header) !== 0x50450000) return null;
    return { platform: 'win32', archs: [PE[bytes.readUInt16LE(header + 4)] ?? 'other'] };
  }
  return null;
}

/** What is wrong with one binary for this target; null where it fits. */
export async function binaryProblem(file, platform, arch) {
  const target = binaryTarget(await readFile(file));
  const wanted = arch === 'universal' ? ['x64', 'arm64'] : [arch];
  if (target === null) return 'is no binary of any system that is known';
  if (target.platform !== platform) return `was made for ${target.platform}, not ${platform}`;
  if (arch === 'universal' && target.archs.length === 1) return null; // one of a pair: each lies in a folder of its own
  const missing = wanted.filter((one) => !target.archs.includes(one));
  return missing.length === 0 ? null : `was made for ${target.archs.join(' and ')}, not ${missing.join(' and ')}`;
}
