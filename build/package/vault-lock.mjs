/** The part of the lock file that the key vault needs: what its bundle leaves out, and what that needs in turn. */

/** Loaded by the vault's bundle from node_modules; the list of build/bundle/code.mjs without what only the app loads. */
export const VAULT_LOADS = ['etcd3', 'libsql', 'pkcs11js'];

/** Where Node would find a package that a folder of the lock file asks for. */
function resolve(packages, from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const place = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (packages[place] !== undefined) return place;
    if (folder === '') return null;
  }
}

/** Entries of the lock file that the vault needs, by folder. */
function closure(packages) {
  const found = new Set();
  const queue = VAULT_LOADS.map((name) => `node_modules/${name}`);
  while (queue.length > 0) {
    const place = queue.pop();
    if (found.has(place) || packages[place] === undefined) continue;
    found.add(place);
    const { dependencies = {}, optionalDependencies = {} } = packages[place];
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const next = resolve(packages, place, name);
      if (next !== null) queue.push(next);
    }
  }
  return [...found].sort();
}

/** package.json of the vault's release; `lock`: the whole lock file of this checkout. */
export function vaultPackage(lock, version) {
  const exact = Object.fromEntries(VAULT_LOADS.map((name) => [name, lock.packages[`node_modules/${name}`].version]));
  return {
    name: 'holdfast-vault',
    version,
    description: 'Key vault of Holdfast: keeps the key of a backup under a password, in a hardware security module',
    license: 'Apache-2.0',
    private: true,
    type: 'module',
    bin: { 'holdfast-vault': 'vault.js' },
    engines: { node: '>=20.19.0' },
    dependencies: exact,
  };
}

/** package-lock.json of the vault's release: the same packages at the same versions, with the same checksums. */
export function vaultLock(lock, version) {
  const own = vaultPackage(lock, version);
  const { name, license, bin, engines, dependencies } = own;
  // Optional in the app, needed here.
  const needed = new Set(VAULT_LOADS.map((one) => `node_modules/${one}`));
  const entries = closure(lock.packages).map((place) => {
    const facts = { ...lock.packages[place] };
    delete facts.dev;
    delete facts.devOptional;
    if (needed.has(place)) delete facts.optional;
    return [place, facts];
  });
  return {
    name,
    version,
    lockfileVersion: lock.lockfileVersion,
    requires: true,
    packages: { '': { name, version, license, dependencies, bin, engines }, ...Object.fromEntries(entries) },
  };
}
