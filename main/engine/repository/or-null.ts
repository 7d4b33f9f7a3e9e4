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
