import { availableParallelism } from 'node:os';
import { defineConfig } from '@playwright/test';

/** Pictures of the page over the stand-in bridge: each worker has a window of its own, which it keeps. */
export default defineConfig({
  testDir: '.',
  outputDir: '../../test-results/pictures',
  globalSetup: './setup.ts',
  fullyParallel: true,
  workers: Math.min(4, availableParallelism()),
  // A picture that comes out otherwise the second time is a fault of the page.
  retries: 0,
  timeout: 180_000,
  reporter: [['list']],
});
