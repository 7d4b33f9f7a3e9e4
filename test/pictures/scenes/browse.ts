/** Looking into snapshots, previews, restoring. */
import type { Hand, Scene } from '../scene.ts';

const browse = { screen: 'browse' };
const restore = { screen: 'restore' };

const previewed = async (hand: Hand): Promise<void> => {
  await hand.row('Outline').click();
  await hand.page.keyboard.press(' ');
  await hand.finds('[role="dialog"]');
};

const connected = async (hand: Hand): Promise<void> => {
  await hand.press('Choose the folder…');
  await (await hand.find('button', 'Continue')).waitFor();
};

const unlocking = async (hand: Hand): Promise<void> => {
  await connected(hand);
  await hand.press('Continue');
  await hand.finds('.steps li.done');
};

export const BROWSE: readonly Scene[] = [
  {
    name: 'browse-entry',
    scenario: 'idle',
    route: browse,
    act: async (hand) => {
      await hand.row('Outline').click();
      await hand.finds('.panel-versions .version-what');
    },
  },
  { name: 'browse-locked', scenario: 'locked', route: browse },
  { name: 'browse-loading', scenario: 'loading', route: browse, act: async (hand) => await hand.finds('.skel') },
  {
    name: 'browse-search',
    scenario: 'idle',
    route: { ...browse, view: 'search', text: 'lease' },
    act: async (hand) => await hand.page.getByRole('option').nth(3).waitFor(),
  },
  {
    name: 'browse-compare',
    scenario: 'idle',
    route: { ...browse, view: 'compare', snapshotId: 'snap-3', with: 'snap-0' },
    act: async (hand) => await hand.finds('[role="treegrid"] [role="row"]'),
  },
  {
    name: 'browse-sizes',
    scenario: 'idle',
    route: { ...browse, view: 'sizes', snapshotId: 'snap-0' },
    act: async (hand) => await hand.finds('.tm-tile'),
  },
  { name: 'preview-text', scenario: 'idle', route: browse, act: previewed },
  {
    name: 'preview-messages',
    scenario: 'preview-messages',
    route: browse,
    act: async (hand) => {
      await previewed(hand);
      await hand.finds('.msg-text');
    },
  },
  { name: 'restore-found', scenario: 'new', route: restore, act: connected },
  { name: 'restore-password', scenario: 'visit-3-left', route: restore, act: unlocking },
  { name: 'restore-last-try', scenario: 'visit-last', route: restore, act: unlocking },
  {
    name: 'restore-where',
    scenario: 'idle',
    route: { ...restore, snapshotId: 'snap-0', entryIds: ['e-0'] },
    act: async (hand) => await hand.finds('[role="radiogroup"]'),
  },
];
