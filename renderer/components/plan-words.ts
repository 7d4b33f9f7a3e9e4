/** What is said of a plan in a list. */
import { t } from '@lingui/core/macro';
import type { Destination, Plan } from '../../preload/contract.ts';
import { capital, formatDate, listed } from './format.ts';
import { visibleName } from './visible.ts';
import { scheduleWords } from './when-words.ts';

/** Most folders and places that are named. */
const NAMED = 3;

function names(all: readonly string[]): string {
  const shown = all.slice(0, NAMED).map(visibleName);
  return all.length > NAMED ? t`${shown.join(', ')} and more` : listed(shown);
}

/** "Documents and Pictures, to Harbour disk and Loft". */
export function whatAndWhere({ sources, where }: Plan, destinations: readonly Destination[]): string {
  const what = names(sources.map(({ name }) => name));
  if (where === null) return t`${what}, to every place`;
  const places = names(destinations.filter(({ id }) => where.includes(id)).map(({ name }) => name));
  return t`${what}, to ${places}`;
}

/** When it comes next: "Every hour; next today, 18:04". */
export function nextWords({ when, nextRunMs, waitsFor, doing }: Plan, now: number): string {
  if (doing === 'running') return t`Backing up now`;
  if (doing === 'queued') return t`Begins when the other one has ended`;
  const schedule = capital(scheduleWords(when.schedule));
  if (waitsFor !== null) return t`${schedule}. ${waitsFor.line}`;
  return nextRunMs === null ? schedule : t`${schedule}; next ${formatDate(nextRunMs, now)}`;
}
