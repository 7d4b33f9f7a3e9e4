/** Goes where something outside the page leads: a notification, the tray, the menu. */
import { useEffect } from 'react';
import type { OpenAt } from '../../preload/contract.ts';
import { api, on } from './bridge.ts';
import { navigate, type Route } from './route.ts';

export function routeOf({ screen, section, runId, view }: OpenAt): Route {
  switch (screen) {
    case 'settings':
      return section === undefined ? { screen } : { screen, section };
    case 'activity':
      if (runId === undefined) return { screen };
      return view === undefined ? { screen, runId } : { screen, runId, view };
    default:
      return { screen };
  }
}

/** Once for the page's frame: the place that the window was opened for, and those that come later. */
export function useOpenAt(): void {
  useEffect(() => {
    const go = (at: OpenAt): void => navigate(routeOf(at));
    api.background.opening().then(
      (at) => at !== null && go(at),
      () => undefined, // the page shows Home then, which says how things stand
    );
    return on('open', go);
  }, []);
}
