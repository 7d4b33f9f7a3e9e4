/** `plans`: what is backed up where and when, where there is more than one answer to that. */
import { z } from 'zod';
import { Keep } from './care.ts';
import { Cap, Ms, Ok, Place, method } from './parts.ts';
import { Health, RunSummary } from './runs.ts';
import { WaitsFor, When } from './when.ts';

const PlanId = z.string().min(1).max(64);
const Name = z.string().trim().min(1).max(60);
const Excludes = z.array(z.string().max(4096)).max(5000);
/** Ids of destinations; null for every place, also those that are added later. */
const Where = z.array(z.string().min(1)).min(1).max(64).nullable();

export const Plan = z.object({
  id: z.string(),
  name: z.string(),
  sources: z.array(Place),
  excludes: z.array(z.string()),
  where: z.array(z.string()).nullable(),
  when: When,
  /** Null: every backup is kept. */
  keep: Keep.nullable(),
  health: Health,
  lastBackup: RunSummary.nullable(),
  /** When its next backup starts by itself; null while one runs, or where nothing starts by itself. */
  nextRunMs: Ms.nullable(),
  waitsFor: WaitsFor.nullable(),
  /** `queued`: it begins when the one that is running has ended. */
  doing: z.enum(['nothing', 'running', 'queued']),
});
export type Plan = z.infer<typeof Plan>;

export const plansMethods = {
  /** Needs the key, once: the plan gets a writer of its own in the backup. */
  add: method(
    z.object({ name: Name, sources: z.array(Cap).min(1).max(1000), excludes: Excludes, where: Where, when: When }),
    z.object({ id: z.string() }),
  ),
  change: method(
    z
      .object({ id: PlanId, name: Name, excludes: Excludes, where: Where, when: When, keep: Keep.nullable() })
      .partial()
      .required({ id: true })
      .strict(),
    Ok,
  ),
  /** By a native dialog; null when the user cancels. */
  addSource: method(z.object({ id: PlanId }), Place.nullable()),
  removeSource: method(z.object({ id: PlanId, cap: Cap }), Ok),
  /** It backs up no more; what it has stored stays. */
  remove: method(z.object({ id: PlanId }), Ok),
  backUp: method(z.object({ id: PlanId }), z.object({ runId: z.string() })),
} as const;
