/** `transfer`: the configuration and the log as files. */
import { z } from 'zod';
import { AlarmKind } from './background.ts';
import { Nothing, Ok, method } from './parts.ts';

/** What taking over a configuration would change. */
export const ConfigurationChanges = z.object({
  /** Name of the file. */
  name: z.string(),
  /** Where and when it was made. */
  computer: z.string(),
  madeAt: z.number(),
  plans: z.array(
    z.object({
      name: z.string(),
      /** Name of the plan here that it goes into; null where it becomes one of its own. */
      into: z.string().nullable(),
      /** What is added. */
      sources: z.array(z.string()),
      excludes: z.array(z.string()),
      /** Folders and files that are not on this computer. */
      missing: z.array(z.string()),
      when: z.boolean(),
      /** `stays`: it differs, and the rule of this computer stays. */
      keep: z.enum(['set', 'same', 'stays']),
    }),
  ),
  settings: z.array(z.enum(['theme', 'density', 'language', 'lock', 'background', 'bandwidth'])),
  /** Places that this computer does not know; their passwords and sign-ins are asked for when each is added. */
  places: z.array(z.object({ name: z.string(), kindName: z.string(), at: z.string() })),
  /** To be set again. */
  alarms: z.array(AlarmKind),
});
export type ConfigurationChanges = z.infer<typeof ConfigurationChanges>;

export const transferMethods = {
  /** Each asks where to; false where the person cancelled. */
  saveConfiguration: method(Nothing, z.boolean()),
  saveLog: method(Nothing, z.boolean()),
  /** Asks for a file and compares it; null where the person cancelled. Nothing is changed. */
  openConfiguration: method(Nothing, ConfigurationChanges.nullable()),
  /** Takes over the file that was opened last. */
  applyConfiguration: method(Nothing, Ok),
} as const;
