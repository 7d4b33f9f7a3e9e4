/** Small pieces that the groups of the contract share. */
import { z } from 'zod';

export const Ms = z.number(); // milliseconds since the epoch
export const Bytes = z.number().nonnegative();
export const Cap = z.string().min(8).max(64);
/** 16 groups of 4 hexadecimal digits; rows A to D are groups 0-3, 4-7, 8-11, 12-15. */
export const Groups = z.array(z.string().max(8)).length(16);
export const Row = z.enum(['A', 'B', 'C', 'D']);
export type Row = z.infer<typeof Row>;

export const ErrorInfo = z.object({
  code: z.string(),
  severity: z.enum(['fatal', 'item', 'notice']),
  message: z.string(),
  guidance: z.string(),
  detail: z.string().optional(),
});
export type ErrorInfo = z.infer<typeof ErrorInfo>;

/** A folder or file of this computer, as shown to the user. */
export const Place = z.object({ cap: Cap, path: z.string(), name: z.string() });
export type Place = z.infer<typeof Place>;

/** A password crosses only into main, as the input of a method; never in a state, an event or an error. */
export const Password = z.string().min(1).max(1024);

export const Nothing = z.null();
export const Ok = z.null();
export const KeyCheck = z.object({
  ok: z.boolean(),
  /** Rows whose digits fail their printed check, where the checks were known. */
  wrongRows: z.array(Row),
  message: z.string(),
});

export const Said = z.object({ ok: z.boolean(), message: z.string() });

export function method<I extends z.ZodType, O extends z.ZodType>(input: I, output: O): { input: I; output: O } {
  return { input, output };
}
