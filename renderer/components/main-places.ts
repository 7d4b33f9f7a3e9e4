import { t } from '@lingui/core/macro';
import { FolderClock, House, List, Settings2, ShieldCheck, type LucideIcon } from 'lucide-react';
import type { Route } from '../state/route.ts';

export interface MainPlace {
  route: Route;
  word: string;
  icon: LucideIcon;
}

/** The five places in the order of the sidebar; each is reached by the main key and its number too. */
export const MAIN_PLACES: readonly MainPlace[] = [
  { route: { screen: 'home' }, word: t`Home`, icon: House },
  { route: { screen: 'browse' }, word: t`Browse`, icon: FolderClock },
  { route: { screen: 'activity' }, word: t`Activity`, icon: List },
  { route: { screen: 'protection' }, word: t`Protection`, icon: ShieldCheck },
  { route: { screen: 'settings' }, word: t`Settings`, icon: Settings2 },
];
