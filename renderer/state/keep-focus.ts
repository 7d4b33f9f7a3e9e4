/**
 * Where what has the focus goes away (a button that is disabled while its run goes on, a row that is taken out of a
 * list), the browser leaves the focus nowhere: nothing is read out, and whoever works by keys has to find the way back.
 * It then goes on at the nearest part of the page that takes it, else at the page's title. A sheet that closes gives it
 * back by itself where it can; where it came from may be gone too.
 */
import { byKeys } from './last-input.ts';

const SHEET = '[role=dialog], [role=alertdialog]';

/** What holds an element, from the inside out, without the page itself. */
function around(element: Element): Element[] {
  const all: Element[] = [];
  for (let up = element.parentElement; up !== null && up.tagName !== 'BODY'; up = up.parentElement) all.push(up);
  return all;
}

const isThere = (element: Element): boolean => element.isConnected && element.checkVisibility();

/** @returns the function that ends it */
export function keepFocus(target: Window): () => void {
  const page = target.document;
  /** What held the focus last on the page itself, and in a sheet over it. */
  let onPage: Element[] = [];
  let inSheet: Element[] = [];
  /** Somebody clicked beside everything: whoever then scrolls by keys is not pulled back to where they were. */
  let letGo = false;
  let frame = 0;

  const onBlur = (): void => {
    letGo = !byKeys();
  };
  const onFocus = ({ target: at }: FocusEvent): void => {
    letGo = false;
    if (!(at instanceof Element)) return;
    if (at.closest(SHEET) === null) [onPage, inSheet] = [around(at), []];
    else inSheet = around(at);
  };
  const isLost = (): boolean => page.activeElement === null || page.activeElement === page.body;
  const mend = (): void => {
    frame = 0;
    if (letGo || !isLost() || !byKeys()) return;
    const open = page.querySelector(SHEET) !== null;
    const takes = (open ? inSheet : [...inSheet, ...onPage]).find(
      (one) => one.hasAttribute('tabindex') && isThere(one),
    );
    const next = takes ?? (open ? null : page.querySelector('h1[tabindex]'));
    if (next instanceof HTMLElement) next.focus({ preventScroll: true });
  };
  const look = (): void => {
    if (frame !== 0 || !isLost()) return;
    // What comes instead, a page or a sheet that ends, may take the focus by itself within the next frame.
    frame = target.requestAnimationFrame(() => {
      frame = target.requestAnimationFrame(mend);
    });
  };
  const observer = new MutationObserver(look);
  observer.observe(page.body, { subtree: true, childList: true, attributeFilter: ['disabled', 'hidden'] });
  target.addEventListener('focusout', onBlur);
  target.addEventListener('focusin', onFocus);
  return () => {
    observer.disconnect();
    target.cancelAnimationFrame(frame);
    target.removeEventListener('focusout', onBlur);
    target.removeEventListener('focusin', onFocus);
  };
}
