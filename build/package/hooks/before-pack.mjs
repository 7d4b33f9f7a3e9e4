/**
 * Before a program is packed for one processor: brings the native parts for it where this computer has another. They are
 * those that the lock file pins, checked against its checksums.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Stop, npm, readJson, root, run, say } from '../../tools.mjs';
import { binaryTarget } from '../natives.mjs';

/** electron-builder's numbers. */
const ARCHS = { 1: ['x64'], 3: ['arm64'], 4: ['x64', 'arm64'] };
const FAMILIES = ['@koromix/koffi-', '@toondepauw/node-zstd-', '@napi-rs/blake-hash-', '@node-rs/argon2-'];
const KEYTAR = path.join(root, 'node_modules', 'keytar', 'build', 'Release', 'keytar.node');

/** Packages of the lock file that bring binaries for a system and processor. */
export function nativePackages(lock, platform, arch) {
  return Object.entries(lock.packages)
    .map(([folder, facts]) => ({ name: folder.replace(/^.*node_modules\//, ''), ...facts }))
    .filter(({ name, os, cpu, libc }) => {
      const ours = FAMILIES.some((family) => name.startsWith(family));
      return ours && os?.includes(platform) && cpu?.includes(arch) && (libc === undefined || libc.includes('glibc'));
    });
}

async function bring({ name, version, integrity }) {
  const target = path.join(root, 'node_modules', name);
  if (readJson(path.join(target, 'package.json'))?.version === version) return;
  say(`getting ${name} ${version}, for the other processor`);
  const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-native-'));
  try {
    const { code, output } = await npm(['pack', `${name}@${version}`, '--pack-destination', folder, '--json'], {
      quiet: true,
    });
    if (code !== 0) throw new Stop(`${name} could not be had: ${output.trim()}`);
    const archive = path.join(folder, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`);
    const hash = createHash('sha512')
      .update(await readFile(archive))
      .digest('base64');
    if (`sha512-${hash}` !== integrity)
      throw new Stop(`${name} ${version} is not what the lock file pins; it was not used.`);
    await mkdir(target, { recursive: true });
    const untar = await run('tar', ['-xzf', archive, '-C', target, '--strip-components=1'], { quiet: true });
    if (untar.code !== 0) throw new Stop(`${name} could not be unpacked: ${untar.output.trim()}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** keytar is compiled in place, hence for one processor at a time. */
async function compileKeytar(platform, arch) {
  const now = existsSync(KEYTAR) ? binaryTarget(await readFile(KEYTAR)) : null;
  if (now?.platform === platform && now.archs.includes(arch)) return;
  if (platform !== 'darwin' || process.platform !== 'darwin') {
    throw new Stop(`keytar is not built for ${platform}-${arch}. Package on a computer of that kind.`);
  }
  say(`building keytar for ${arch}`);
  const env = { ...process.env, npm_config_arch: arch, npm_config_build_from_source: 'true' };
  const { code, output } = await npm(['rebuild', 'keytar'], { quiet: true, env });
  if (code !== 0) throw new Stop(`keytar could not be built for ${arch}: ${output.trim()}`);
}

/** Called by electron-builder. */
export default async function beforePack({ electronPlatformName: platform, arch }) {
  const lock = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
  const archs = ARCHS[arch] ?? [];
  // On macOS each half brings the binaries of both, so that the halves are alike.
  for (const one of platform === 'darwin' ? ['x64', 'arm64'] : archs) {
    for (const each of nativePackages(lock, platform, one)) await bring(each);
  }
  for (const one of archs.length === 1 ? archs : []) await compileKeytar(platform, one);
}
