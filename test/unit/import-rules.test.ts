import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** One file of every room that others could want to import. */
const ROOMS: Record<string, string> = {
  errors: 'main/errors.ts',
  app: 'main/app/main.ts',
  ipc: 'main/ipc/backup.ts',
  keys: 'main/keys/session.ts',
  jobs: 'main/jobs/queue.ts',
  'engine client': 'main/engine/client.ts',
  'engine api': 'main/engine/api.ts',
  engine: 'main/engine/backup.ts',
  format: 'main/engine/format/pack.ts',
  repository: 'main/engine/repository/open.ts',
  pipeline: 'main/engine/pipeline/walk.ts',
  fetch: 'main/engine/fetch/line.ts',
  destinations: 'main/destinations/local/index.ts',
  'destination check': 'main/destinations/test-destination.ts',
  'destination interface': 'main/destinations/destination.ts',
  'destination spec': 'main/destinations/spec.ts',
  cli: 'main/cli/cli.ts',
  preload: 'preload/preload.ts',
  contract: 'preload/contract.ts',
  channels: 'preload/channels.ts',
  renderer: 'renderer/main.tsx',
  'vault protocol': 'vault/protocol/messages.ts',
  'vault hsm': 'vault/hsm/hsm.ts',
  'vault store': 'vault/store/store.ts',
  'vault ledger': 'vault/ledger/ledger.ts',
  'vault record': 'vault/record/record.ts',
  'vault service': 'vault/service/service.ts',
  'vault cli': 'vault/cli/cli.ts',
};

const DESTINATIONS = ['destinations', 'destination check', 'destination interface', 'destination spec'];

/** What names a destination without opening it. */
const NAMING = ['destination interface', 'destination spec'];

/** All arrows between rooms, a room's imports of itself left out. */
const ARROWS: Record<string, string[]> = {
  errors: [],
  app: ['errors', 'ipc', 'keys', 'jobs', ...NAMING],
  ipc: ['errors', 'keys', 'jobs', 'engine client', 'engine api', 'contract', 'channels', ...NAMING],
  keys: ['errors', 'vault protocol'],
  jobs: ['errors', 'engine client', 'engine api', 'destination check', 'destination interface', 'destination spec'],
  engine: ['errors', 'engine client', 'engine api', 'repository', 'pipeline', 'fetch', 'format', ...DESTINATIONS],
  format: ['errors'],
  repository: ['errors', 'engine api', 'fetch', 'format', ...DESTINATIONS],
  pipeline: ['errors', 'engine api', 'fetch', 'format', 'repository', 'destination interface', 'destination spec'],
  fetch: ['errors', 'engine api', 'destination interface', 'destination spec'],
  destinations: ['errors', ...DESTINATIONS],
  cli: ['errors', 'engine client', 'engine api', 'engine', 'keys', 'destination check', ...NAMING],
  preload: ['contract', 'channels'],
  renderer: ['contract', 'channels'],
  'vault protocol': [],
  'vault hsm': ['vault protocol'],
  'vault store': [],
  'vault ledger': ['vault protocol', 'vault hsm', 'vault store'],
  'vault record': ['vault protocol'],
  'vault service': ['vault protocol', 'vault hsm', 'vault ledger', 'vault record'],
  'vault cli': ['vault protocol', 'vault hsm', 'vault store', 'vault ledger', 'vault record', 'vault service'],
};

interface Violation {
  from: string;
  to: string;
  rule: { name: string };
}

let tree: string;

async function write(file: string, text: string): Promise<string> {
  await mkdir(path.dirname(path.join(tree, file)), { recursive: true });
  await writeFile(path.join(tree, file), text);
  return file;
}

/** Runs the project's rules over the tree and gives what they complain about. */
function check(): Promise<Violation[]> {
  const program = path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = ['--config', path.join(root, '.dependency-cruiser.cjs'), '--output-type', 'json', 'main', 'preload'];
  return new Promise((resolve, reject) => {
    const options = { cwd: tree, maxBuffer: 64 * 1024 * 1024 };
    execFile(process.execPath, [program, ...args, 'renderer', 'vault'], options, (_failed, stdout, stderr) => {
      try {
        resolve((JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations);
      } catch {
        reject(new Error(`dependency-cruiser gave no report: ${stderr}`));
      }
    });
  });
}

beforeAll(async () => {
  tree = await mkdtemp(path.join(tmpdir(), 'holdfast-rules-'));
  await symlink(path.join(root, 'node_modules'), path.join(tree, 'node_modules'));
  await write('package.json', await readFile(path.join(root, 'package.json'), 'utf8'));
  for (const file of Object.values(ROOMS)) await write(file, 'export type Fact = string;\nexport const fact = 1;\n');
});

afterAll(async () => {
  await rm(tree, { recursive: true, force: true });
});

describe('import rules', () => {
  it('allow the arrows of the table and no other', { timeout: 120_000 }, async () => {
    const arrows: { file: string; to: string; allowed: boolean }[] = [];
    for (const [room, targets] of Object.entries(ARROWS)) {
      if (room === 'errors') continue; // a single file
      const folder = path.dirname(ROOMS[room] ?? '');
      for (const [target, to] of Object.entries(ROOMS)) {
        if (target === room) continue;
        const specifier = path.relative(folder, to);
        const file = await write(
          path.join(folder, `to-${target.replace(' ', '-')}.ts`),
          `import type { Fact } from '${specifier.startsWith('.') ? specifier : `./${specifier}`}';\nexport type Mine = Fact;\n`,
        );
        arrows.push({ file, to, allowed: targets.includes(target) });
      }
    }
    const refused = new Set((await check()).map((violation) => `${violation.from} -> ${violation.to}`));
    const wrong = arrows.filter(({ file, to, allowed }) => refused.has(`${file} -> ${to}`) === allowed);
    expect(wrong).toEqual([]);
    expect(refused.size).toBe(arrows.filter((arrow) => !arrow.allowed).length);
  });

  it('keep Electron, keytar, Node and the validators where they belong, and find cycles', async () => {
    const use = (name: string): string => `import { x } from '${name}';\nexport const y = x;\n`;
    await write('main/engine/uses-electron.ts', use('electron'));
    await write('main/cli/uses-electron.ts', use('electron'));
    await write('main/app/uses-electron.ts', use('electron'));
    await write('preload/uses-electron.ts', use('electron'));
    await write('main/app/uses-keytar.ts', use('keytar'));
    await write('main/keys/uses-keytar.ts', use('keytar'));
    await write('renderer/uses-node.ts', use('node:fs'));
    await write(
      'renderer/uses-validators.ts',
      "import { fact } from '../preload/contract.ts';\nexport const y = fact;\n",
    );
    await write('main/jobs/uses-vitest.ts', use('vitest'));
    await write('main/jobs/uses-nothing.ts', use('./not-there.ts'));
    await write('main/keys/cycle-a.ts', "import { b } from './cycle-b.ts';\nexport const a = () => b;\n");
    await write('main/keys/cycle-b.ts', "import { a } from './cycle-a.ts';\nexport const b = () => a;\n");
    const fixtures = /uses-|cycle-/;
    const found = (await check()).filter((violation) => fixtures.test(violation.from));
    expect(found.map((violation) => `${violation.from}: ${violation.rule.name}`).sort()).toEqual([
      'main/app/uses-keytar.ts: keytar-only-behind-its-port',
      'main/cli/uses-electron.ts: electron-only-in-the-shell',
      'main/engine/uses-electron.ts: electron-only-in-the-shell',
      'main/jobs/uses-nothing.ts: imports-exist',
      'main/jobs/uses-vitest.ts: product-has-no-development-packages',
      'main/keys/cycle-a.ts: no-cycle',
      'renderer/uses-node.ts: renderer-has-no-node',
      'renderer/uses-validators.ts: renderer-knows-types-only',
    ]);
  }, 120_000);
});
