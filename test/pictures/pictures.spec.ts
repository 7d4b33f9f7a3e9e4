/**
 * Every screen and the gallery of the components, held against the pictures that were taken of them before. A changed
 * picture fails and leaves both, with what differs, under test-results; `npm run pictures:accept` takes the new ones.
 * On every picture: no text is cut off, nothing is too wide, axe finds nothing.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test as base } from '@playwright/test';
import { comparePictures, packPicture } from './compare.ts';
import { axeFinds, clippedText } from './faults.ts';
import { Hand } from './scene.ts';
import { SCENES } from './scenes/index.ts';
import { Stage } from './stage.ts';
import { isComparable, taking } from './taken-with.ts';
import { FIRST, languagesOf, nameOf, viewsOf, type View } from './views.ts';

const TAKEN = fileURLToPath(new URL('taken/', import.meta.url));

const test = base.extend<object, { stage: Stage }>({
  stage: [
    async ({}, use) => {
      const stage = await Stage.start();
      await use(stage);
      await stage.close();
    },
    { scope: 'worker', timeout: 120_000 },
  ],
});

const fileOf = (scene: string, view: View): string => `${scene} ${nameOf(view)}.png`.replaceAll(' ', '-');

test('no picture is left of a scene that is gone', async () => {
  const wanted = new Set(SCENES.flatMap(({ name }) => viewsOf(name).map((view) => fileOf(name, view))));
  const left = (await readdir(TAKEN).catch(() => [])).filter((file) => !wanted.has(file));
  if (taking) for (const file of left) await rm(path.join(TAKEN, file));
  else expect(left).toEqual([]);
});

for (const scene of SCENES) {
  test(scene.name, async ({ stage }, info) => {
    const views = viewsOf(scene.name);
    const look = async (view: View): Promise<void> => {
      await stage.show(view, scene.top);
      const png = await stage.take();
      const name = `${scene.name} ${nameOf(view)}`;
      expect.soft(await clippedText(stage.page), `${name}: text that cannot be read`).toEqual([]);
      const rules = view === FIRST ? [] : ['color-contrast'];
      if (view === FIRST || view.theme === 'dark') {
        expect.soft(await axeFinds(stage.page, rules), `axe: ${name}`).toEqual([]);
      }
      const file = path.join(TAKEN, fileOf(scene.name, view));
      if (taking) {
        await mkdir(TAKEN, { recursive: true });
        const before = await readFile(file).catch(() => null);
        if (before !== null && comparePictures(before, png).same) return;
        await writeFile(file, packPicture(png));
        return;
      }
      if (!isComparable()) return;
      const before = await readFile(file).catch(() => null);
      if (before === null) {
        expect.soft(null, `${name}: there is no picture yet. Take it: npm run pictures:accept`).not.toBeNull();
        return;
      }
      const { same, what, picture } = comparePictures(before, png);
      if (same) return;
      await mkdir(info.outputDir, { recursive: true });
      await writeFile(info.outputPath(`${name}.png`), picture());
      expect
        .soft(what, `${name} looks otherwise: see ${info.outputDir}. If it should: npm run pictures:accept`)
        .toBe('the same');
    };

    for (const language of languagesOf(scene.name)) {
      const own = views.filter((view) => view.language === language);
      await stage.show(FIRST);
      await stage.open(scene, language);
      await scene.act?.(new Hand(stage));
      await stage.page.mouse.move(2, 2);
      for (const view of own) await look(view);
      for (const zoom of [100, 200] as const) {
        if (own.some((view) => view.zoom === zoom)) continue;
        await stage.show({ theme: 'light', language, zoom });
        await stage.rest();
        const name = `${scene.name} ${language} ${zoom}`;
        expect.soft(await clippedText(stage.page), `${name}: text that cannot be read`).toEqual([]);
      }
      expect.soft(stage.problems, `${scene.name} ${language}: what the page complains about`).toEqual([]);
    }
  });
}
