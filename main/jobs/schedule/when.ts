/** When backups start by themselves and what holds them back, as the configuration keeps it. */
import { z } from 'zod';

/** Local time of day, in minutes since midnight. */
const MinuteOfDay = z.number().int().min(0).max(1439);

/** From the first minute on, up to the second, which is not one of them; over midnight where `to` is the earlier. */
export const Hours = z
  .object({ from: MinuteOfDay, to: MinuteOfDay })
  .refine(({ from, to }) => from !== to, 'The two times must differ.');
export type Hours = z.infer<typeof Hours>;

const Schedule = z.discriminatedUnion('every', [
  z.object({ every: z.literal('hours'), hours: z.number().int().min(1).max(24) }),
  z.object({ every: z.literal('day'), at: MinuteOfDay }),
  /** Days as in ISO 8601: 1 is Monday, 7 is Sunday. */
  z.object({
    every: z.literal('week'),
    days: z.array(z.number().int().min(1).max(7)).min(1).max(7),
    at: MinuteOfDay,
  }),
  z.object({ every: z.literal('hand') }),
]);
export type Schedule = z.infer<typeof Schedule>;

const Conditions = z.object({
  power: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('any') }),
    z.object({ kind: z.literal('mains') }),
    z.object({ kind: z.literal('above'), percent: z.number().int().min(5).max(95) }),
  ]),
  onMetered: z.boolean(),
  wifi: z.object({ kind: z.enum(['any', 'only', 'never']), names: z.array(z.string().min(1).max(32)).max(20) }),
  quiet: Hours.nullable(),
});
export type Conditions = z.infer<typeof Conditions>;

export const When = z.object({ schedule: Schedule, conditions: Conditions });
export type When = z.infer<typeof When>;

/**
 * What people expect who never looked: every hour while the computer is on, but neither from the last of a battery nor
 * over a connection that is paid by the byte.
 */
export const DEFAULT_WHEN: When = {
  schedule: { every: 'hours', hours: 1 },
  conditions: {
    power: { kind: 'above', percent: 30 },
    onMetered: false,
    wifi: { kind: 'any', names: [] },
    quiet: null,
  },
};
