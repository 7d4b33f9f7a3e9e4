/** What the configuration keeps of the alarms: never their addresses, which are secrets. */
import { z } from 'zod';

export const ALARM_KINDS = ['heartbeat', 'webhook'] as const;
export type AlarmKind = (typeof ALARM_KINDS)[number];

const AlarmRecord = z.object({
  /** Name of the server, to be shown. */
  host: z.string(),
  last: z.object({ at: z.number(), ok: z.boolean(), message: z.string() }).nullable(),
});
export type AlarmRecord = z.infer<typeof AlarmRecord>;

export const AlarmSettings = z.object({ heartbeat: AlarmRecord.nullable(), webhook: AlarmRecord.nullable() });
export type AlarmSettings = z.infer<typeof AlarmSettings>;

export const NO_ALARMS: AlarmSettings = { heartbeat: null, webhook: null };
