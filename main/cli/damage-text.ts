/** Damage and losses in words, for verify and repair. */
import type { AffectedSnapshot, Damage } from '../engine/api.ts';
import { momentText } from './amounts.ts';
import { countText, oneLine } from './output.ts';

/** A number with its noun. */
export const plural = (n: number, one: string, more: string): string => `${countText(n)} ${n === 1 ? one : more}`;

/** One line for the damage, and more for what it affects. */
export function damageText({ object, message, affects, snapshots }: Damage): string {
  const lines = [`${object}: ${message}`, ...affects.map((path) => `  affects ${oneLine(path)}`)];
  for (const snapshot of snapshots ?? []) lines.push(`  in ${affectedText(snapshot)}`);
  return lines.join('\n');
}

export function affectedText({ id, sequence, endedMs, files, folders }: AffectedSnapshot): string {
  const what = [
    ...(files > 0 ? [plural(files, 'file', 'files')] : []),
    ...(folders > 0 ? [`${plural(folders, 'folder', 'folders')} with all in it`] : []),
  ];
  return `snapshot ${sequence} of ${momentText(endedMs)} (${id.slice(0, 8)}): ${what.join(' and ')}`;
}
