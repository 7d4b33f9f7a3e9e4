/** What the app shows of a destination: whether it is there, how full it is, and how much of it the backup uses. */
import { openDestination } from '../destinations/open.ts';
import { type DestinationTestResult, testDestination } from '../destinations/test-destination.ts';
import type { DestinationSpec } from '../engine/api.ts';
import { toHoldfastError } from '../errors.ts';

export interface DestinationStatus {
  presence: 'present' | 'away' | 'error';
  /** What is wrong and what to do; empty when present. */
  message: string;
  freeBytes: number | null;
  totalBytes: number | null;
}

/** Looks at a destination without changing anything. Never rejects. */
export async function destinationStatus(spec: DestinationSpec): Promise<DestinationStatus> {
  try {
    const destination = await openDestination(spec);
    try {
      const space = await destination.space();
      return { presence: 'present', message: '', ...space };
    } finally {
      await destination.close();
    }
  } catch (thrown) {
    const error = toHoldfastError(thrown);
    return {
      presence: error.code === 'destination-missing' ? 'away' : 'error',
      message: `${error.message} ${error.guidance}`,
      freeBytes: null,
      totalBytes: null,
    };
  }
}

/** Bytes of all objects at a destination; null if they cannot be listed. */
export async function usedBytes(spec: DestinationSpec): Promise<number | null> {
  try {
    const destination = await openDestination(spec);
    try {
      let bytes = 0;
      for await (const object of destination.list('')) bytes += object.size;
      return bytes;
    } finally {
      await destination.close();
    }
  } catch {
    return null; // its absence is told by the status, and an unknown size is shown as unknown
  }
}

/**
 * Does at a destination what a backup will do there, and measures it. A folder that is absent is made.
 * @throws HoldfastError where the destination cannot even be opened
 */
export async function checkDestination(
  spec: DestinationSpec,
  sources: readonly string[],
): Promise<DestinationTestResult> {
  const destination = await openDestination(spec);
  try {
    return await testDestination(destination, { sources });
  } finally {
    await destination.close();
  }
}
