/** The words for a destination of the plan, the same on every screen. */
import { t } from '@lingui/core/macro';
import { ArrowUp, Check, CircleAlert, CircleDashed, Clock, LogIn, Unplug, type LucideIcon } from 'lucide-react';
import type { Destination, Progress } from '../../../preload/contract.ts';
import { formatBytes, fraction, joined } from '../format.ts';

export interface StateWords {
  readonly word: string;
  readonly icon: LucideIcon;
  readonly ink: string;
}

const STATE: Record<Destination['state'], StateWords> = {
  'up-to-date': { word: t`Up to date`, icon: Check, ink: 'good' },
  behind: { word: t`Behind`, icon: Clock, ink: 'warn' },
  away: { word: t`Not connected`, icon: Unplug, ink: 'faint' },
  'sign-in': { word: t`Signed out`, icon: LogIn, ink: 'warn' },
  error: { word: t`Can’t be used`, icon: CircleAlert, ink: 'bad' },
  running: { word: t`Receiving`, icon: ArrowUp, ink: 'good' },
  empty: { word: t`Empty so far`, icon: CircleDashed, ink: 'faint' },
};

/** Of a synced folder only its own program knows when the files have arrived. */
export function stateWords({ state, kind }: Pick<Destination, 'state' | 'kind'>): StateWords {
  const words = STATE[state];
  return kind === 'synced' && state === 'up-to-date' ? { ...words, word: t`Handed over` } : words;
}

/** A few words for a list: what main says where that is short, else the state's word. */
export function shortWords({ state, kind, message }: Pick<Destination, 'state' | 'kind' | 'message'>): string {
  const short = state === 'running' || state === 'up-to-date' || state === 'empty';
  return short && message !== '' ? message : stateWords({ state, kind }).word;
}

/** What the state's word does not say yet; empty where there is nothing. */
export function longWords({ state, kind, message }: Pick<Destination, 'state' | 'kind' | 'message'>): string {
  const needed = state === 'behind' || state === 'away' || state === 'sign-in' || state === 'error';
  return needed && message !== stateWords({ state, kind }).word ? message : '';
}

/** "286.3 GB used, 1.7 TB free": only what the storage tells. */
export function spaceWords({ usedBytes, freeBytes }: Pick<Destination, 'usedBytes' | 'freeBytes'>): string {
  const used = usedBytes === null ? null : t`${formatBytes(usedBytes)} used`;
  const free = freeBytes === null ? null : t`${formatBytes(freeBytes)} free`;
  return joined([used, free].filter((part) => part !== null)) || t`Space not known`;
}

/** What lies in the provider's trash and is counted; null where that is nothing. */
export function trashWords(trashBytes: number | null): string | null {
  if (trashBytes === null || trashBytes === 0) return null;
  return t`${formatBytes(trashBytes)} more lie in its trash and count until it is emptied`;
}

type Going = Progress['destinations'][number];

/** Share of what is known to go there that is there, 0 to 1; null while nothing is. */
export function goingShare({ storedBytes, queuedBytes, state }: Going): number | null {
  if (state === 'done') return 1;
  return storedBytes + queuedBytes === 0 ? null : fraction(storedBytes, storedBytes + queuedBytes);
}

/** What goes on at one destination of a run. */
export function goingWords({ storedBytes, queuedBytes, state }: Going): string {
  if (state === 'done') return t`All there, ${formatBytes(storedBytes)}`;
  if (state === 'behind') return t`Left behind at ${formatBytes(storedBytes)}; it catches up by itself`;
  if (storedBytes + queuedBytes === 0) return t`Waits for the first files`;
  return queuedBytes === 0
    ? t`${formatBytes(storedBytes)} stored`
    : t`${formatBytes(storedBytes)} stored, ${formatBytes(queuedBytes)} waiting`;
}
