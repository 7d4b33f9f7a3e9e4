import { defineConfig } from '@playwright/test';

/** So that both groups of files, which run beside each other, take about as long. */
const SECOND = /(browse|drive|second-computer|states|vault-embedded|vault-own)[.]spec[.]ts$/;

/**
 * Tests of the real window; `npm run test:e2e` gives them a display and a keyring. A test that fails on a busy machine and
 * then passes alone is shown as flaky.
 */
export default defineConfig({
  projects: [
    { name: 'first', testIgnore: SECOND },
    { name: 'second', testMatch: SECOND },
  ],
  testDir: 'test/e2e',
  outputDir: 'test-results',
  workers: 1,
  retries: 1,
  timeout: 180_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  use: { trace: 'retain-on-failure' },
});
