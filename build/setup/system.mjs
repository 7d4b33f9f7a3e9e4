/**
 * System libraries and programs that npm cannot bring. Looks for the thing itself (a library's soname, a program on the
 * path), not for a distribution's package, so that whoever has it is not bothered; the package names of Debian and
 * Ubuntu are only used to install what is missing.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { npm, root, run, say, warn, which } from '../tools.mjs';

const WINDOW = 'the window';
const DISPLAY = 'running without a display (npm test always does)';
const KEYRING = 'tests of the keyring';
const BUILD = 'building what reaches the keyring and the key vault’s token';
const VAULT = 'the key vault on this computer';
const SERVER_TESTS = 'tests of SFTP against OpenSSH';
const VAULT_TESTS = 'tests of a key vault of several sites';
const DESTINATION_TESTS = 'tests of WebDAV against Apache';
const SHELL_TESTS = 'tests of completion in shells, and of the manual page';
const ATTRIBUTE_TESTS = 'tests of attributes and ACLs of files';
const MOUNT_TESTS = 'tests of mount with a WebDAV client';
const BROWSER_TESTS = 'tests of the sign-in to Google in a browser';

const library = (soname, packages) => ({ use: WINDOW, packages, present: (state) => state.libraries?.has(soname) });
const program = (name, use, packages) => ({ use, packages, present: () => which(name) !== null });

const REQUIREMENTS = [
  library('libgtk-3.so.0', ['libgtk-3-0']),
  library('libnss3.so', ['libnss3']),
  library('libasound.so.2', ['libasound2']),
  library('libgbm.so.1', ['libgbm1']),
  library('libXss.so.1', ['libxss1']),
  library('libatk-bridge-2.0.so.0', ['libatk-bridge2.0-0']),
  library('libdrm.so.2', ['libdrm2']),
  library('libsecret-1.so.0', ['libsecret-1-0']),
  program('Xvfb', DISPLAY, ['xvfb']),
  program('dbus-run-session', KEYRING, ['dbus']),
  program('dbus-send', KEYRING, ['dbus']),
  // dbus-x11 answers gnome-keyring's need of a session bus without bringing systemd into a container.
  program('gnome-keyring-daemon', KEYRING, ['gnome-keyring', 'dbus-x11']),
  program('softhsm2-util', VAULT, ['softhsm2']),
  // Not on every user's path. Tests start servers of their own.
  { use: SERVER_TESTS, packages: ['openssh-server'], present: () => existsSync('/usr/sbin/sshd') },
  program('etcd', VAULT_TESTS, ['etcd-server']),
  // /usr/sbin is not on every user's path.
  {
    use: DESTINATION_TESTS,
    packages: ['apache2'],
    present: () => which('apache2') !== null || existsSync('/usr/sbin/apache2'),
  },
  program('getfattr', ATTRIBUTE_TESTS, ['attr']),
  program('setfacl', ATTRIBUTE_TESTS, ['acl']),
  program('cadaver', MOUNT_TESTS, ['cadaver']),
  program('chromium', BROWSER_TESTS, ['chromium']),
  program('fish', SHELL_TESTS, ['fish']),
  program('zsh', SHELL_TESTS, ['zsh']),
  program('groff', SHELL_TESTS, ['groff-base']),
  // Not on every user's path, and only root can cut a network with it.
  { use: VAULT_TESTS, packages: ['iproute2'], present: () => which('ip') !== null || existsSync('/sbin/ip') },
];

const COMPILER = [
  program('g++', BUILD, ['build-essential']),
  program('make', BUILD, ['build-essential']),
  program('python3', BUILD, ['python3']),
];
const LIBSECRET = [
  {
    use: BUILD,
    packages: ['libsecret-1-dev'],
    present: () => existsSync('/usr/include/libsecret-1/libsecret/secret.h') || process.env.PKG_CONFIG_PATH,
  },
  program('pkg-config', BUILD, ['pkg-config']),
];

/** Optional packages with a native part that is compiled here: what that takes, and what goes without them. */
const NATIVE_PACKAGES = [
  {
    name: 'keytar',
    file: 'build/Release/keytar.node',
    needs: [...COMPILER, ...LIBSECRET],
    without: 'Holdfast cannot keep secrets in the keyring, backups stop when you quit',
  },
  {
    name: 'pkcs11js',
    file: 'build/Release/pkcs11.node',
    needs: COMPILER,
    without: 'a key vault cannot run on this computer (one elsewhere can be used)',
  },
];

const isBuilt = ({ name, file }) => existsSync(path.join(root, 'node_modules', name, file));

/** Names of all shared libraries the dynamic linker knows, or null where it cannot be asked (musl, Nix). */
async function knownLibraries() {
  const ldconfig = which('ldconfig');
  if (ldconfig === null) return null;
  const { code, output } = await run(ldconfig, ['-p'], { quiet: true });
  if (code !== 0) return null;
  return new Set(output.split('\n').map((line) => line.trim().split(' ')[0]));
}

async function missingRequirements() {
  const state = { libraries: await knownLibraries() };
  const wanted = [...REQUIREMENTS.filter((r) => state.libraries !== null || r.use !== WINDOW)];
  for (const native of NATIVE_PACKAGES) if (!isBuilt(native)) wanted.push(...native.needs);
  return wanted.filter((requirement) => !requirement.present(state));
}

function isDebianLike() {
  try {
    return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}

/** Ubuntu 24.04 and Debian 13 renamed libraries with 64-bit time; apt knows which name this release uses. */
async function debianNames(packages) {
  const names = [];
  for (const name of packages) {
    const renamed = `${name}t64`;
    const { code, output } = await run('apt-cache', ['show', '--no-all-versions', renamed], { quiet: true });
    names.push(code === 0 && output.includes(`Package: ${renamed}`) ? renamed : name);
  }
  return names;
}

async function installWithApt(packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const quiet = { quiet: true, env };
  const update = await run('apt-get', ['update', '-qq'], quiet);
  if (update.code !== 0) warn(`apt-get update failed; trying with the package lists that are here\n${update.output}`);
  const names = await debianNames(packages);
  say(`installing with apt: ${names.join(' ')}`);
  const wait = ['-o', 'DPkg::Lock::Timeout=300'];
  const install = await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...wait, ...names], quiet);
  if (install.code !== 0) warn(`apt-get could not install everything:\n${install.output.trimEnd()}`);
}

/**
 * Installs what the system lacks where this may be done (root on Debian or Ubuntu), else says the one command to type.
 * Never fails: what can be done without the missing parts is still done.
 */
export async function setUpSystem() {
  if (process.platform !== 'linux') return;
  let missing = await missingRequirements();
  if (missing.length === 0) return;
  const packages = (list) => [...new Set(list.flatMap((requirement) => requirement.packages))];
  const debian = isDebianLike();
  if (debian && process.getuid() === 0) {
    await installWithApt(packages(missing));
    missing = await missingRequirements();
    if (missing.length === 0) return;
  }
  const uses = [...new Set(missing.map((requirement) => requirement.use))].join('; ');
  warn(`this computer lacks what these need: ${uses}.`);
  const names = packages(missing).join(' ');
  if (!debian) say(`install what your distribution calls: ${names}`);
  else if (process.getuid() !== 0)
    say(`type this once:  sudo apt-get install -y ${(await debianNames(packages(missing))).join(' ')}`);
}

/** Node's headers beside the running Node, so that native parts build without a download. */
export function nativeBuildEnvironment() {
  const prefix = path.dirname(path.dirname(process.execPath));
  if (!existsSync(path.join(prefix, 'include', 'node', 'node.h'))) return process.env;
  return { ...process.env, npm_package_config_node_gyp_nodedir: prefix };
}

/**
 * These packages are optional: npm drops them where they cannot be built. Builds them once what they need has arrived.
 * @param {Record<string, string>} versions by name, as the lock file says
 */
export async function setUpNativePackages(versions) {
  for (const native of NATIVE_PACKAGES) if (!isBuilt(native)) await buildNative(native, versions[native.name]);
}

async function buildNative(native, version) {
  const { name, needs, without } = native;
  if (process.platform === 'linux' && needs.some((requirement) => !requirement.present())) {
    warn(`${name} is not built: ${without}.`);
    return;
  }
  say(`building ${name} ${version}`);
  const env = nativeBuildEnvironment();
  const installed = existsSync(path.join(root, 'node_modules', name, 'package.json'));
  const args = installed ? ['rebuild', name] : ['install', '--no-save', `${name}@${version}`];
  const { code, output } = await npm(args, { quiet: true, env });
  if (code !== 0 || !isBuilt(native)) warn(`${name} could not be built: ${without}.\n${output.trimEnd()}`);
}
