/** The computers that back up into this backup, and new keys for what they store from now on. */
import { HoldfastError } from '../errors.ts';
import type { BackupComputer } from '../ipc/services.ts';
import type { ConfigStore, Plan } from '../jobs/config.ts';
import type { Connection } from '../jobs/connection.ts';
import { notSetUp } from '../jobs/not-set-up.ts';
import { clientsOf, plansOf } from '../jobs/plans.ts';
import type { DestinationSpec, Engines, Keys, Verb, Verbs } from '../jobs/ports.ts';
import { runWithKey } from '../jobs/reading.ts';
import type { JobRunner } from '../jobs/runner.ts';
import { wipe } from '../keys/secret.ts';
import type { KeySession } from '../keys/session.ts';
import { enrolPlans, type EnrolmentParts } from './enrolment.ts';

export interface KeyringParts {
  config: ConfigStore;
  connection: Connection;
  runner: JobRunner;
  engines: Engines;
  keys: Pick<Keys, 'readAccess'>;
  session: KeySession;
  enrolment: EnrolmentParts;
  /** The engine's folder. */
  stateFolder: string;
  /** Told where repo.json was changed: other places of the plan have the old one. */
  changedRepoFile: (destination: DestinationSpec) => Promise<void>;
  refresh: () => Promise<void>;
}

export class Keyring {
  readonly #parts: KeyringParts;

  constructor(parts: KeyringParts) {
    this.#parts = parts;
  }

  /**
   * In the reader's thread: what a screen asks for by itself must not hold the key once the app is locked, however long
   * the storage takes to answer.
   * @throws HoldfastError `locked`, `stopped`, `destination-*`, `repository-*`
   */
  async computers(): Promise<BackupComputer[]> {
    const { connection, stateFolder } = this.#parts;
    const { destination } = connection.require();
    const plans = plansOf(this.#parts.config.value);
    const found = await runWithKey(this.#parts, 'listComputers', (rootKey) => ({
      destination,
      rootKey,
      stateFolder,
    }));
    return found.map(({ newestMs, adopted: _, elsewhere, ...one }) => {
      const plan = plans.find(({ clientId }) => clientId === one.clientId);
      const name = plan === undefined || plans.length === 1 ? one.name : `${one.name}: ${plan.name}`;
      const thisComputer = plan !== undefined;
      return { ...one, name, newestAt: newestMs, thisComputer, takenOver: thisComputer && elsewhere };
    });
  }

  /** @throws HoldfastError `locked`, `bad-input` for this computer, `busy`, `destination-*` */
  async retire(clientId: string): Promise<void> {
    if (clientsOf(this.#parts.config.value).includes(clientId)) throw isThisOne();
    const { connection, changedRepoFile, stateFolder } = this.#parts;
    const { destination } = connection.require();
    await this.#run('retire', (rootKey) => ({ destination, rootKey, clientId, stateFolder }));
    await changedRepoFile(destination);
  }

  /** New keys for what is backed up from now on. @throws HoldfastError `locked`, `busy`, `destination-*` */
  async renew(): Promise<{ epochs: number }> {
    const { connection, runner, stateFolder, enrolment, session, changedRepoFile, refresh } = this.#parts;
    const release = runner.reserve();
    try {
      const { destination } = connection.require();
      this.#plan();
      const { epochs } = await this.#run('rotate', (rootKey) => ({ destination, rootKey, stateFolder }));
      await enrolPlans(enrolment, connection.eachPlan(), session.rootKey, stateFolder);
      // Now a run may start: what brings the change to the other places is one.
      release();
      await changedRepoFile(destination);
      await refresh();
      return { epochs };
    } finally {
      release();
    }
  }

  #plan(): Plan {
    const { plan } = this.#parts.config.value;
    if (plan === null) throw notSetUp();
    return plan;
  }

  /** A change, in a thread of its own, which is ended afterwards and the key with it: begun, it goes on to its end. */
  async #run<V extends Verb>(
    verb: V,
    makeInput: (rootKey: Uint8Array) => Verbs[V]['input'],
  ): Promise<Verbs[V]['output']> {
    const rootKey = this.#parts.session.rootKey.copy();
    const engine = this.#parts.engines.fresh();
    const release = this.#parts.session.hold();
    try {
      const running = engine.run(verb, makeInput(rootKey));
      wipe(rootKey);
      return await running;
    } finally {
      wipe(rootKey);
      release();
      await engine.end();
    }
  }
}

const isThisOne = (): HoldfastError =>
  new HoldfastError(
    'bad-input',
    'That is this computer.',
    'Another computer of this backup can tell it to stop. Nothing was changed.',
    { severity: 'notice' },
  );
