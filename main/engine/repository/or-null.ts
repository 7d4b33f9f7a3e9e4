import type { Destination } from '../../destinations/destination.ts';
import { toHoldfastError } from '../../errors.ts';

/** Null where an object is not there, damaged, or of a newer version. Errors: destination-* */
export async function orNull<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    const { code } = toHoldfastError(error);
    if (code === 'object-damaged' || code === 'object-missing' || code === 'newer-format') return null;
    throw error;
  }
}

/** Null where an object is gone: lists may be late. @param name logical. Errors: destination-* */
export async function getOrNull(destination: Destination, name: string): Promise<Uint8Array | null> {
  try {
    return await destination.get(name);
  } catch (error) {
    if (toHoldfastError(error).code === 'object-missing') return null;
    throw error;
  }
}
