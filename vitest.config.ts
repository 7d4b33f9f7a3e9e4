import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { completeLanguages, viteCatalogs } from './build/i18n/catalogs.mjs';
import { linguiMacro } from './build/i18n/window.mjs';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const soak = process.env['HOLDFAST_SOAK'] === '1';

/** Small files whose tests wait long: one that begins last would keep the whole run waiting. */
const LONG = /[/]destinations[/](sftp|webdav|s3|google-drive)[^/]*[.]test[.]ts$|[/]faults[/]destination-/;

class LongOnesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const long = sorted.filter(({ moduleId }) => LONG.test(moduleId));
    return [...long, ...sorted.filter((file) => !long.includes(file))];
  }
}

/** Tests that need no window. They run on plain Node, some of them on what `npm run build` left in dist/. */
export default defineConfig({
  plugins: [linguiMacro(), viteCatalogs()],
  define: { HOLDFAST_LANGUAGES: JSON.stringify(await completeLanguages()) },
  test: {
    include: [
      'test/unit/**/*.test.{ts,tsx}',
      'test/integration/**/*.test.ts',
      'test/faults/**/*.test.ts',
      ...(soak ? ['test/faults/**/*.soak.ts'] : []),
    ],
    setupFiles: ['test/support/english.ts'],
    // Processes, because native parts and worker threads are under test, and a crash must not take the others with it.
    pool: 'forks',
    sequence: { sequencer: LongOnesFirst },
    // Much of their time goes into waiting for other processes: disks, tokens, etcd's elections.
    maxWorkers: availableParallelism() + 1,
    testTimeout: soak ? 3_600_000 : 60_000,
    hookTimeout: 60_000,
    // The build before it sets `production`, which is for programs that are built, not for these.
    env: { NODE_ENV: 'test' },
    restoreMocks: true,
    unstubEnvs: true,
  },
});
