import { availableParallelism } from 'node:os';
import { defineConfig } from '@playwright/test';

/** Pictures of the page over the stand-in bridge: each worker has a window of its own, which it keeps. */
export default defineConfig({
  testDir: '.',
  outputDir: '../../test-results/pictures',
  globalSetup: './setup.ts',
  fullyParallel: true,
  workers: Math.min(4, availableParallelism()),
  // Beside other work a page may come to rest late; what is right the second time is named as flaky in the list.
  retries: 1,
  timeout: 180_000,
  reporter: [['list']],
});
