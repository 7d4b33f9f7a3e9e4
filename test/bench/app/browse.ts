/** What a person waits for in Browse, from the press of a key to the frame that shows the answer, measured in the page. */
import path from 'node:path';
import type { Page } from '@playwright/test';
import { largeName } from './made.ts';
import type { AppReport } from './types.ts';

/** Frames of one way through a folder: each moves by many screens, as a dragged scroll bar does. */
const SCROLL_FRAMES = 600;
const QUERIES = ['harbour winter 0004', 'invoice garden 00'];

/** What must be in the page for an answer to be there. */
type Wanted = { kind: 'folder'; name: string } | { kind: 'found'; text: string };

/** From the next key until the page shows what is wanted: that frame's end. Start it, press, then wait. */
async function untilShown(page: Page, wanted: Wanted, press: () => Promise<void>): Promise<number> {
  await page.evaluate((want) => {
    const shown = (): boolean => {
      if (want.kind === 'folder') {
        const here = document.querySelector('.crumb-here')?.textContent ?? '';
        return here.includes(want.name) && document.querySelector('.fg-row:not(.fg-waiting)') !== null;
      }
      return document.querySelector('.found-row mark')?.textContent.toLowerCase() === want.text;
    };
    const measured = new Promise<number>((resolve, reject) => {
      setTimeout(() => reject(new Error(`never shown: ${JSON.stringify(want)}; ${document.title}`)), 600_000);
      window.addEventListener(
        'keydown',
        ({ timeStamp }) => {
          const look = (): void => {
            if (!shown()) return void requestAnimationFrame(look);
            // The frame in which it is there is painted after its callbacks.
            requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - timeStamp)));
          };
          requestAnimationFrame(look);
        },
        { capture: true, once: true },
      );
    });
    Object.assign(window, { measured });
  }, wanted);
  await press();
  return await page.evaluate(() => (window as unknown as { measured: Promise<number> }).measured);
}

/** Puts the cursor on a row by typing its name. */
async function goToRow(page: Page, name: string): Promise<void> {
  await page.keyboard.type(name);
  await page.locator('.fg-row[aria-selected="true"]').filter({ hasText: name }).waitFor();
}

/** Opens each of the large folders of the tree at `top` once, by keyboard. The last one stays open. */
export async function openLarge(page: Page, top: string, count: number): Promise<number[]> {
  const enter = async (): Promise<void> => await page.keyboard.press('Enter');
  await page.keyboard.press('Control+2');
  await page.locator('.fg-row:not(.fg-waiting)').first().waitFor();
  // Browse begins where what is backed up lies: in the folder that holds it.
  const first = path.basename(top);
  await page.getByRole('grid').focus();
  await goToRow(page, first);
  await untilShown(page, { kind: 'folder', name: first }, enter);
  const times: number[] = [];
  for (let i = 1; i <= count; i += 1) {
    const name = largeName(i);
    await goToRow(page, name);
    times.push(await untilShown(page, { kind: 'folder', name }, enter));
    if (i === count) break;
    await untilShown(page, { kind: 'folder', name: path.basename(top) }, () => page.keyboard.press('Backspace'));
  }
  return times;
}

/** Scrolls the open folder from its first row to its last and waits until that is there. */
export async function scrollThrough(page: Page): Promise<AppReport['scroll']> {
  return await page.evaluate(async (count) => {
    const grid = document.querySelector<HTMLElement>('.fg');
    if (grid === null) throw new Error('no folder is open');
    const longTasks: number[] = [];
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) longTasks.push(duration);
    });
    observer.observe({ type: 'longtask' });
    const frame = async (): Promise<number> => await new Promise((resolve) => requestAnimationFrame(resolve));
    const end = grid.scrollHeight - grid.clientHeight;
    const started = performance.now();
    let [before, longest, frames] = [await frame(), 0, 0];
    const next = async (): Promise<void> => {
      const now = await frame();
      longest = Math.max(longest, now - before);
      before = now;
      frames += 1;
    };
    for (let i = 1; i <= count; i += 1) {
      grid.scrollTop = (end * i) / count;
      await next();
    }
    while (document.querySelector('.fg-waiting') !== null) await next();
    const ms = performance.now() - started;
    for (const { duration } of observer.takeRecords()) longTasks.push(duration);
    observer.disconnect();
    return { ms, frames, longTasks, longestFrame: longest };
  }, SCROLL_FRAMES);
}

/** Types in the search field, letter by letter, each when the last one's rows are there. */
export async function searchAsTyped(page: Page): Promise<Pick<AppReport, 'firstSearch' | 'search'>> {
  await page.keyboard.press('Control+F');
  await page.locator('[data-find] input').waitFor();
  const firstSearch = await untilShown(page, { kind: 'found', text: 's' }, () => page.keyboard.press('s'));
  const search: number[] = [];
  for (const query of QUERIES) {
    await page.keyboard.press('Escape'); // empties the field
    await page.locator('.found-row').first().waitFor({ state: 'detached' });
    for (const [i, letter] of [...query].entries()) {
      if (letter === ' ') await page.keyboard.press('Space');
      else {
        const wanted: Wanted = { kind: 'found', text: query.slice(0, i + 1) };
        search.push(await untilShown(page, wanted, () => page.keyboard.press(letter)));
      }
    }
  }
  return { firstSearch, search };
}
