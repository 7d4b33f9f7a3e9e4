/** `updates`: newer versions of the program itself. */
import { z } from 'zod';
import { ErrorInfo, Ms, Nothing, Ok, method } from './parts.ts';

export const UpdateChannel = z.enum(['stable', 'beta']);
export type UpdateChannel = z.infer<typeof UpdateChannel>;

export const Updates = z.object({
  /** Why this program does not update itself; null where it does. */
  off: z.enum(['build', 'policy', 'packages', 'format', 'read-only']).nullable(),
  channel: UpdateChannel,
  /** Looks for updates by itself. */
  automatic: z.boolean(),
  /** When the server last answered. */
  checkedAt: Ms.nullable(),
  /** `waiting`: for the end of a run, or for a network that is not paid by the byte. `ready`: put in place at the next start. */
  step: z.enum(['idle', 'checking', 'waiting', 'loading', 'ready']),
  /** What is loaded or ready. */
  release: z.object({ version: z.string(), issuedAt: Ms, notes: z.string() }).nullable(),
  /** How much is loaded, 0 to 1. */
  share: z.number().min(0).max(1).nullable(),
  /** What went wrong last, or was refused. */
  error: ErrorInfo.nullable(),
});
export type Updates = z.infer<typeof Updates>;

export const updatesMethods = {
  check: method(Nothing, Ok),
  setChannel: method(z.object({ channel: UpdateChannel }), Ok),
  setAutomatic: method(z.object({ automatic: z.boolean() }), Ok),
  /** Ends the program, puts the update in place and starts it again. */
  restart: method(Nothing, Ok),
} as const;
