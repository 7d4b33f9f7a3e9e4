/** Which of a computer's meta keys an object was made under. */
import { damaged } from '../format/damage.ts';
import type { Header } from '../format/envelope.ts';
import type { ReadKeys } from './block-reader.ts';

/**
 * Opens with the meta key of the object's epoch. Two epochs can have one number, where two computers renewed the keys at
 * two places, and a domain can have been written by one computer after another: then each is tried, and what opens tells.
 * Errors: object-damaged.
 *
 * @param open is told the number of the computer, too, whose key it is
 */
export function withMetaKey<T>(
  { meta }: Pick<ReadKeys, 'meta'>,
  { epoch }: Pick<Header, 'epoch'>,
  name: string,
  open: (key: Uint8Array, writer: number) => T,
): T {
  let failure: unknown = damaged(name, `of epoch ${epoch}, whose key is not known here`);
  for (const candidate of meta) {
    if (candidate.epoch !== epoch) continue;
    try {
      return open(candidate.key, candidate.writer ?? 0);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}
