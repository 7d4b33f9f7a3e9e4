/** Errors as the files of the app keep them: what a person was told. Whether a call may be repeated is not kept. */
import { z } from 'zod';
import type { ErrorCode } from '../errors.ts';

export const StoredError = z.object({
  /** Codes of other versions are kept as they are. */
  code: z.custom<ErrorCode>((value) => typeof value === 'string'),
  severity: z.enum(['fatal', 'item', 'notice']),
  message: z.string(),
  guidance: z.string(),
  detail: z.string().optional(),
});
