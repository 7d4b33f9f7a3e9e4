/**
 * The window as somebody without a mouse has it: Tab, arrows, Enter, the space bar, and letters. Every stop on the way is
 * looked at: the focus is on something, in view, uncovered, and shown as being there.
 */
import type { Locator, Page } from '@playwright/test';
import { expect } from './fixtures.ts';

/** More presses of Tab than this to reach what a page is for, and a person is lost. */
const MOST_TABS = 12;
/** So long a page may take until the focus is where it stays. */
const SETTLE_MS = 3_000;

export interface Stop {
  /** What has the focus, for a message. */
  what: string;
  /** What is wrong with how it has it; null where nothing is. */
  problem: string | null;
}

/** Runs in the page: where the focus is, and whether one can see that. */
function lookAtFocus(): Stop {
  const at = document.activeElement;
  if (at === null || at === document.body) return { what: 'nothing', problem: 'the focus is nowhere' };
  const what = `${at.getAttribute('role') ?? at.tagName.toLowerCase()} ${JSON.stringify(
    (at.getAttribute('aria-label') ?? at.closest('label')?.textContent ?? at.textContent ?? '').trim().slice(0, 60),
  )}`;
  // A page's title has it when the page opens, and no ring: nothing can be done with it.
  if (at.tagName === 'H1') return { what, problem: null };
  // The real box of a tick or a choice has no size; its label is what one sees.
  const active = at.getAttribute('aria-activedescendant');
  const shown = (active === null ? null : document.getElementById(active)) ?? at.closest('label') ?? at;
  const { left, top, right, bottom, width, height } = shown.getBoundingClientRect();
  if (width < 2 || height < 2) return { what, problem: 'it has no size' };
  const [x, y] = [
    (Math.max(0, left) + Math.min(innerWidth, right)) / 2,
    (Math.max(0, top) + Math.min(innerHeight, bottom)) / 2,
  ];
  if (left >= innerWidth || top >= innerHeight || right <= 0 || bottom <= 0) return { what, problem: 'out of view' };
  const over = document.elementFromPoint(x, y);
  if (over !== null && !shown.contains(over) && !over.contains(shown)) {
    return { what, problem: `covered by ${over.tagName.toLowerCase()} ${over.className}` };
  }
  const ringed = (element: Element): boolean => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
    return (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none';
  };
  let round: Element | null = shown;
  for (let up = 0; up < 3 && round !== null; up += 1, round = round.parentElement) {
    if (ringed(round)) return { what, problem: null };
  }
  return { what, problem: [...shown.querySelectorAll('*')].some(ringed) ? null : 'nothing shows that it is there' };
}

export class Keys {
  readonly #page: Page;
  /** Each step as a sentence: what was pressed, and how many presses of Tab it took. */
  readonly steps: string[] = [];

  constructor(page: Page) {
    this.#page = page;
  }

  /** Where the focus is, which must be somewhere that one can see. */
  async stop(): Promise<string> {
    let last: Stop = { what: '', problem: null };
    // What a page does next is waited for; what stays wrong is not.
    const look = async (): Promise<string | null> => (last = await this.#page.evaluate(lookAtFocus)).problem;
    const before = `before: ${this.steps.slice(-4).join('; ')}`;
    await expect.poll(look, { message: `the focus can be seen; ${before}`, timeout: SETTLE_MS }).toBeNull();
    return last.what;
  }

  /** Waits until it has the focus by itself, as after a page or a sheet has opened. */
  async arrives(target: Locator): Promise<void> {
    await expect(target, `the focus; before: ${this.steps.slice(-4).join('; ')}`).toBeFocused();
    this.steps.push(`on ${await this.stop()}`);
  }

  /** Waits for a sheet that has the focus and keeps it, however often Tab is pressed. */
  async trapped(sheet: Locator): Promise<void> {
    await expect(sheet).toBeVisible();
    const inside = async (): Promise<boolean> =>
      await sheet.evaluate((element) => element.contains(document.activeElement));
    await expect.poll(inside, { message: 'the sheet has the focus' }).toBe(true);
    const first = await this.#page.evaluateHandle(() => document.activeElement);
    for (let presses = 0; presses < MOST_TABS; presses += 1) {
      await this.#page.keyboard.press('Tab');
      await this.stop();
      expect(await inside(), 'Tab stays in the sheet').toBe(true);
      if (await first.evaluate((element) => element === document.activeElement)) break;
    }
    this.steps.push('a sheet keeps the focus');
  }

  /**
   * Presses Tab until it has the focus.
   * @param most presses that are not too many; `back` with Shift
   */
  async to(target: Locator, { most = MOST_TABS, back = false } = {}): Promise<void> {
    await expect(target).toBeEnabled();
    const way: string[] = [];
    const there = async (): Promise<boolean> => await target.evaluate((element) => element === document.activeElement);
    let presses = 0;
    for (; !(await there()); presses += 1) {
      expect(presses, `presses of Tab on the way to ${String(target)}: ${way.join(' > ')}`).toBeLessThan(most);
      await this.#page.keyboard.press(back ? 'Shift+Tab' : 'Tab');
      way.push(await this.stop());
    }
    this.steps.push(`${String(presses)} Tab to ${way.at(-1) ?? (await this.stop())}`);
  }

  /** Goes there and presses a key on it: Enter unless told. */
  async press(target: Locator, { key = 'Enter', ...how }: { key?: string; most?: number; back?: boolean } = {}) {
    await this.to(target, how);
    await this.#page.keyboard.press(key);
  }

  /** Presses keys, one after the other, on whatever has the focus. */
  async hit(...keys: string[]): Promise<void> {
    for (const key of keys) await this.#page.keyboard.press(key);
    this.steps.push(keys.join(' '));
  }

  /** Types letters. */
  async type(text: string): Promise<void> {
    await this.#page.keyboard.type(text);
    this.steps.push(`typed ${String(text.length)} letters`);
  }
}
