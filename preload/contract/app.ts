/** `app` and `settings`: the state that the window shows, and what can be set. */
import { z } from 'zod';
import { Alarms, Background } from './background.ts';
import { Bandwidth, BandwidthState } from './bandwidth.ts';
import { CareState } from './care.ts';
import { Destination, SignIn } from './destinations.ts';
import { Cap, Ms, Nothing, Ok, Place, method } from './parts.ts';
import { Plan } from './plans.ts';
import { Health, Progress, RunSummary } from './runs.ts';
import { Updates } from './updates.ts';
import { RegistrationStep, VaultState } from './vault.ts';
import { Surroundings, WaitsFor, When } from './when.ts';

/** Languages that Holdfast can speak. */
export const Language = z.enum(['en', 'de', 'fr', 'es', 'ar']);
export type Language = z.infer<typeof Language>;

export const Settings = z.object({
  theme: z.enum(['system', 'light', 'dark']),
  /** Another one loads the page anew. */
  language: z.enum(['system', ...Language.options]),
  /** How much room a row of a list takes. */
  density: z.enum(['comfortable', 'compact']),
  /** Minutes without input after which the root key leaves memory; 1 to 240. */
  idleLockMinutes: z.number().int().min(1).max(240),
});
export type Settings = z.infer<typeof Settings>;

export const AppState = z.object({
  /** `new`: nothing is set up; `ready`: this computer has a plan. */
  phase: z.enum(['new', 'ready']),
  platform: z.enum(['linux', 'darwin', 'win32']),
  version: z.string(),
  computerName: z.string(),
  /** True while the root key is not in memory: contents cannot be read; backups go on. */
  locked: z.boolean(),
  lockAt: Ms.nullable(),
  keychain: z.object({ kind: z.enum(['system', 'memory']), message: z.string().nullable() }),
  health: Health,
  destinations: z.array(Destination),
  sources: z.array(Place),
  excludes: z.array(z.string()),
  settings: Settings,
  /** Those that can be chosen: each is whole. */
  languages: z.array(Language),
  repository: z.object({ id: z.string(), createdAt: Ms, keySavedAt: Ms.nullable() }).nullable(),
  /** Null where the backup has the 64 digits alone. */
  vault: VaultState.nullable(),
  /** True where the vault on this computer is offered for trying out. */
  embeddedVault: z.boolean(),
  /** How far a password is on its way into the vault; null while none is. */
  registering: RegistrationStep.nullable(),
  progress: Progress.nullable(),
  /** Not null while a sign-in waits for the browser. */
  signIn: SignIn.nullable(),
  lastBackup: RunSummary.nullable(),
  snapshotCount: z.number(),
  skippedCount: z.number(),
  pausedUntil: Ms.nullable(),
  care: CareState,
  when: When,
  /** Every plan, the first one first; `sources`, `excludes`, `when` and what `care` keeps are the first one's. */
  plans: z.array(Plan),
  /** When the next backup starts by itself; null while one runs, where nothing starts by itself, or not before something else. */
  nextRunMs: Ms.nullable(),
  /** What the next backup, or the one that was started by itself, waits for. */
  waitsFor: WaitsFor.nullable(),
  bandwidth: BandwidthState,
  background: Background,
  alarms: Alarms,
  updates: Updates,
});
export type AppState = z.infer<typeof AppState>;

/** What others wrote and the program carries; `text` is a place in `texts`, which several may share. */
export const Licences = z.object({
  packages: z.array(z.object({ name: z.string(), version: z.string(), licence: z.string(), text: z.number() })),
  texts: z.array(z.string()),
});
export type Licences = z.infer<typeof Licences>;

export const appMethods = {
  getState: method(Nothing, AppState),
  openLicence: method(Nothing, Ok),
  licences: method(Nothing, Licences),
  reportActivity: method(Nothing, Ok), // input seen in the window; restarts the idle timer
} as const;

export const settingsMethods = {
  set: method(Settings.partial().strict(), Ok),
  addSource: method(Nothing, Place.nullable()),
  removeSource: method(z.object({ cap: Cap }), Ok),
  /** When backups start by themselves; holds at once. */
  setWhen: method(When, Ok),
  surroundings: method(Nothing, Surroundings),
  /** How much of the connection may be used; holds at once, for what is running too. */
  setBandwidth: method(Bandwidth, Ok),
  setExcludes: method(z.object({ excludes: z.array(z.string().max(4096)).max(5000) }), Ok),
} as const;
