/** Which screen is shown for a route, by how far this computer is set up. */
import type { Route, Screen } from './route.ts';

const BEFORE_SETUP: readonly Screen[] = ['welcome', 'how', 'setup', 'restore'];

/** Before the set-up only what works without one; after it everything but the welcome. */
export function placeFor(phase: 'new' | 'ready', route: Route): Screen {
  if (phase === 'new') return BEFORE_SETUP.includes(route.screen) ? route.screen : 'welcome';
  // The set-up stays: its last page, the first backup, comes when this computer has become ready.
  return route.screen === 'welcome' || route.screen === 'how' ? 'home' : route.screen;
}
