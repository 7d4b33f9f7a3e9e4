/** For start scripts and tests: says when the window shows its first screen, and takes a picture of it. */
import { rename, writeFile } from 'node:fs/promises';
import type { BrowserWindow } from 'electron';

/** What the page does before it counts as shown: a heading of a screen that waits for nothing, its fonts, and two frames. */
const SHOWN = `new Promise((resolve) => {
  const look = () => {
    if (document.querySelector('main:not([aria-busy="true"]) h1') === null) return void requestAnimationFrame(look);
    document.fonts.ready.then(() => requestAnimationFrame(() => requestAnimationFrame(() => resolve(true))));
  };
  look();
})`;

/**
 * With HOLDFAST_READY=1 prints one line when the first screen is shown; with HOLDFAST_SCREENSHOT=FILE then saves a PNG.
 * The file appears whole, under its name, or not at all.
 */
export async function tellWhenReady(
  window: BrowserWindow,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const screenshot = environment['HOLDFAST_SCREENSHOT'] ?? '';
  const tell = environment['HOLDFAST_READY'] === '1';
  if (!tell && screenshot === '') return;
  await window.webContents.executeJavaScript(SHOWN);
  if (tell) process.stdout.write('holdfast: window ready\n');
  if (screenshot === '') return;
  const picture = await window.webContents.capturePage();
  await writeFile(`${screenshot}.part`, picture.toPNG());
  await rename(`${screenshot}.part`, screenshot);
}
