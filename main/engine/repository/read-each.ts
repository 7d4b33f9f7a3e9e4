/** Reads many small objects as fast as their storage likes: over a line, one after another would wait for each answer. */
import type { Destination } from '../../destinations/destination.ts';

/**
 * Calls `read` for each name, `abilities.parallel` at a time (one after another where a storage does not say), and gives
 * the results in the order of the names. The first error ends it; nothing is on its way any more when it rejects.
 */
export async function readEach<T>(
  { abilities }: Destination,
  names: readonly string[],
  read: (name: string) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  const failures: unknown[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let i = next++; i < names.length && failures.length === 0; i = next++) {
      try {
        results[i] = await read(names[i] ?? '');
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(names.length, abilities?.parallel ?? 1) }, lane));
  if (failures.length > 0) throw failures[0];
  return results;
}
