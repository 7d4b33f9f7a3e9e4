/** What taking over a configuration would change here, before anything is. */
import { isDeepStrictEqual } from 'node:util';
import type { AlarmKind } from '../alarms/settings.ts';
import type { Keep } from '../care/care.ts';
import type { Config } from '../config.ts';
import { plansOf } from '../plans.ts';
import type { When } from '../schedule/when.ts';
import { addressOf, type ConfigurationFile } from './file.ts';

export interface PlanChanges {
  /** As the file has it. */
  name: string;
  /** The plan here that it goes into; null where it becomes one of its own. */
  into: { id: string; name: string } | null;
  /** Folders and files that are added: those that are on this computer, and not in the plan yet. */
  sources: string[];
  /** Those that are not on this computer. */
  missing: string[];
  /** Rules that are added. */
  excludes: string[];
  /** Null where it stays as it is. */
  when: When | null;
  /** For a plan of its own; null where it keeps every backup. */
  keep: Keep | null;
  /**
   * What is kept differs, and the rule of this computer stays, also where it keeps every backup: another could remove
   * backups.
   */
  keepStays: boolean;
  /** Ids of places here; null for every one. For a plan of its own. */
  where: string[] | null;
}

export const SETTING_PARTS = ['theme', 'density', 'language', 'lock', 'background', 'bandwidth'] as const;
export type SettingPart = (typeof SETTING_PARTS)[number];

export interface ConfigurationChanges {
  plans: PlanChanges[];
  settings: SettingPart[];
  /** Places of the file that this computer does not know: each is connected anew. */
  places: ConfigurationFile['places'];
  /** Alarms of the file that are not set here: each is set anew. */
  alarms: AlarmKind[];
}

/** @param exists whether a path is on this computer */
export async function compareConfiguration(
  file: ConfigurationFile,
  config: Config,
  exists: (path: string) => Promise<boolean>,
): Promise<ConfigurationChanges> {
  const here = config.plan?.destinations ?? [];
  const idsOf = (names: readonly string[] | null): string[] | null => {
    const ids = here.filter(({ name }) => names?.includes(name) === true).map(({ id }) => id);
    return ids.length === 0 ? null : ids;
  };
  const plans: PlanChanges[] = [];
  for (const plan of file.plans) {
    const own = matching(plan.name, file, config);
    const there = await Promise.all(plan.sources.map(exists));
    const isNew = (source: string): boolean => own === null || !own.sources.includes(source);
    plans.push({
      name: plan.name,
      into: own === null ? null : { id: own.id, name: own.name },
      sources: plan.sources.filter((source, at) => there[at] === true && isNew(source)),
      missing: plan.sources.filter((source, at) => there[at] !== true && isNew(source)),
      excludes: unique(plan.excludes).filter((rule) => rule.trim() !== '' && own?.excludes.includes(rule) !== true),
      when: own !== null && isDeepStrictEqual(plan.when, own.when) ? null : plan.when,
      keep: own === null ? plan.keep : null,
      keepStays: own !== null && !isDeepStrictEqual(plan.keep, own.keep),
      where: idsOf(plan.places),
    });
  }
  const known = new Set(here.map(({ place }) => `${place.kind} ${addressOf(place)}`));
  return {
    plans,
    settings: settingsThatDiffer(file, config),
    places: file.places.filter(({ kind, at }) => !known.has(`${kind} ${at}`)),
    alarms: file.alarms.filter((kind) => config.alarms[kind] === null),
  };
}

/** The plan of the same name; where there is one on both sides it is the same whatever it is called. */
function matching(name: string, file: ConfigurationFile, config: Config) {
  const all = plansOf(config);
  const called = all.find((plan) => plan.name.trim().toLowerCase() === name.trim().toLowerCase());
  return called ?? (all.length === 1 && file.plans.length === 1 ? (all[0] ?? null) : null);
}

function settingsThatDiffer(file: ConfigurationFile, { settings, background, bandwidth }: Config): SettingPart[] {
  const { keepRunning, notify } = background;
  const differs: Record<SettingPart, boolean> = {
    theme: file.settings.theme !== settings.theme,
    density: file.settings.density !== settings.density,
    language: file.settings.language !== settings.language,
    lock: file.settings.idleLockMinutes !== settings.idleLockMinutes,
    background: !isDeepStrictEqual(file.background, { keepRunning, notify }),
    bandwidth: !isDeepStrictEqual(file.bandwidth, bandwidth),
  };
  return SETTING_PARTS.filter((part) => differs[part]);
}

const unique = (lines: readonly string[]): string[] => [...new Set(lines)];
