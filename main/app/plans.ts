/** Adding, changing and removing plans. A new one is enrolled as a client of its own, which takes the key once. */
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { HoldfastError } from '../errors.ts';
import type { NewPlan, PlansService } from '../ipc/services.ts';
import type { ConfigStore } from '../jobs/config.ts';
import type { Destinations } from '../jobs/destinations.ts';
import { addPlan, type BackupPlan, changePlan, type PlanChange, planOf, plansOf, removePlan } from '../jobs/plans.ts';
import type { JobRunner } from '../jobs/runner.ts';
import { withoutNested } from '../jobs/sources.ts';
import { capabilityAccount } from '../keys/capability-file.ts';
import type { KeySession } from '../keys/session.ts';
import { clientFolder, enrolComputer, type EnrolmentParts } from './enrolment.ts';

export interface PlansParts {
  config: ConfigStore;
  destinations: Destinations;
  runner: JobRunner;
  session: KeySession;
  enrolment: EnrolmentParts;
  /** The engine's folder. */
  stateFolder: string;
  /** Called when what is planned has changed. */
  changed: () => Promise<void>;
}

export class Plans implements PlansService {
  readonly #parts: PlansParts;

  constructor(parts: PlansParts) {
    this.#parts = parts;
  }

  all(): BackupPlan[] {
    return plansOf(this.#parts.config.value);
  }

  /** @throws HoldfastError `locked`, `bad-input`, `busy`, `destination-*` where none of its places can be asked */
  async add({ name, sources, excludes, where, when }: NewPlan): Promise<{ id: string }> {
    const { config, destinations, runner, session, enrolment, stateFolder, changed } = this.#parts;
    const first = planOf(config.value);
    if (session.locked) throw locked();
    // The id first: it is the name of the folder that the capability is sealed into.
    const clientId = randomBytes(16).toString('hex');
    const plan = {
      id: randomBytes(8).toString('hex'),
      name,
      sources: withoutNested(sources),
      excludes: tidy(excludes),
      where,
      clientId,
      when,
      keep: first.keep,
    };
    const places = destinations.planned().filter(({ id }) => where === null || where.includes(id));
    if (places.length === 0) throw noPlace();
    // The change of a key must not come between the enrolment and the plan.
    const release = runner.active().length === 0 ? runner.reserve() : () => undefined;
    try {
      await destinations.load();
      const destination = destinations.spec(destinations.reading(places));
      const own = { ...enrolment, folder: clientFolder(enrolment.folder, clientId) };
      await enrolComputer(own, destination, session.rootKey, clientId, stateFolder);
      try {
        await addPlan(config, plan);
      } catch (error) {
        await this.#forget(clientId);
        throw error;
      }
    } finally {
      release();
    }
    await changed();
    return { id: plan.id };
  }

  async change(id: string, change: PlanChange): Promise<void> {
    const { config, changed } = this.#parts;
    const { sources, excludes, where } = change;
    if (where != null) for (const place of where) this.#parts.destinations.require(place);
    await changePlan(config, id, {
      ...change,
      ...(sources === undefined ? {} : { sources: withoutNested(sources) }),
      ...(excludes === undefined ? {} : { excludes: tidy(excludes) }),
    });
    await changed();
  }

  /** @throws HoldfastError `bad-input` for the only one, `busy` while it backs up */
  async remove(id: string): Promise<void> {
    const { config, runner, changed } = this.#parts;
    const { clientId } = planOf(config.value, id);
    if (runner.backupOf(id) !== null) throw running();
    await removePlan(config, id);
    await this.#forget(clientId);
    await changed();
  }

  /** What let it back up; the set-up's own is left: the command line of this computer uses it too. Never rejects. */
  async #forget(clientId: string): Promise<void> {
    const { config, enrolment } = this.#parts;
    const repoId = config.value.plan?.repoId ?? '';
    const folder = clientFolder(enrolment.folder, clientId);
    const gone = await rm(folder, { recursive: true }).then(
      () => true,
      () => false,
    );
    if (gone) await enrolment.store.delete(capabilityAccount(repoId, clientId)).catch(() => false);
  }
}

const tidy = (patterns: readonly string[]): string[] => patterns.filter((pattern) => pattern.trim() !== '');

const locked = (): HoldfastError =>
  new HoldfastError(
    'locked',
    'A new plan takes your key, once.',
    'Unlock, then add the plan again. Nothing was changed.',
    { severity: 'notice' },
  );

const noPlace = (): HoldfastError =>
  new HoldfastError('bad-input', 'This plan goes nowhere.', 'Choose a place for it. Nothing was changed.', {
    severity: 'notice',
  });

const running = (): HoldfastError =>
  new HoldfastError(
    'busy',
    'This plan is backing up now.',
    'Wait until it has finished, or stop it, then remove the plan. Nothing was changed.',
    { severity: 'notice' },
  );
