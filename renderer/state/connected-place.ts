/** The place of the backup that this window restored from last, for whoever sets up this computer next. Never stored. */
import type { PlaceDraft } from '../../preload/contract.ts';

let last: PlaceDraft | null = null;

export function rememberConnected(place: PlaceDraft): void {
  last = place;
}

export function connectedPlace(): PlaceDraft | null {
  return last;
}
