/** Errors as the files of the app keep them: what a person was told. Whether a call may be repeated is not kept. */
import { z } from 'zod';
import type { ErrorCode } from '../errors.ts';
import type { Text, Value } from '../text.ts';

const StoredValue: z.ZodType<Value> = z.lazy(() =>
  z.union([
    z.string(),
    z.number(),
    z.object({ count: z.number(), one: z.string(), other: z.string() }),
    z.object({ bytes: z.number() }),
    z.object({ momentMs: z.number() }),
    z.object({ list: z.array(StoredValue), word: z.enum(['and', 'or']) }),
    StoredText,
  ]),
);

export const StoredText: z.ZodType<Text> = z.object({
  english: z.string(),
  message: z.string(),
  values: z.array(StoredValue),
});

/** What sentences are said from in other languages. */
export const StoredSaid = z.object({ message: StoredText.optional(), guidance: StoredText.optional() });

export const StoredError = z.object({
  /** Codes of other versions are kept as they are. */
  code: z.custom<ErrorCode>((value) => typeof value === 'string'),
  severity: z.enum(['fatal', 'item', 'notice']),
  message: z.string(),
  guidance: z.string(),
  detail: z.string().optional(),
  said: StoredSaid.optional(),
});
