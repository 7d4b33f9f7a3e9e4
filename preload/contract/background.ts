/** `background`, `alarms`: life without a window, and who else is told how things stand. */
import { z } from 'zod';
import { Ms, Nothing, Ok, Said, method } from './parts.ts';

/** A place of the window that something outside it (a notification, the tray, the menu) leads to. */
export const OpenAt = z.object({
  screen: z.enum(['home', 'browse', 'activity', 'protection', 'settings', 'help']),
  /** Of Settings. */
  section: z.string().optional(),
  /** Of Activity: a run, and its items that could not be read. */
  runId: z.string().optional(),
  view: z.enum(['run', 'skipped']).optional(),
});
export type OpenAt = z.infer<typeof OpenAt>;

export const Background = z.object({
  /** Holdfast goes on when its window is closed. */
  keepRunning: z.boolean(),
  notify: z.boolean(),
  /** As the system has it. `refused`: asked for, and turned off by the person in the system's own settings. */
  startAtLogin: z.enum(['on', 'off', 'refused', 'unknown']),
  /** True where the desktop shows the icon by which the window is opened again. */
  tray: z.boolean(),
});
export type Background = z.infer<typeof Background>;

export const backgroundMethods = {
  set: method(
    z.object({ keepRunning: z.boolean(), notify: z.boolean(), startAtLogin: z.boolean() }).partial().strict(),
    Ok,
  ),
  /** Asked once by a page that opens: where it should, if it was opened for something. */
  opening: method(Nothing, OpenAt.nullable()),
} as const;

export const AlarmKind = z.enum(['heartbeat', 'webhook', 'email']);
export type AlarmKind = z.infer<typeof AlarmKind>;

/** An address that is told. The address itself is a secret and never shown again. */
export const Alarm = z.object({
  host: z.string(),
  /** How telling it went the last time; null before the first. */
  last: z.object({ at: Ms, ok: z.boolean(), message: z.string() }).nullable(),
});
export type Alarm = z.infer<typeof Alarm>;

/** How e-mail is sent; its password is in the keychain and never shown. */
export const EmailAccount = z.object({
  host: z.string().max(300),
  port: z.number().int().min(1).max(65_535),
  security: z.enum(['tls', 'starttls', 'none']),
  user: z.string().max(400),
  from: z.string().max(300),
  to: z.string().max(300),
});
export type EmailAccount = z.infer<typeof EmailAccount>;

export const Alarms = z.object({
  heartbeat: Alarm.nullable(),
  webhook: Alarm.nullable(),
  email: Alarm.extend(EmailAccount.shape).nullable(),
});
export type Alarms = z.infer<typeof Alarms>;

export const alarmsMethods = {
  set: method(z.object({ kind: AlarmKind.exclude(['email']), url: z.string().max(2_000) }), Ok),
  setEmail: method(EmailAccount.extend({ password: z.string().max(1_000) }), Ok),
  remove: method(z.object({ kind: AlarmKind }), Ok),
  test: method(z.object({ kind: AlarmKind }), Said),
} as const;
