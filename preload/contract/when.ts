/** When backups start by themselves, and what holds them back. Times of day are local, in minutes since midnight. */
import { z } from 'zod';

export const MinuteOfDay = z.number().int().min(0).max(1439);

/** From the first minute on, up to the second, which is not one of them; over midnight where `to` is the earlier. */
export const Hours = z
  .object({ from: MinuteOfDay, to: MinuteOfDay })
  .refine(({ from, to }) => from !== to, 'The two times must differ.');
export type Hours = z.infer<typeof Hours>;

export const Schedule = z.discriminatedUnion('every', [
  z.object({ every: z.literal('hours'), hours: z.number().int().min(1).max(24) }),
  z.object({ every: z.literal('day'), at: MinuteOfDay }),
  /** Days as in ISO 8601: 1 is Monday, 7 is Sunday. */
  z.object({
    every: z.literal('week'),
    days: z.array(z.number().int().min(1).max(7)).min(1).max(7),
    at: MinuteOfDay,
  }),
  /** Only when a person asks. */
  z.object({ every: z.literal('hand') }),
]);
export type Schedule = z.infer<typeof Schedule>;

/** What holds back a backup that starts by itself; one that was asked for by a person ignores them all. */
export const Conditions = z.object({
  power: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('any') }),
    z.object({ kind: z.literal('mains') }),
    /** On battery only from this many percent on. */
    z.object({ kind: z.literal('above'), percent: z.number().int().min(5).max(95) }),
  ]),
  /** False: waits while the network is metered, such as a phone's. */
  onMetered: z.boolean(),
  /** `only` and `never` speak of Wi-Fi; a cable is always fine. */
  wifi: z.object({
    kind: z.enum(['any', 'only', 'never']),
    names: z.array(z.string().trim().min(1).max(32)).max(20),
  }),
  quiet: Hours.nullable(),
});
export type Conditions = z.infer<typeof Conditions>;

export const When = z.object({ schedule: Schedule, conditions: Conditions });
export type When = z.infer<typeof When>;

/** Why a backup that is due, or was running, waits. It goes on by itself once that is over. */
export const WaitsFor = z.object({
  reason: z.enum(['quiet', 'power', 'metered', 'wifi', 'destination', 'sign-in', 'key']),
  /** One sentence: "Waits until this computer is plugged in." */
  line: z.string(),
});
export type WaitsFor = z.infer<typeof WaitsFor>;

/** What this computer can tell of itself now; null where it can't. */
export const Surroundings = z.object({
  /** True on battery; null also where there is none. */
  onBattery: z.boolean().nullable(),
  batteryPercent: z.number().nullable(),
  metered: z.boolean().nullable(),
  /** Name of the Wi-Fi in use. */
  wifi: z.string().nullable(),
});
export type Surroundings = z.infer<typeof Surroundings>;
