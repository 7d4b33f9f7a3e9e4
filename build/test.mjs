#!/usr/bin/env node
/**
 * Everything that must hold, in the order in which a mistake shows fastest. Stops at the first step that fails.
 *
 *   npm test
 *   node build/test.mjs --only lint,unit          some steps (ids below); set-up and build always run
 *   node build/test.mjs --only unit -- test/unit/cbor.test.ts     the rest goes to that step's program
 *   node build/test.mjs --soak                    the fault and storage tests with long counts, and nothing else
 *   node build/test.mjs --soak vault-timing       one of them
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildAll } from './build.mjs';
import { setup } from './setup.mjs';
import { Stop, main, root, run, say, since, stampFolder, warn } from './tools.mjs';
import { startXvfb } from './xvfb.mjs';

const linux = process.platform === 'linux';

/** Runs a program that npm installed. */
function tool(name, args, env = process.env) {
  return run(path.join(root, 'node_modules', '.bin', name), args, { env, shell: process.platform === 'win32' });
}

/** The same with a private keyring, where the system's is the Secret Service. */
function toolWithKeyring(name, args, env = process.env) {
  if (!linux) return tool(name, args, env);
  const script = path.join(root, 'test', 'support', 'with-keyring.sh');
  return run(script, [path.join(root, 'node_modules', '.bin', name), ...args], { env });
}

/** Projects of playwright.config.ts, which run beside each other. */
const WINDOW_GROUPS = ['first', 'second'];

/**
 * Window tests: each group on a display of its own, so that nothing pops up over a person's work, with a clipboard and a
 * keyring that no other group touches.
 */
async function windowTests(args) {
  if (!linux) return await tool('playwright', ['test', ...args]);
  const results = await Promise.all(WINDOW_GROUPS.map(async (name) => await windowGroup(name, args)));
  return { code: Math.max(...results.map(({ code }) => code)) };
}

async function windowGroup(name, args) {
  const xvfb = await startXvfb({ width: 1600, height: 1200 });
  try {
    const env = { ...process.env, ...xvfb.env };
    delete env.WAYLAND_DISPLAY;
    return await toolWithKeyring(
      'playwright',
      ['test', `--project=${name}`, `--output=test-results/${name}`, '--pass-with-no-tests', ...args],
      env,
    );
  } finally {
    await xvfb.end();
  }
}

/** Screens and components held against their pictures, on a display of its own; taken anew with HOLDFAST_PICTURES=accept. */
async function pictures(args) {
  const all = ['test', '--config', path.join('test', 'pictures'), '--forbid-only', ...args];
  if (!linux) return await tool('playwright', all);
  const xvfb = await startXvfb({ width: 1600, height: 1200 });
  try {
    const env = { ...process.env, ...xvfb.env };
    delete env.WAYLAND_DISPLAY;
    return await tool('playwright', all, env);
  } finally {
    await xvfb.end();
  }
}

/** So many test files may fail beside others and pass by themselves. */
const MAY_REPEAT = 3;

/**
 * Tests that meet real servers, clocks and disks can fail because of what runs beside them. So that a change is judged by
 * what it does, a few files that failed are run once more, each by itself; what then passes is named.
 */
async function vitest(args) {
  const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-tests-'));
  try {
    const report = path.join(folder, 'report.json');
    const run = (more) => toolWithKeyring('vitest', ['run', '--allowOnly=false', ...more]);
    const first = await run(['--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args]);
    if (first.code !== 0) {
      const failed = await failedFiles(report);
      if (failed.length === 0 || failed.length > MAY_REPEAT) return first;
      say(`failed beside others, now by themselves: ${failed.join(', ')}`);
      const again = await run(['--maxWorkers=1', ...failed]);
      if (again.code !== 0) return again;
      warn(`passed by themselves only: ${failed.join(', ')}. They depend on what runs beside them.`);
    }
    return { code: 0 };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Relative names; none where vitest itself failed. */
async function failedFiles(report) {
  const text = await readFile(report, 'utf8').catch(() => null);
  const { testResults = [] } = text === null ? {} : JSON.parse(text);
  return testResults.filter(({ status }) => status === 'failed').map(({ name }) => path.relative(root, name));
}

/** Both remember what they have looked at, so that a second run takes seconds; neither trusts a file that changed. */
const FORMATS_SEEN = path.join(stampFolder, 'prettier.json');
const CHECK_FORMAT = ['--check', '--log-level', 'warn', '--cache', '--cache-strategy=content', '--cache-location'];
const TYPES_SEEN = path.join(stampFolder, 'types.tsbuildinfo');

const ROOMS = ['main', 'preload', 'renderer', 'vault'];

const STEPS = [
  {
    id: 'format',
    name: 'formatting (prettier)',
    work: (rest) => tool('prettier', [...CHECK_FORMAT, FORMATS_SEEN, ...(rest.length > 0 ? rest : ['.'])]),
  },
  { id: 'lint', name: 'lint (oxlint)', work: (rest) => tool('oxlint', ['--deny-warnings', ...rest]) },
  {
    id: 'imports',
    name: 'import rules (dependency-cruiser)',
    work: (rest) => tool('depcruise', ['--config', '.dependency-cruiser.cjs', ...ROOMS, ...rest]),
  },
  {
    id: 'words',
    name: 'catalogs of the languages (lingui)',
    work: (rest) => run(process.execPath, [path.join(root, 'build', 'i18n.mjs'), '--check', ...rest]),
  },
  {
    id: 'types',
    name: 'types (tsc)',
    work: (rest) => tool('tsc', ['--noEmit', '--incremental', '--tsBuildInfoFile', TYPES_SEEN, ...rest]),
  },
  {
    id: 'unit',
    name: 'unit, integration and fault tests (vitest)',
    work: vitest,
  },
  { id: 'pictures', name: 'pictures of every screen (playwright)', work: pictures },
  { id: 'e2e', name: 'window tests (playwright)', work: (rest) => windowTests(['--forbid-only', ...rest]) },
];

/** Folders whose tests count longer there. */
const LONG_COUNTS = ['test/faults/', 'test/integration/destinations/'];

const SOAK = {
  id: 'soak',
  name: 'fault tests with long counts (vitest)',
  work: (rest) => toolWithKeyring('vitest', ['run', ...rest], { ...process.env, HOLDFAST_SOAK: '1' }),
};

/** Splits the command line into steps to run and what goes to their program. */
function parse(args) {
  const split = args.indexOf('--');
  const own = split < 0 ? args : args.slice(0, split);
  const rest = split < 0 ? [] : args.slice(split + 1).filter((arg) => arg !== '--');
  if (own.includes('--soak')) {
    const names = own.filter((arg) => arg !== '--soak').map((name) => `test/faults/${name}.`);
    return { steps: [SOAK], rest: [...(names.length > 0 ? names : LONG_COUNTS), ...rest] };
  }
  const only = own.indexOf('--only');
  if (only < 0 && own.length === 0) return { steps: STEPS, rest: [] };
  const ids = only < 0 ? [] : (own[only + 1] ?? '').split(',');
  const steps = STEPS.filter((step) => ids.includes(step.id));
  if (ids.length === 0 || steps.length !== ids.length || own.length !== 2) {
    throw new Stop(
      `usage: node build/test.mjs [--soak [names] | --only ${STEPS.map((step) => step.id).join(',')}] [-- ...]`,
    );
  }
  return { steps, rest };
}

await main(async () => {
  const { steps, rest } = parse(process.argv.slice(2));
  const started = performance.now();
  await setup();
  await buildAll();
  for (const { name, work } of steps) {
    const stepStarted = performance.now();
    say(`--- ${name}`);
    const { code } = await work(rest);
    if (code !== 0)
      throw new Stop(`FAILED: ${name}, exit code ${code}, after ${since(stepStarted)}. Its reason is above.`);
    say(`passed: ${name} (${since(stepStarted)})`);
  }
  say(
    `${steps.length === STEPS.length ? 'everything' : steps.map((step) => step.id).join(', ')} passed (${since(started)})`,
  );
});
