/** The configuration as a file, and one of another computer taken over here. */
import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { HoldfastError } from '../errors.ts';
import type { ConnectionBandwidth } from '../jobs/bandwidth/bandwidth.ts';
import type { ConfigStore } from '../jobs/config.ts';
import type { Clock } from '../jobs/ports.ts';
import { planOf, plansOf } from '../jobs/plans.ts';
import { DEFAULT_WHEN } from '../jobs/schedule/when.ts';
import { compareConfiguration, type ConfigurationChanges, type PlanChanges } from '../jobs/transfer/compare.ts';
import { type ConfigurationFile, writeConfiguration } from '../jobs/transfer/file.ts';
import type { BackgroundService, CareService, PlansService, SettingsService } from '../ipc/services.ts';

export interface TransferParts {
  config: ConfigStore;
  plans: PlansService;
  care: Pick<CareService, 'setKeep'>;
  settings: SettingsService;
  background: BackgroundService;
  bandwidth: Pick<ConnectionBandwidth, 'set'>;
  clock: Pick<Clock, 'now'>;
  unlocked: () => boolean;
  computer: string;
  version: string;
}

export class Transfer {
  readonly #parts: TransferParts;

  constructor(parts: TransferParts) {
    this.#parts = parts;
  }

  file(): string {
    const { config, computer, version, clock } = this.#parts;
    return writeConfiguration(config.value, { computer, version, atMs: clock.now() });
  }

  async compare(file: ConfigurationFile): Promise<ConfigurationChanges> {
    return await compareConfiguration(file, this.#parts.config.value, isThere);
  }

  /**
   * Takes over what differs, as `compare` tells it. Plans come first; the language last, because it loads the page anew.
   * @throws HoldfastError `locked` where it brings a plan of its own, before anything is changed; what `plans.add` throws
   */
  async apply(file: ConfigurationFile): Promise<void> {
    const { plans, settings, background, bandwidth, unlocked } = this.#parts;
    const changes = await this.compare(file);
    const added = changes.plans.filter(({ into, sources }) => into === null && sources.length > 0);
    if (plansOf(this.#parts.config.value).length > 0 && added.length > 0 && !unlocked()) throw locked();
    // First what may fail: it asks a place.
    for (const { name, sources, excludes, when, keep, where } of added) {
      const { id } = await plans.add({ name, sources, excludes, where, when: when ?? DEFAULT_WHEN });
      await this.#parts.care.setKeep(keep, id);
    }
    for (const change of changes.plans) if (change.into !== null) await this.#extend(change.into.id, change);
    const { theme, density, language, idleLockMinutes } = file.settings;
    const differs = new Set(changes.settings);
    if (differs.has('background')) await background.set(file.background);
    if (differs.has('bandwidth')) await bandwidth.set(file.bandwidth);
    if (differs.has('theme') || differs.has('density') || differs.has('lock'))
      await settings.set({ theme, density, idleLockMinutes });
    if (differs.has('language')) await settings.set({ language });
  }

  async #extend(id: string, { sources, excludes, when }: PlanChanges): Promise<void> {
    const { config, plans } = this.#parts;
    const own = planOf(config.value, id);
    await plans.change(id, {
      ...(sources.length === 0 ? {} : { sources: [...own.sources, ...sources] }),
      ...(excludes.length === 0 ? {} : { excludes: [...own.excludes, ...excludes] }),
      ...(when === null ? {} : { when }),
    });
  }
}

async function isThere(at: string): Promise<boolean> {
  if (!isLookedFor(at)) return false;
  return await lstat(at).then(
    () => true,
    () => false,
  );
}

/**
 * False for what is no whole path, and for Windows' paths of a network: asking for one greets the computer that it names
 * with this person's login, and the file that names it may be anybody's.
 */
export function isLookedFor(at: string, platform: NodeJS.Platform = process.platform): boolean {
  return platform === 'win32' ? path.win32.isAbsolute(at) && !/^[\\/]{2}/.test(at) : path.posix.isAbsolute(at);
}

const locked = (): HoldfastError =>
  new HoldfastError(
    'locked',
    'This configuration brings a new plan, which takes your key once.',
    'Unlock, then take it over again. Nothing was changed.',
    { severity: 'notice' },
  );
