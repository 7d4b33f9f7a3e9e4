import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

/** An element as far as the focus goes: no page is needed for that. */
class Part {
  isConnected = true;
  readonly tagName = 'DIV';
  readonly parentElement: Part | null;
  readonly #takes: boolean;
  constructor(parentElement: Part | null, takes: boolean) {
    this.parentElement = parentElement;
    this.#takes = takes;
  }
  closest = (): null => null;
  checkVisibility = (): boolean => true;
  hasAttribute = (): boolean => this.#takes;
  focus(): void {
    move(this);
  }
}

const page = { body: new Part(null, false), activeElement: null as Part | null, querySelector: () => null };
const target = Object.assign(new EventTarget(), {
  document: page,
  requestAnimationFrame: (then: () => void) => frames.push(then),
  cancelAnimationFrame: () => undefined,
});
const frames: (() => void)[] = [];
let changed = (): void => undefined;

function tell(type: string, at: Part | null, key?: string): void {
  const event = Object.assign(new Event(type), { key });
  Object.defineProperty(event, 'target', { value: at });
  target.dispatchEvent(event);
}

/** As a browser tells of it; `null`: nowhere. */
function move(to: Part | null): void {
  if (page.activeElement !== null) tell('focusout', page.activeElement);
  page.activeElement = to;
  if (to !== null) tell('focusin', to);
}

/** The page changes, and two frames pass. */
function change(): void {
  changed();
  for (let next = frames.shift(); next !== undefined; next = frames.shift()) next();
}

const list = new Part(page.body, true);
const row = new Part(list, false);
let stop = (): void => undefined;

beforeEach(async () => {
  vi.resetModules();
  vi.stubGlobal('window', target);
  vi.stubGlobal('Element', Part);
  vi.stubGlobal('HTMLElement', Part);
  vi.stubGlobal(
    'MutationObserver',
    class {
      constructor(look: () => void) {
        changed = look;
      }
      observe = (): void => undefined;
      disconnect = (): void => undefined;
    },
  );
  const { keepFocus } = await import('../../renderer/state/keep-focus.ts');
  page.activeElement = null;
  row.isConnected = true;
  stop = keepFocus(target as unknown as Window);
});

afterEach(() => {
  stop();
  vi.unstubAllGlobals();
});

describe('the focus of what goes away', () => {
  it('goes on at the part that held it, for whoever works by keys', () => {
    tell('keydown', row, 'Enter');
    move(row);
    row.isConnected = false;
    page.activeElement = null;
    change();
    expect(page.activeElement).toBe(list);
  });

  it('is not taken from what has it by then', () => {
    tell('keydown', row, 'Enter');
    move(row);
    page.activeElement = null;
    changed();
    const field = new Part(page.body, true);
    move(field);
    change();
    expect(page.activeElement).toBe(field);
  });

  it('stays nowhere after a click beside everything, also once a key is pressed', () => {
    move(row);
    tell('pointerdown', page.body);
    move(null);
    tell('keydown', page.body, 'PageDown');
    change();
    expect(page.activeElement).toBeNull();
    tell('keydown', page.body, 'Tab');
    move(row);
    row.isConnected = false;
    page.activeElement = null;
    change();
    expect(page.activeElement).toBe(list);
  });
});
