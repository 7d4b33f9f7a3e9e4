/** What no screen may have, whatever it shows: text that is cut off or sticks out, a page to scroll sideways, what axe finds. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from '@playwright/test';

/** Runs in the page: sentences about text that cannot be read whole. */
function clippedInPage(): string[] {
  /** Half a pixel of rounding and what a slanted letter stands out. */
  const SLACK = 1.6;
  /** Of a line's height: what its box is higher than its letters. */
  const SEEN = 0.7;
  const found = new Set<string>();
  const named = (element: Element): string => {
    const classes = (element.getAttribute('class') ?? '').trim().split(/\s+/).filter(Boolean).join('.');
    return `${element.localName}${classes === '' ? '' : `.${classes}`}`;
  };
  const quoted = (text: string): string => `“${text.trim().replaceAll(/\s+/g, ' ').slice(0, 60)}”`;
  const styles = new Map<Element, CSSStyleDeclaration>();
  const styleOf = (element: Element): CSSStyleDeclaration => {
    const known = styles.get(element) ?? getComputedStyle(element);
    styles.set(element, known);
    return known;
  };
  const cuts = (overflow: string): boolean => overflow === 'hidden' || overflow === 'clip';
  const scrolls = (overflow: string): boolean => overflow === 'auto' || overflow === 'scroll';

  /** Kept for screen readers only: in a box that shows nothing of it. */
  const unseen = (element: Element): boolean => {
    for (let box: Element | null = element; box !== null; box = box.parentElement) {
      const { width, height } = box.getBoundingClientRect();
      if ((width <= 2 || height <= 2) && cuts(styleOf(box).overflowX)) return true;
    }
    return false;
  };

  const holds = (box: Element): boolean =>
    /^(button|td|th|label|summary|li|p|h1|h2|h3|dt|dd)$/.test(box.localName) || box.classList.contains('badge');

  /** What is wrong with a line of text at a place; null where it can be read. */
  const wrong = (element: Element, line: DOMRect): string | null => {
    let inside = true;
    for (let box: Element | null = element; box !== null && box !== document.body; box = box.parentElement) {
      const style = styleOf(box);
      if (style.display === 'inline' || style.display === 'contents') continue;
      const rect = box.getBoundingClientRect();
      const over = Math.max(rect.left - line.left, line.right - rect.right);
      if (cuts(style.overflowX) && over > SLACK) {
        return style.textOverflow === 'ellipsis' ? null : `cut off by ${named(box)}`;
      }
      if (cuts(style.overflowY) && style.webkitLineClamp === 'none') {
        const seen = Math.min(rect.bottom, line.bottom) - Math.max(rect.top, line.top);
        if (seen < line.height * SEEN) return `cut off by ${named(box)} from above or below`;
      }
      if (scrolls(style.overflowX) || scrolls(style.overflowY)) return null;
      // A space at the end of a line that keeps its spaces hangs over.
      const hangs = style.whiteSpaceCollapse === 'preserve' ? 6 : 0;
      if (inside && over > SLACK + hangs && holds(box)) {
        return `sticks out of ${named(box)} by ${Math.round(over)}`;
      }
      if (/^(absolute|fixed)$/.test(style.position)) inside = false;
      if (style.position === 'fixed') break;
    }
    const over = Math.max(-line.left, line.right - window.innerWidth);
    return over > SLACK ? `stands ${Math.round(over)} beyond the window` : null;
  };

  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    if (element === null || (node.nodeValue ?? '').trim() === '') continue;
    if (element.closest('svg, script, style, option') !== null || unseen(element)) continue;
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    range.selectNodeContents(node);
    for (const line of range.getClientRects()) {
      if (line.width < 2 || line.height < 2) continue;
      const what = wrong(element, line);
      if (what !== null) found.add(`${quoted(node.nodeValue ?? '')} in ${named(element)} ${what}`);
    }
  }

  for (const element of document.querySelectorAll('body *')) {
    const style = styleOf(element);
    const wide = element.scrollWidth - element.clientWidth;
    if (wide > 1 && scrolls(style.overflowX) && element.localName !== 'pre' && element.clientWidth > 0) {
      const { left, right } = element.getBoundingClientRect();
      const out = [...element.querySelectorAll('*')].findLast((inner) => {
        const rect = inner.getBoundingClientRect();
        return rect.width > 0 && !unseen(inner) && (rect.right > right + 1 || rect.left < left - 1);
      });
      found.add(`${named(element)} scrolls sideways by ${wide}${out === undefined ? '' : `, for ${named(out)}`}`);
    }
  }
  const page = document.documentElement;
  if (page.scrollWidth > window.innerWidth) found.add(`the page is ${page.scrollWidth - window.innerWidth} too wide`);
  for (const element of [page, document.body, document.getElementById('root')]) {
    if ((element?.scrollTop ?? 0) > 0) found.add('the window was scrolled away');
  }
  return [...found];
}

/** Sentences about text of the page that is cut off, and about what is wider than its place. */
export async function clippedText(page: Page): Promise<string[]> {
  return await page.evaluate(clippedInPage);
}

const AXE = readFileSync(
  createRequire(createRequire(import.meta.url).resolve('@axe-core/playwright')).resolve('axe-core/axe.min.js'),
  'utf8',
);

interface Axe {
  run: (
    context: Document,
    options: object,
  ) => Promise<{ violations: { id: string; nodes: { html: string }[] }[]; passes: unknown[] }>;
}

/**
 * What axe finds in the page.
 * @param rules those alone; all where none are given
 * @throws where all rules found nothing to look at
 */
export async function axeFinds(page: Page, rules: readonly string[] = []): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(AXE);
  const { found, passes } = await page.evaluate(async (only) => {
    const { axe } = window as unknown as { axe: Axe };
    const { violations, passes } = await axe.run(document, {
      resultTypes: ['violations'],
      ...(only.length === 0 ? {} : { runOnly: { type: 'rule', values: only } }),
    });
    return {
      passes: passes.length,
      found: violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`),
    };
  }, rules);
  if (passes === 0 && found.length === 0 && rules.length === 0) throw new Error('axe looked at nothing');
  return found;
}
