#!/usr/bin/env node
/**
 * Packs the key vault as a release of its own: an archive with its lock file, and a deb where dpkg-deb is there.
 *
 *   npm run package:vault          into dist-packages/vault/
 *
 * The archive holds the program, package.json and package-lock.json with nothing but what the program loads beside
 * itself: `npm ci --omit=dev` in it installs exactly that. The deb brings it installed.
 */
import { execFileSync } from 'node:child_process';
import { chmod, cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buildAll } from '../build.mjs';
import { setup } from '../setup.mjs';
import { Stop, fileHash, main, npm, readJson, root, run, say, which } from '../tools.mjs';
import { makeTar } from './tar.mjs';
import { vaultLock, vaultPackage } from './vault-lock.mjs';

const output = path.join(root, 'dist-packages', 'vault');
const FILES = [
  ['dist/vault.js', 'vault.js'],
  ['vault/README.md', 'README.md'],
  ['vault/SECURITY.md', 'SECURITY.md'],
  ['vault/example.toml', 'example.toml'],
  ['vault/vault.service', 'holdfast-vault.service'],
  ['build/package/vault/Containerfile', 'Containerfile'],
  ['LICENSE', 'LICENSE'],
];
/** Debian's names of processors. */
const ARCHS = { x64: 'amd64', arm64: 'arm64' };

function sourceTime() {
  const told = Number(process.env.SOURCE_DATE_EPOCH);
  if (Number.isInteger(told) && told > 0) return told;
  return Number(execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' }).trim());
}

/** The folder that is packed, without any package installed. */
async function stage(folder, version) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const [from, to] of FILES) await cp(path.join(root, from), path.join(folder, to));
  const all = readJson(path.join(root, 'package-lock.json'));
  const json = (value) => `${JSON.stringify(value, null, 2)}\n`;
  await writeFile(path.join(folder, 'package.json'), json(vaultPackage(all, version)));
  await writeFile(path.join(folder, 'package-lock.json'), json(vaultLock(all, version)));
}

/** As the service's unit finds it once it is a package of the system. */
const unitText = (text) =>
  text
    .replace('file:/opt/holdfast/vault/README.md', 'file:/usr/share/doc/holdfast-vault/README.md')
    .replace('/usr/bin/node /opt/holdfast/dist/vault.js', '/usr/bin/node /usr/lib/holdfast-vault/vault.js');

/** What a build leaves, or only development reads. Licences and everything that is loaded stay. */
async function removeUnused(modules) {
  const folders = ['.bin', '@types', 'undici-types', '@grpc/grpc-js/src', 'pkcs11js/build/Release/obj.target'];
  for (const name of [...folders, '.package-lock.json'])
    await rm(path.join(modules, name), { recursive: true, force: true });
  for (const entry of await readdir(modules, { recursive: true, withFileTypes: true })) {
    if (/[.](map|[cm]?ts)$/.test(entry.name)) await rm(path.join(entry.parentPath, entry.name), { force: true });
    if (entry.isDirectory() && /^linux-.*-musl/.test(entry.name))
      await rm(path.join(entry.parentPath, entry.name), { recursive: true });
  }
}

async function makeDeb(staged, version, time) {
  const top = path.join(output, 'deb');
  const at = (...names) => path.join(top, ...names);
  await rm(top, { recursive: true, force: true });
  const program = at('usr/lib/holdfast-vault');
  await mkdir(program, { recursive: true });
  for (const name of ['vault.js', 'package.json', 'package-lock.json'])
    await cp(path.join(staged, name), path.join(program, name));
  const ci = await npm(['ci', '--omit=dev', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: program,
    quiet: true,
  });
  if (ci.code !== 0) throw new Stop(`npm ci for the vault failed: ${ci.output.trimEnd()}`);
  await removeUnused(path.join(program, 'node_modules'));
  const tried = await run(process.execPath, [path.join(program, 'vault.js'), '--help'], { quiet: true });
  if (tried.code !== 0) throw new Stop(`the vault does not start from its package: ${tried.output.trim()}`);
  const doc = at('usr/share/doc/holdfast-vault');
  await mkdir(doc, { recursive: true });
  for (const name of ['README.md', 'SECURITY.md', 'example.toml'])
    await cp(path.join(staged, name), path.join(doc, name));
  await cp(path.join(root, 'build/package/vault/copyright'), path.join(doc, 'copyright'));
  await mkdir(at('usr/lib/systemd/system'), { recursive: true });
  const unit = await readFile(path.join(root, 'vault/vault.service'), 'utf8');
  await writeFile(at('usr/lib/systemd/system/holdfast-vault.service'), unitText(unit));
  await mkdir(at('usr/bin'), { recursive: true });
  await cp(path.join(root, 'build/package/vault/holdfast-vault.sh'), at('usr/bin/holdfast-vault'));
  await mkdir(at('DEBIAN'), { recursive: true });
  const control = await readFile(path.join(root, 'build/package/vault/control'), 'utf8');
  await writeFile(
    at('DEBIAN/control'),
    control.replace('@VERSION@', version.replaceAll('-', '~')).replace('@ARCH@', ARCHS[process.arch]),
  );
  for (const name of ['postinst', 'prerm', 'postrm']) {
    await cp(path.join(root, 'build/package/vault', name), at('DEBIAN', name));
    await chmod(at('DEBIAN', name), 0o755);
  }
  const modes = await run('chmod', ['-R', 'u=rwX,go=rX', top], { quiet: true });
  if (modes.code !== 0) throw new Stop(modes.output);
  const deb = path.join(output, `holdfast-vault_${version}_${ARCHS[process.arch]}.deb`);
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(time) };
  const made = await run('dpkg-deb', ['--root-owner-group', '-Zxz', '--build', top, deb], { quiet: true, env });
  if (made.code !== 0) throw new Stop(`dpkg-deb failed: ${made.output.trim()}`);
  await rm(top, { recursive: true });
  return deb;
}

await main(async () => {
  await setup();
  await buildAll({ production: true });
  const { version } = readJson(path.join(root, 'package.json'));
  const name = `holdfast-vault-${version}`;
  const staged = path.join(output, name);
  await stage(staged, version);
  const time = sourceTime();
  const file = path.join(output, `${name}.tar.gz`);
  await makeTar({ folder: staged, name, file, time });
  say(`made tar.gz: ${path.relative(root, file)}, SHA-256 ${await fileHash(file)}`);
  if (process.platform !== 'linux' || which('dpkg-deb') === null) say('not made: deb; dpkg-deb is not there');
  else say(`made deb: ${path.relative(root, await makeDeb(staged, version, time))}`);
  await rm(staged, { recursive: true });
});
