/**
 * The configuration as a file for another computer, or for this one after it was made new: what is backed up, when, and
 * how the app is set. No key, password, address of an alarm or right to write is in it, and no name that this computer
 * has in a backup: whoever takes it over connects and unlocks by themselves.
 */
import { z } from 'zod';
import { placeText, type DestinationPlace } from '../../destinations/spec.ts';
import { HoldfastError } from '../../errors.ts';
import { LANGUAGES } from '../../words/languages.ts';
import { ALARM_KINDS } from '../alarms/settings.ts';
import { Bandwidth } from '../bandwidth/rules.ts';
import { Keep, keepsNothing } from '../care/care.ts';
import type { Config } from '../config.ts';
import { plansOf } from '../plans.ts';
import { When } from '../schedule/when.ts';

const VERSION = 1;
/** Bytes of a file. */
export const MAX_CONFIGURATION_BYTES = 4 << 20;

/** For whoever opens it in an editor; the first words are also what tells it from other files. */
const ABOUT = {
  holds: 'Plans with folders, rules, times and what is kept; names and addresses of places; settings of the app.',
  leavesOut: 'Keys, passwords, sign-ins, addresses of alarms, and anything that was backed up.',
};

const Line = z.string().min(1).max(4_096);

export const ConfigurationFile = z.object({
  holdfast: z.literal('configuration'),
  version: z.literal(VERSION),
  /** ISO 8601, UTC. */
  madeAt: z.iso.datetime(),
  /** Version of the program. */
  madeBy: z.string().max(100),
  computer: z.string().max(300),
  plans: z
    .array(
      z.object({
        name: Line,
        sources: z.array(Line).max(1_000),
        excludes: z.array(z.string().max(4_096)).max(5_000),
        when: When,
        /** A rule of zeros is none. */
        keep: Keep.nullable().transform((keep) => (keep === null || keepsNothing(keep) ? null : keep)),
        /** Names of places; null for every one. */
        places: z.array(Line).max(100).nullable(),
      }),
    )
    .max(100)
    .refine((plans) => new Set(plans.map(({ name }) => name.trim().toLowerCase())).size === plans.length),
  places: z
    .array(
      z.object({
        name: Line,
        kind: z.enum(['local', 'synced', 'google-drive', 's3', 'webdav', 'sftp']),
        /** Where it is, for a person. */
        at: z.string().max(4_096),
      }),
    )
    .max(100),
  /** Alarms that were set; what they need is a secret. */
  alarms: z.array(z.enum(ALARM_KINDS)).max(ALARM_KINDS.length),
  bandwidth: Bandwidth,
  background: z.object({ keepRunning: z.boolean(), notify: z.boolean() }),
  settings: z.object({
    theme: z.enum(['system', 'light', 'dark']),
    /** One that this version does not speak is the system's. */
    language: z.enum(['system', ...LANGUAGES]).catch('system'),
    density: z.enum(['comfortable', 'compact']).catch('comfortable'),
    idleLockMinutes: z.number().int().min(1).max(240),
  }),
});
export type ConfigurationFile = z.infer<typeof ConfigurationFile>;

/** The file's text. */
export function writeConfiguration(config: Config, facts: { computer: string; version: string; atMs: number }): string {
  const places = config.plan?.destinations ?? [];
  const file: ConfigurationFile = {
    holdfast: 'configuration',
    version: VERSION,
    madeAt: new Date(facts.atMs).toISOString(),
    madeBy: facts.version,
    computer: facts.computer,
    plans: plansOf(config).map(({ name, sources, excludes, when, keep, where, destinations }) => ({
      name,
      sources: [...sources],
      excludes: [...excludes],
      when,
      keep,
      places: where === null ? null : destinations.map((one) => one.name),
    })),
    places: places.map(({ name, place }) => ({ name, kind: place.kind, at: addressOf(place) })),
    alarms: ALARM_KINDS.filter((kind) => config.alarms[kind] !== null),
    bandwidth: config.bandwidth,
    background: { keepRunning: config.background.keepRunning, notify: config.background.notify },
    settings: {
      theme: config.settings.theme,
      language: config.settings.language,
      density: config.settings.density,
      idleLockMinutes: config.settings.idleLockMinutes,
    },
  };
  const { holdfast, version, ...rest } = file;
  return `${JSON.stringify({ holdfast, version, about: ABOUT, ...rest }, null, 2)}\n`;
}

/** Where a place is. What somebody wrote into an address before its `@` stays here: it may be a password. */
export function addressOf(place: DestinationPlace): string {
  if (place.kind !== 'webdav') return placeText(place);
  return placeText({ ...place, url: place.url.replace(/\/\/[^/@]*@/, '//') });
}

/**
 * @throws HoldfastError `bad-input` for another file or a damaged one, `newer-format` for one of a newer version
 */
export function readConfiguration(bytes: Uint8Array): ConfigurationFile {
  const text = Buffer.from(bytes).toString('utf8');
  if (bytes.length > MAX_CONFIGURATION_BYTES) throw foreign();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // What was cut off still begins as ours do.
    throw /^\ufeff?\s*\{\s*"holdfast":\s*"configuration"/.test(text) ? damaged() : foreign();
  }
  const head = z.object({ holdfast: z.literal('configuration'), version: z.number() }).safeParse(json);
  if (!head.success) throw foreign();
  if (head.data.version > VERSION) {
    throw new HoldfastError(
      'newer-format',
      'A newer version of Holdfast made this file.',
      'Install that version here, or a newer one, and try again. Nothing was changed.',
      { severity: 'notice' },
    );
  }
  const file = ConfigurationFile.safeParse(json);
  if (!file.success) throw damaged();
  return file.data;
}

const foreign = (): HoldfastError =>
  new HoldfastError(
    'bad-input',
    'This is not a configuration of Holdfast.',
    'Choose the file that “Save the configuration” made on the other computer. Nothing was changed.',
    { severity: 'notice' },
  );

const damaged = (): HoldfastError =>
  new HoldfastError(
    'bad-input',
    'This configuration is damaged or was changed by hand.',
    'Save it once more on the other computer, or copy it again. Nothing was changed.',
    { severity: 'notice' },
  );
