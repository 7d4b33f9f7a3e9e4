/** Going on with the backups of another computer from this one, and what this one does when that happened to its own. */
import { randomBytes } from 'node:crypto';
import { placeId } from '../destinations/place-id.ts';
import { HoldfastError } from '../errors.ts';
import type { ConfigStore, PlannedDestination } from '../jobs/config.ts';
import type { Connection } from '../jobs/connection.ts';
import type { Destinations } from '../jobs/destinations.ts';
import { notSetUp } from '../jobs/not-set-up.ts';
import { planOf, plansOf, type BackupPlan } from '../jobs/plans.ts';
import type { DestinationSpec } from '../jobs/ports.ts';
import type { JobRunner } from '../jobs/runner.ts';
import { hasCapability, sealCapability } from '../keys/capability-file.ts';
import { type RootKey, wipe } from '../keys/secret.ts';
import type { KeySession } from '../keys/session.ts';
import { clientFolder, enrolComputer, type EnrolmentParts } from './enrolment.ts';

/**
 * Takes over a computer's backups at each of these places: what lets this one back up as that one is sealed when the
 * first knows of it. Further places that do not answer now learn of it with the first backup there.
 * @throws HoldfastError of the engine's `adopt` at the first place, of the keychain, or `target-*`
 */
export async function adoptComputer(
  parts: EnrolmentParts,
  [first, ...further]: readonly [DestinationSpec, ...DestinationSpec[]],
  key: RootKey,
  clientId: string,
  stateFolder: string,
): Promise<void> {
  let sealed = await adoptAt(parts, first, key, { clientId, stateFolder, sealed: null });
  for (const destination of further) {
    const done = adoptAt(parts, destination, key, { clientId, stateFolder, sealed });
    sealed = await done.catch(() => sealed);
  }
}

/**
 * @param sealed as which of the domain's computers this one can back up already: at a place where another one has taken
 *   over in the same moment, it becomes the next
 * @returns as which it can since
 */
async function adoptAt(
  parts: EnrolmentParts,
  destination: DestinationSpec,
  key: RootKey,
  { clientId, stateFolder, sealed }: { clientId: string; stateFolder: string; sealed: number | null },
): Promise<number> {
  const engine = parts.engines.fresh();
  const rootKey = key.copy();
  try {
    const running = engine.run('adopt', { destination, rootKey, clientId, stateFolder });
    wipe(rootKey);
    const made = await running;
    const seals = made.writer !== sealed;
    if (seals) await sealCapability(parts.folder, made, { kind: 'keychain', store: parts.store });
    wipe(made.capability);
    return made.writer;
  } finally {
    wipe(rootKey);
    await engine.end();
  }
}

export interface AdoptionParts {
  config: ConfigStore;
  connection: Connection;
  destinations: Destinations;
  runner: JobRunner;
  session: KeySession;
  enrolment: EnrolmentParts;
  /** The engine's folder. */
  stateFolder: string;
  /** Told where repo.json was changed: other places of the plan have the old one. */
  changedRepoFile: (destination: DestinationSpec) => Promise<void>;
  refresh: () => Promise<void>;
}

export class Adoption {
  readonly #parts: AdoptionParts;

  constructor(parts: AdoptionParts) {
    this.#parts = parts;
  }

  /**
   * The first plan of this computer goes on with the backups of that one; where they are those of a plan of its own that
   * another computer has taken over, that plan does.
   * @throws HoldfastError `locked`, `bad-input`, `busy`, `cloned-computer`, `destination-*`
   */
  async adopt(clientId: string): Promise<void> {
    const { config, connection, destinations, session, stateFolder } = this.#parts;
    const own = plansOf(config.value).find((plan) => plan.clientId === clientId);
    const plan = own ?? planOf(config.value);
    const places = plan.destinations.map((one) => destinations.spec(one));
    const first = own === undefined ? connection.require().destination : destinations.spec(this.#readFrom(plan));
    const others = places.filter((one) => placeId(one) !== placeId(first));
    await this.#become(plan, clientId, first, async (parts) => {
      await adoptComputer(parts, [first, ...others], session.rootKey, clientId, stateFolder);
      return clientId;
    });
  }

  /**
   * The plan that has written as this client begins a history of its own.
   * @throws HoldfastError `locked`, `bad-input`, `busy`, `destination-*`
   */
  async startAnew(clientId: string): Promise<void> {
    const { config, destinations, session, stateFolder } = this.#parts;
    const plan = plansOf(config.value).find((one) => one.clientId === clientId);
    if (plan === undefined) throw notHere();
    const first = destinations.spec(this.#readFrom(plan));
    const fresh = randomBytes(16).toString('hex');
    await this.#become(
      plan,
      fresh,
      first,
      async (parts) => await enrolComputer(parts, first, session.rootKey, fresh, stateFolder),
    );
  }

  #readFrom({ destinations }: BackupPlan): PlannedDestination {
    return this.#parts.destinations.reading(destinations);
  }

  /** No run of this computer goes on meanwhile. @param clientId what the plan writes as afterwards */
  async #become(
    plan: BackupPlan,
    clientId: string,
    destination: DestinationSpec,
    work: (enrolment: EnrolmentParts) => Promise<string>,
  ): Promise<void> {
    const { config, enrolment, runner, session, changedRepoFile, refresh } = this.#parts;
    const reserved = runner.reserve();
    const held = session.hold();
    try {
      // A plan beside the first has a folder of its own for what it writes with.
      const own = clientFolder(enrolment.folder, clientId);
      const isFirst = plan.id === planOf(config.value).id;
      const folder = isFirst && !(await hasCapability(own)) ? enrolment.folder : own;
      await work({ ...enrolment, folder });
      const { plan: first, furtherPlans } = config.value;
      if (first === null) throw notSetUp();
      await config.update(
        isFirst
          ? { plan: { ...first, clientId } }
          : { furtherPlans: furtherPlans.map((one) => (one.id === plan.id ? { ...one, clientId } : one)) },
      );
      // Now a run may start: what brings the change to the other places is one.
      reserved();
      await changedRepoFile(destination);
      await refresh();
    } finally {
      held();
      reserved();
    }
  }
}

const notHere = (): HoldfastError =>
  new HoldfastError(
    'bad-input',
    'These are not the backups of this computer.',
    'Choose one from the list. Nothing was changed.',
    { severity: 'notice' },
  );
