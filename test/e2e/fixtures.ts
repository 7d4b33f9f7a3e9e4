/** What every window test starts from: a computer of its own, the app on it, and a look at the end that nothing went wrong. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test as base, expect } from '@playwright/test';
import { App, type Computer, makeComputer, removeComputer, type StartOptions } from '../support/app.ts';
import { removeTree } from '../support/tree.ts';

interface Fixtures {
  /** A temporary folder. */
  folder: string;
  computer: Computer;
  /** Starts the app; it is ended after the test, which fails where the page did anything it may not. */
  start: (computer: Computer, options?: StartOptions) => Promise<App>;
}

export const test = base.extend<Fixtures>({
  folder: async ({}, use) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-e2e-files-'));
    await use(folder);
    removeTree(folder);
  },
  computer: async ({}, use) => {
    const computer = await makeComputer();
    await use(computer);
    removeComputer(computer);
  },
  start: async ({}, use, info) => {
    const started: App[] = [];
    await use(async (computer, options) => {
      const app = await App.start(computer, options);
      started.push(app);
      return app;
    });
    for (const [index, app] of started.entries()) {
      if (info.status !== info.expectedStatus) await app.attach(info, `app ${index + 1}`);
      if (!app.ended) await app.close();
    }
    for (const app of started) expect.soft(app.problems, 'nothing that nobody asked for').toEqual([]);
  },
});

export { expect };
