/**
 * The configuration of the app on this computer: what is backed up, where to, and the user's settings. It holds no
 * secret. Unknown newer versions are refused instead of being overwritten.
 */
import { readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { HoldfastError } from '../errors.ts';
import { LANGUAGES } from '../words/languages.ts';
import { text } from '../text.ts';
import { AlarmSettings, NO_ALARMS } from './alarms/settings.ts';
import { writeFileAtomic } from './atomic-file.ts';
import { BackgroundSettings, DEFAULT_BACKGROUND } from './background-settings.ts';
import { Bandwidth, NO_BANDWIDTH } from './bandwidth/rules.ts';
import { Care, Keep } from './care/care.ts';
import { Place } from './place-schema.ts';
import { DEFAULT_WHEN, When } from './schedule/when.ts';

/** Bytes a second and requests at a time; null for no limit. */
const DestinationLimits = z.object({
  sendBytes: z.number().nullable(),
  receiveBytes: z.number().nullable(),
  requests: z.number().nullable(),
});
export type DestinationLimits = z.infer<typeof DestinationLimits>;

export const NO_LIMITS: DestinationLimits = { sendBytes: null, receiveBytes: null, requests: null };

const PlannedDestination = z.object({
  /** 8 random bytes in hex: names its secrets in the keychain and its state on this computer. */
  id: z.string().min(1),
  name: z.string().min(1),
  place: Place,
  limits: DestinationLimits,
});
export type PlannedDestination = z.infer<typeof PlannedDestination>;

/** The key vault that guards this backup's key under a password: as in repo.json, with what this computer noted. */
const KnownVault = z.object({
  /** 16 bytes in hex. */
  vaultId: z.string(),
  /** 32 bytes in hex. */
  recordId: z.string(),
  urls: z.array(z.string()).min(1),
  /** 32 bytes in hex. */
  fingerprint: z.string(),
  /** It runs on this computer, for trying out. */
  embedded: z.boolean(),
  /** Wrong tries up to then were seen by the person, in ms since the epoch by the vault's clock. */
  seenMs: z.number(),
});
export type KnownVault = z.infer<typeof KnownVault>;

const KeyChange = z.object({
  /** Ids of the places that may still open with the old key only. */
  places: z.array(z.string()),
  /** A hash of the new key, 32 bytes in hex: tells which of two keys it is. */
  mark: z.string(),
  /** The vault records that keep the old key, and the new one. */
  before: KnownVault.nullable(),
  after: KnownVault.nullable(),
});
export type KeyChange = z.infer<typeof KeyChange>;

/** What every plan has. */
const PlanParts = z.object({
  /** What this plan is told apart by, in the log too. */
  id: z.string().min(1),
  name: z.string().min(1),
  /** Ids of destinations; null for every one, also those that are added later. */
  where: z.array(z.string()).min(1).nullable(),
});

/**
 * A plan beside the first one. It is a writer of its own in the repository (FORMAT.md: a client with its own folder), so
 * that no plan's snapshots, index or clean-up can touch another's, and each place holds the plans that go there alone.
 */
const FurtherPlan = PlanParts.extend({
  sources: z.array(z.string().min(1)),
  excludes: z.array(z.string()),
  /** 16 bytes in hex. */
  clientId: z.string(),
  when: When,
  keep: Keep.nullable(),
});
export type FurtherPlan = z.infer<typeof FurtherPlan>;

/** The backup that this computer is set up with, and the first of its plans. */
const Plan = PlanParts.partial().extend({
  /** At least one; the first is the one that the backup was set up with. */
  destinations: z.array(PlannedDestination).min(1),
  /** Absolute paths. */
  sources: z.array(z.string().min(1)),
  /** Patterns in gitignore syntax. */
  excludes: z.array(z.string()),
  /** 16 bytes in hex. */
  repoId: z.string(),
  repoCreatedMs: z.number(),
  /** This computer's client id in the repository, in hex. */
  clientId: z.string(),
  /** Null or missing where the 64 digits are the only way in. */
  vault: KnownVault.nullable().optional(),
  /** Missing in plans of before: they keep everything. */
  care: Care.optional(),
  /** A change of the key that is not over. */
  keyChange: KeyChange.nullable().optional(),
});
export type Plan = z.infer<typeof Plan>;

const VERSION = 4;

const Config = z.object({
  version: z.literal(VERSION),
  plan: Plan.nullable(),
  /** Plans beside the first; jobs/plans.ts makes one list of all. */
  furtherPlans: z.array(FurtherPlan),
  settings: z.object({
    theme: z.enum(['system', 'light', 'dark']),
    language: z.enum(['system', ...LANGUAGES]).default('system'),
    density: z.enum(['comfortable', 'compact']).default('comfortable'),
    idleLockMinutes: z.number().int().min(1).max(240),
  }),
  /** When the first plan's backups start by themselves. */
  when: When,
  /** Minutes that a missed backup waits after the app's start, and after waking up. */
  settleMinutes: z.number().min(0).max(60).optional(),
  /** Not null while backups are paused; `untilMs` null means until the user resumes. */
  paused: z.object({ untilMs: z.number().nullable() }).nullable(),
  /** When the key kit was last saved or printed. */
  keySavedMs: z.number().nullable(),
  background: BackgroundSettings.default(DEFAULT_BACKGROUND),
  alarms: AlarmSettings.default(NO_ALARMS),
  bandwidth: Bandwidth.default(NO_BANDWIDTH),
  window: z
    .object({
      width: z.number().int(),
      height: z.number().int(),
      x: z.number().int().nullable(),
      y: z.number().int().nullable(),
      maximized: z.boolean(),
    })
    .nullable(),
});
export type Config = z.infer<typeof Config>;

export const DEFAULT_CONFIG: Config = {
  version: VERSION,
  plan: null,
  furtherPlans: [],
  settings: { theme: 'system', language: 'system', density: 'comfortable', idleLockMinutes: 15 },
  when: DEFAULT_WHEN,
  paused: null,
  keySavedMs: null,
  background: DEFAULT_BACKGROUND,
  alarms: NO_ALARMS,
  bandwidth: NO_BANDWIDTH,
  window: null,
};

/** The configuration in memory and on disk; changes are written in order, each atomically. */
export class ConfigStore {
  readonly #file: string;
  #value: Config;
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: string, value: Config) {
    this.#file = file;
    this.#value = value;
  }

  /**
   * Reads `file`. A missing file means defaults. A file that cannot be understood is kept beside it as
   * `<file>.damaged` and defaults are used, so that the app still starts and can restore.
   * @throws HoldfastError `newer-format` if a newer Holdfast wrote it; `internal` if it cannot be read at all.
   */
  static async load(file: string): Promise<{ store: ConfigStore; damaged: boolean }> {
    let written: string;
    try {
      written = await readFile(file, 'utf8');
    } catch (error) {
      if (isMissing(error)) return { store: new ConfigStore(file, DEFAULT_CONFIG), damaged: false };
      throw new HoldfastError(
        'internal',
        'Holdfast could not read its own settings.',
        text`Check that you may read ${file}, then start Holdfast again. Your backups are not affected.`,
        { cause: error, detail: error instanceof Error ? error.message : String(error) },
      );
    }
    const parsed = parseConfig(written);
    if (parsed !== null) return { store: new ConfigStore(file, parsed), damaged: false };
    await rename(file, `${file}.damaged`);
    return { store: new ConfigStore(file, DEFAULT_CONFIG), damaged: true };
  }

  get value(): Config {
    return this.#value;
  }

  /**
   * Applies `change` at once in memory and resolves when it is on disk. Changes are written one after the other; if
   * writing fails the value in memory stays and the error is thrown.
   */
  async update(change: Partial<Omit<Config, 'version'>>): Promise<void> {
    this.#value = Config.parse({ ...this.#value, ...change });
    const written = `${JSON.stringify(this.#value, null, 2)}\n`;
    const write = this.#writing.then(() => writeFileAtomic(this.#file, written));
    this.#writing = write.catch(() => undefined);
    try {
      await write;
    } catch (error) {
      throw new HoldfastError(
        'internal',
        'Holdfast could not save its settings.',
        text`Make room on the disk or check that you may write ${this.#file}. Your backups are not affected.`,
        { cause: error, detail: error instanceof Error ? error.message : String(error) },
      );
    }
  }
}

/** Null where the text is not a configuration of this version; throws `newer-format` for a later one. */
function parseConfig(written: string): Config | null {
  let json: unknown;
  try {
    json = JSON.parse(written);
  } catch {
    return null;
  }
  const version = z.object({ version: z.number() }).safeParse(json);
  if (version.success && version.data.version > VERSION) {
    throw new HoldfastError(
      'newer-format',
      'A newer version of Holdfast wrote the settings on this computer.',
      'Start that newer version, or install it again. Nothing was changed.',
    );
  }
  const config = Config.safeParse(migrated(json));
  return config.success ? config.data : null;
}

/** Version 1 had one destination, a folder of this computer. */
const Version1 = z.looseObject({
  version: z.literal(1),
  plan: z.looseObject({ destination: z.object({ id: z.string(), path: z.string() }) }).nullable(),
});

/** Version 2 knew no schedule. */
const Version2 = z.looseObject({ version: z.literal(2) });

/** Version 3 had one plan. */
const Version3 = z.looseObject({ version: z.literal(3) });

/** The configuration as this version writes it; what is not a known older one is given back as it is. */
function migrated(json: unknown): unknown {
  const old = Version3.safeParse(withSchedule(withDestinations(json)));
  return old.success ? { ...old.data, version: VERSION, furtherPlans: [] } : json;
}

/** Version 2 as version 3 wrote it. */
function withSchedule(json: unknown): unknown {
  const old = Version2.safeParse(json);
  return old.success ? { ...old.data, version: 3, when: DEFAULT_WHEN } : json;
}

/** Version 1 as version 2 wrote it. */
function withDestinations(json: unknown): unknown {
  const old = Version1.safeParse(json);
  if (!old.success) return json;
  if (old.data.plan === null) return { ...old.data, version: 2 };
  const { destination, ...plan } = old.data.plan;
  const place = { kind: 'local', path: destination.path };
  const name = path.basename(destination.path) || destination.path;
  return {
    ...old.data,
    version: 2,
    plan: { ...plan, destinations: [{ id: destination.id, name, place, limits: NO_LIMITS }] },
  };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
