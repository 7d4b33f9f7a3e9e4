/** What runs on Node: main process, preload, worker entries, command line, reader of last resort. */
import { build, formatMessages } from 'esbuild';
import { chmod, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { catalogFiles, completeLanguages, esbuildCatalogs } from '../i18n/catalogs.mjs';
import { root } from '../tools.mjs';
import { englishZod } from './english-zod.mjs';
import { wholeFiles } from './whole-files.mjs';

/** Native packages cannot be bundled; Electron brings its own modules. */
const NATIVE = [
  'electron',
  'original-fs',
  'keytar',
  'koffi',
  '@toondepauw/node-zstd',
  '@napi-rs/blake-hash',
  '@node-rs/argon2',
];

/** The vault is not part of the app's packages. etcd3 finds the definitions of etcd's calls beside its own code. */
const VAULT_NATIVE = [...NATIVE, 'pkcs11js', 'libsql', 'etcd3'];

const SHEBANG = '#!/usr/bin/env node\n';

/** CommonJS packages inside an ES module still call require, and ask where they are. */
const REQUIRE = [
  `import { createRequire as __createRequire } from 'node:module';`,
  `import { fileURLToPath as __pathOf } from 'node:url';`,
  `const require = __createRequire(import.meta.url);`,
  `const __filename = __pathOf(import.meta.url);`,
  `const __dirname = __pathOf(new URL('.', import.meta.url));`,
].join(' ');

/** What packages use where it is there and do without where it is not; left out, for it would have to be compiled. */
const OPTIONAL = ['cpu-features', '*/sshcrypto.node'];

const esm = (inputs) => ({ inputs, format: 'esm', external: [...NATIVE, ...OPTIONAL], banner: REQUIRE });

/**
 * The app, its threads and the command line share their code in chunks, and load what a kind of destination takes only
 * when one of that kind is opened: the program starts without the libraries of Google, Amazon and SSH.
 */
const PROGRAM = {
  name: 'program',
  ...esm({
    'start.js': 'main/entry.ts',
    'main.js': 'main/app/main.ts',
    'engine-host.js': 'main/engine/host.ts',
    'pipeline-worker.js': 'main/engine/pipeline/worker.ts',
    'pack-fetcher.js': 'main/engine/fetch/worker.ts',
    'password-strength.js': 'main/keys/vault/strength-host.ts',
    'preview-worker.js': 'main/preview/worker.ts',
    'cli.js': 'main/cli/entry.ts',
  }),
  chunks: 'chunks',
  plugins: [wholeFiles],
  executable: ['cli.js'],
};

const BUNDLES = [
  PROGRAM,
  {
    name: 'vault.js',
    ...esm({ 'vault.js': 'vault/cli/cli.ts' }),
    external: VAULT_NATIVE,
    banner: SHEBANG + REQUIRE,
    executable: ['vault.js'],
  },
  // A sandboxed preload script has no require but Electron's own, and must be CommonJS.
  {
    name: 'preload.cjs',
    inputs: { 'preload.cjs': 'preload/preload.ts' },
    format: 'cjs',
    external: ['electron'],
    banner: '',
  },
  // Shipped beside the key kit for people to read, hence never minified.
  {
    name: 'restore.mjs',
    inputs: { 'restore.mjs': 'build/restore.mjs' },
    format: 'esm',
    external: [],
    banner: SHEBANG + REQUIRE,
    executable: ['restore.mjs'],
    readable: true,
  },
];

/** What a release takes from the environment of its build, and never from the one that it runs in. */
export const FIXED = [
  'HOLDFAST_GOOGLE_CLIENT_ID',
  'HOLDFAST_GOOGLE_CLIENT_SECRET',
  'HOLDFAST_UPDATE_URL',
  'HOLDFAST_UPDATE_KEYS',
  'HOLDFAST_WINDOWS_PUBLISHER',
];

function fixed() {
  return Object.fromEntries(FIXED.map((name) => [`process.env.${name}`, JSON.stringify(process.env[name] ?? '')]));
}

/** Age in ms at which nobody loads a chunk of an earlier build any more. */
const OLD_CHUNK_MS = 60 * 60 * 1000;

/**
 * Bundles the entries of one job into dist.
 * @returns {Promise<{ files: string[], outputs: string[] }>} the source files that it was made from, relative to the
 *   checkout, packages left out; and what was written, relative to dist, source maps left out
 */
async function bundle(job, production) {
  const { inputs, format, external, banner, chunks, plugins = [], executable = [], readable = false } = job;
  const dist = path.join(root, 'dist');
  const entries = Object.entries(inputs).map(([out, input]) => ({ out: out.replace(/\.[^.]+$/, ''), in: input }));
  const [extension] = Object.keys(inputs).map((out) => path.extname(out));
  const words = { HOLDFAST_LANGUAGES: JSON.stringify(await completeLanguages()) };
  const result = await build({
    absWorkingDir: root,
    entryPoints: entries,
    outdir: dist,
    outExtension: { '.js': extension },
    bundle: true,
    splitting: chunks !== undefined,
    chunkNames: `${chunks ?? 'chunks'}/[name]-[hash]`,
    platform: 'node',
    target: 'node20',
    format,
    external,
    plugins: [...plugins, englishZod, esbuildCatalogs],
    banner: { js: banner },
    minify: production && !readable,
    keepNames: !readable, // error classes are told apart by their names in messages
    sourcemap: production || readable ? false : 'linked',
    define: {
      ...words,
      'process.env.NODE_ENV': production ? '"production"' : '"development"',
      ...(production ? fixed() : {}),
    },
    legalComments: 'eof',
    metafile: true,
    logLevel: 'silent',
  });
  for (const text of await formatMessages(result.warnings, { kind: 'warning' })) console.warn(text);
  for (const file of executable) await chmod(path.join(dist, file), 0o755);
  const written = Object.keys(result.metafile.outputs).map((file) => path.relative('dist', file));
  if (chunks !== undefined) await removeOld(path.join(dist, chunks), written, production);
  return {
    files: [
      ...Object.keys(result.metafile.inputs).filter((file) => !file.startsWith('node_modules/') && !file.includes(':')),
      ...(await catalogFiles()),
    ],
    outputs: written.filter((file) => !file.endsWith('.map')),
  };
}

/** Removes the chunks of earlier builds; while developing, a program that still runs may yet load one. */
async function removeOld(folder, written, production) {
  const kept = new Set(written.map((file) => path.basename(file)));
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name);
    if (kept.has(name)) continue;
    const { mtimeMs } = await stat(file);
    if (production || Date.now() - mtimeMs > OLD_CHUNK_MS) await rm(file);
  }
}

/** One job of the build for every bundle. */
export const codeJobs = BUNDLES.map((job) => ({
  name: job.name,
  outputs: Object.keys(job.inputs),
  run: (production) => bundle(job, production),
}));
