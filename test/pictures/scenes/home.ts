/** Home in each health, Activity, and what lies over every place. */
import type { Scene } from '../scene.ts';

const home = { screen: 'home' };
const activity = { screen: 'activity' };

export const HOME: readonly Scene[] = [
  { name: 'starting', scenario: 'starting' },
  { name: 'broken', scenario: 'broken', act: async (hand) => await hand.finds('[role="alert"]') },
  ...['idle', 'unreadable', 'running', 'error', 'at-risk', 'empty', 'three', 'memory'].map((scenario) => ({
    name: `home-${scenario}`,
    scenario,
    route: home,
  })),
  {
    name: 'commands',
    scenario: 'idle',
    route: home,
    act: async (hand) => {
      await hand.page.keyboard.press('Control+k');
      await hand.finds('[role="menuitem"]');
    },
  },
  {
    name: 'shortcuts',
    scenario: 'idle',
    route: home,
    act: async (hand) => {
      await hand.page.keyboard.press('Control+/');
      await hand.finds('[role="dialog"]');
    },
  },
  { name: 'activity', scenario: 'idle', route: activity, act: async (hand) => await hand.finds('.runrow') },
  {
    name: 'run-skipped',
    scenario: 'unreadable',
    route: { ...activity, runId: 'run-2' },
    act: async (hand) => await (await hand.find('button', 'Copy as text')).waitFor(),
  },
];
