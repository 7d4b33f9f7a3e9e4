/** What the configuration keeps of the alarms: never their addresses, which are secrets. */
import { z } from 'zod';

export const ALARM_KINDS = ['heartbeat', 'webhook', 'email'] as const;
export type AlarmKind = (typeof ALARM_KINDS)[number];
/** Those that are an address and no more. */
export type AddressKind = Exclude<AlarmKind, 'email'>;

const AlarmRecord = z.object({
  /** Name of the server, to be shown. */
  host: z.string(),
  last: z.object({ at: z.number(), ok: z.boolean(), message: z.string() }).nullable(),
});
export type AlarmRecord = z.infer<typeof AlarmRecord>;

/** How e-mail is sent; its password is in the keychain. */
export const EmailAccount = z.object({
  /** Name of the server. */
  host: z.string(),
  port: z.number().int().min(1).max(65_535),
  /** `tls`: from the first byte on; `starttls`: after asking for it, and never without; `none`: in one's own network. */
  security: z.enum(['tls', 'starttls', 'none']),
  /** Empty where the server asks for no login. */
  user: z.string(),
  from: z.string(),
  to: z.string(),
});
export type EmailAccount = z.infer<typeof EmailAccount>;

export const EmailRecord = AlarmRecord.extend(EmailAccount.shape);

export const AlarmSettings = z.object({
  heartbeat: AlarmRecord.nullable(),
  webhook: AlarmRecord.nullable(),
  /** Missing in configurations of before. */
  email: EmailRecord.nullable().default(null),
});
export type AlarmSettings = z.infer<typeof AlarmSettings>;

export const NO_ALARMS: AlarmSettings = { heartbeat: null, webhook: null, email: null };
