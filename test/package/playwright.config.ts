import { defineConfig } from '@playwright/test';

/** Of the app as it was installed; test/package/clean-debian.mjs runs this inside a fresh Debian. */
export default defineConfig({
  testDir: '.',
  workers: 1,
  timeout: 300_000,
  expect: { timeout: 30_000 },
  reporter: [['list']],
});
