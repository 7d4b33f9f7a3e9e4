/** Protection and Settings. */
import type { Scene } from '../scene.ts';

const protection = { screen: 'protection' };
const settings = { screen: 'settings' };

export const CARE: readonly Scene[] = [
  { name: 'protection', scenario: 'idle', route: protection },
  { name: 'protection-attempts', scenario: 'vault-attempts', route: protection },
  {
    name: 'protection-renew',
    scenario: 'idle',
    route: protection,
    act: async (hand) => {
      await hand.press('Renew');
      await hand.finds('[role="alertdialog"]');
    },
  },
  {
    name: 'protection-test-key',
    scenario: 'idle',
    route: protection,
    act: async (hand) => {
      await hand.press('Test my key');
      await hand.finds('[role="dialog"]');
    },
  },
  { name: 'settings', scenario: 'settings-full', route: settings },
  {
    name: 'settings-places',
    scenario: 'three',
    route: { ...settings, section: 'destinations' },
    top: '.setting:focus',
  },
  { name: 'settings-keep', scenario: 'idle', route: { ...settings, section: 'keep' }, top: '.setting:focus' },
  {
    name: 'settings-updates',
    scenario: 'update-ready',
    route: { ...settings, section: 'updates' },
    top: '.setting:focus',
  },
];
