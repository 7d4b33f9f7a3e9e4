/** zod over what CBOR decodes to: one schema gives the type, the check before encoding and the check after decoding. */
import { z } from 'zod';
import { ProtocolError } from './errors.ts';
import { checkPoint } from './p256.ts';
import { POINT_BYTES } from './suite.ts';

/** Exactly `size` bytes. */
export function binary(size: number): z.ZodType<Uint8Array> {
  return z.instanceof(Uint8Array).refine((value) => value.length === size, `not ${size} bytes`);
}

/** A compressed point of P-256. */
export const pointBytes: z.ZodType<Uint8Array> = binary(POINT_BYTES).refine((value) => {
  try {
    checkPoint(value);
    return true;
  } catch {
    return false;
  }
}, 'not a point of P-256');

/** @throws ProtocolError `malformed` */
export function checked<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new ProtocolError('malformed', `${what}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`, {
    cause: result.error,
  });
}
