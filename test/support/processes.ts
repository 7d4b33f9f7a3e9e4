/** Running processes, by /proc; Linux. */
import { readdirSync, readFileSync } from 'node:fs';

/** Ids of those whose command line holds every one of these words. */
export function processes(...words: readonly string[]): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return words.every((word) => line.includes(word));
      } catch {
        return false; // ended meanwhile
      }
    })
    .map(Number);
}
