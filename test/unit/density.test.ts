import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../../main/jobs/config.ts';
import { Settings } from '../../preload/contract.ts';
import { ROW_PX } from '../../renderer/state/row-px.ts';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** Heights of rows by their token, in px. */
function tokens(selector: string): Record<string, number> {
  const css = read('renderer/theme/tokens.css');
  const block = css.slice(css.indexOf(`${selector} {`)).split('}')[0] ?? '';
  return Object.fromEntries(
    [...block.matchAll(/--(row[\w-]*): (\d+)px/g)].map((match) => [match[1] ?? '', Number(match[2])]),
  );
}

describe('density', () => {
  const comfortable = tokens(':root');
  const compact = tokens("[data-density='compact']");

  it('is comfortable until somebody chooses', () => {
    expect(Settings.parse(DEFAULT_CONFIG.settings).density).toBe('comfortable');
  });

  it('makes every kind of row lower, and none too low to be hit', () => {
    expect(Object.keys(compact)).toEqual(Object.keys(comfortable));
    for (const [name, px] of Object.entries(compact)) {
      expect(px, name).toBeLessThan(comfortable[name] ?? 0);
      expect(px, name).toBeGreaterThanOrEqual(24);
    }
  });

  it('is known to virtual lists as the style sheets draw it', () => {
    const token = { row: 'row', list: 'row-list', two: 'row-two' } as const;
    for (const kind of ['row', 'list', 'two'] as const) {
      expect(ROW_PX[kind]).toEqual({ comfortable: comfortable[token[kind]], compact: compact[token[kind]] });
    }
  });

  it.each([
    ['renderer/screens/browse/browse.css', '.fg-row', '--row'],
    ['renderer/screens/browse/look.css', '.found-row', '--row-two'],
    ['renderer/screens/browse/look.css', '.cmp-row', '--row-list'],
    ['renderer/screens/setup/setup.css', '.tree-row', '--row-list'],
    ['renderer/screens/activity/activity.css', '.runrow', '--row-run'],
  ])('holds in %s for %s', (file, selector, token) => {
    const css = read(file);
    const blocks = css.split(`\n${selector} {`).slice(1);
    expect(blocks.map((text) => text.split('}')[0]).join()).toContain(`height: var(${token});`);
  });
});
