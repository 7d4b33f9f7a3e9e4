/** What runs on Node: main process, preload, worker entries, command line, reader of last resort. */
import { build, formatMessages } from 'esbuild';
import { chmod } from 'node:fs/promises';
import path from 'node:path';
import { root } from '../tools.mjs';

/** Native packages cannot be bundled; Electron brings its own module. */
const NATIVE = ['electron', 'keytar', 'koffi', '@toondepauw/node-zstd', '@node-rs/argon2'];

/** The vault is not part of the app's packages. etcd3 finds the definitions of etcd's calls beside its own code. */
const VAULT_NATIVE = [...NATIVE, 'pkcs11js', 'libsql', 'etcd3'];

/** CommonJS packages inside an ES module still call require. */
const REQUIRE = `import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);`;

const esm = (input, output) => ({ input, output, format: 'esm', external: NATIVE, banner: REQUIRE });

const BUNDLES = [
  esm('main/app/main.ts', 'main.js'),
  esm('main/engine/host.ts', 'engine-host.js'),
  esm('main/engine/pipeline/worker.ts', 'pipeline-worker.js'),
  esm('main/engine/fetch/worker.ts', 'pack-fetcher.js'),
  esm('main/keys/vault/strength-host.ts', 'password-strength.js'),
  { ...esm('main/cli/cli.ts', 'cli.js'), shebang: true },
  { ...esm('vault/cli/cli.ts', 'vault.js'), external: VAULT_NATIVE, shebang: true },
  // A sandboxed preload script has no require but Electron's own, and must be CommonJS.
  { input: 'preload/preload.ts', output: 'preload.cjs', format: 'cjs', external: ['electron'], banner: '' },
  // Shipped beside the key kit for people to read, hence never minified.
  {
    input: 'build/restore.mjs',
    output: 'restore.mjs',
    format: 'esm',
    external: [],
    banner: REQUIRE,
    shebang: true,
    readable: true,
  },
];

/**
 * Bundles one entry into dist.
 * @returns {Promise<string[]>} the source files it was made from, relative to the checkout, packages left out
 */
async function bundle({ input, output, format, external, banner, shebang = false, readable = false }, production) {
  const outfile = path.join(root, 'dist', output);
  const result = await build({
    absWorkingDir: root,
    entryPoints: [input],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format,
    external,
    banner: { js: (shebang ? '#!/usr/bin/env node\n' : '') + banner },
    minify: production && !readable,
    keepNames: !readable, // error classes are told apart by their names in messages
    sourcemap: production || readable ? false : 'linked',
    define: { 'process.env.NODE_ENV': production ? '"production"' : '"development"' },
    legalComments: 'eof',
    metafile: true,
    logLevel: 'silent',
  });
  for (const text of await formatMessages(result.warnings, { kind: 'warning' })) console.warn(text);
  if (shebang) await chmod(outfile, 0o755);
  return Object.keys(result.metafile.inputs).filter((file) => !file.startsWith('node_modules/') && !file.includes(':'));
}

/** One job of the build for every bundle. */
export const codeJobs = BUNDLES.map((entry) => ({
  name: entry.output,
  outputs: [entry.output],
  run: (production) => bundle(entry, production),
}));
