/** Errors as the files of the app keep them: what a person was told. Whether a call may be repeated is not kept. */
import { z } from 'zod';
import type { ErrorCode } from '../errors.ts';
import type { Text } from '../text.ts';

const StoredText: z.ZodType<Text> = z.lazy(() =>
  z.object({
    english: z.string(),
    message: z.string(),
    values: z.array(
      z.union([
        z.string(),
        z.number(),
        z.object({ count: z.number(), one: z.string(), other: z.string() }),
        StoredText,
      ]),
    ),
  }),
);

export const StoredError = z.object({
  /** Codes of other versions are kept as they are. */
  code: z.custom<ErrorCode>((value) => typeof value === 'string'),
  severity: z.enum(['fatal', 'item', 'notice']),
  message: z.string(),
  guidance: z.string(),
  detail: z.string().optional(),
  /** What the sentences are said from in other languages. */
  said: z.object({ message: StoredText.optional(), guidance: StoredText.optional() }).optional(),
});
