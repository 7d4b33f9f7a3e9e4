import { defineConfig } from '@playwright/test';

/**
 * Tests of the real window; `npm run test:e2e` gives them a display and a keyring. A test that fails on a busy machine and
 * then passes alone is shown as flaky.
 */
export default defineConfig({
  testDir: 'test/e2e',
  outputDir: 'test-results',
  workers: 1,
  retries: 1,
  timeout: 180_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  use: { trace: 'retain-on-failure' },
});
