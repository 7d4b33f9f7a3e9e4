import { useEffect } from 'react';
import type { AppState } from '../../preload/contract.ts';
import { MAIN_PLACES } from '../components/main-places.ts';
import { navigate } from '../state/route.ts';

/**
 * The keys that work on every screen: Ctrl+K (Command+K) for the palette, Ctrl+/ for the list of shortcuts, Ctrl+1 to
 * Ctrl+5 for the places, F1 for help. Nothing happens while a sheet is open: it wants an answer first.
 */
export function useCommandKeys(
  platform: AppState['platform'],
  { enabled, palette, shortcuts }: { enabled: boolean; palette: () => void; shortcuts: () => void },
): void {
  useEffect(() => {
    if (!enabled) return undefined;
    const onKey = (event: KeyboardEvent): void => {
      const main = platform === 'darwin' ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
      const help = event.key === 'F1' && !event.ctrlKey && !event.metaKey && !event.shiftKey;
      if (
        !(main || help) ||
        event.altKey ||
        event.repeat ||
        document.querySelector('[role=dialog],[role=alertdialog]') !== null
      )
        return;
      const place = /^Digit[1-5]$/.test(event.code) ? MAIN_PLACES[Number(event.code.slice(5)) - 1] : undefined;
      if (help) navigate({ screen: 'help' });
      else if (event.key.toLowerCase() === 'k' && !event.shiftKey) palette();
      else if (event.key === '/' || (event.shiftKey && event.key === '?')) shortcuts();
      else if (place !== undefined && !event.shiftKey) navigate(place.route);
      else return;
      event.preventDefault();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [enabled, platform, palette, shortcuts]);
}
