/** How much of the connection Holdfast may use, by day of the week and time of day. */
import { z } from 'zod';
import { Ms } from './parts.ts';
import { Hours } from './when.ts';

/** Bytes a second; null for no limit. */
const Rate = z.number().int().min(1_000).nullable();

export const Rates = z.object({ sendBytes: Rate, receiveBytes: Rate });
export type Rates = z.infer<typeof Rates>;

export const BandwidthRule = Rates.extend({
  /** As in ISO 8601: 1 is Monday, 7 is Sunday. Hours over midnight belong to the day on which they begin. */
  days: z.array(z.number().int().min(1).max(7)).min(1).max(7),
  /** Null: the whole day. */
  hours: Hours.nullable(),
});
export type BandwidthRule = z.infer<typeof BandwidthRule>;

/** Where several rules hold, the slower of each direction counts; while none does, `otherwise`. */
export const Bandwidth = z.object({ rules: z.array(BandwidthRule).max(10), otherwise: Rates });
export type Bandwidth = z.infer<typeof Bandwidth>;

export const BandwidthState = Bandwidth.extend({
  /** What holds now; `until` null where nothing changes by itself. */
  now: Rates.extend({ until: Ms.nullable() }),
});
export type BandwidthState = z.infer<typeof BandwidthState>;
