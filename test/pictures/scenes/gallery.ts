/** The components by themselves, in all their states. */
import type { Scene } from '../scene.ts';

const page = (gallery: string, act?: Scene['act']): Scene => ({
  name: `gallery-${gallery}`,
  scenario: 'idle',
  gallery,
  ...(act === undefined ? {} : { act }),
});

export const GALLERY: readonly Scene[] = [
  page('buttons'),
  page('fields'),
  page('surfaces'),
  page('key'),
  page('pictures'),
  page('menus', async (hand) => {
    await hand.press('More');
    await hand.finds('[role="menu"]');
  }),
  page('sheet', async (hand) => await hand.finds('[role="dialog"]')),
  page('question', async (hand) => await hand.finds('[role="alertdialog"]')),
];
