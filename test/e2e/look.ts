/** A look at a screen: a picture of it under test-results/screens, nothing that axe finds, nothing wider than the window. */
import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { type App, root } from '../support/app.ts';
import { expect } from './fixtures.ts';
import { title } from './pages.ts';

const PICTURES = path.join(root, 'test-results', 'screens');
const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 960, height: 640 };

/** Every day one: test/pictures looks at the same screens in every way. HOLDFAST_LOOK=1 takes all four. */
const VIEWS = (
  [
    ['wide', WIDE, 'light'],
    ['wide', WIDE, 'dark'],
    ['narrow', NARROW, 'light'],
    ['narrow', NARROW, 'dark'],
  ] as const
).filter((_, at) => process.env['HOLDFAST_LOOK'] === '1' || at === 0);

/** Takes a screen in both themes and sizes, and looks for faults in each. */
export async function look(app: App, name: string): Promise<void> {
  const { page } = app;
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await expect(title(page).first()).toBeAttached();
  await expect(page.locator('.skel')).toHaveCount(0);
  for (const [word, size, theme] of VIEWS) {
    await app.setSize(size.width, size.height);
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme);
    await page.screenshot({ path: path.join(PICTURES, `${name} ${word} ${theme}.png`), animations: 'disabled' });
    const { violations, passes } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
    expect.soft(passes.length, `axe looked: ${name}`).toBeGreaterThan(5);
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
    expect.soft(found, `axe: ${name}, ${word}, ${theme}`).toEqual([]);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect.soft(over, `${name}, ${word}: wider than the window`).toBeLessThanOrEqual(0);
  }
  await app.setSize(WIDE.width, WIDE.height);
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
}
