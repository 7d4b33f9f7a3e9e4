/** The app's services that handle keys, put together as the app does, around a repository and a vault in memory. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { KeyAccess } from '../../main/app/key-access.ts';
import { KeySetUp } from '../../main/app/set-up.ts';
import { SessionUnlocking } from '../../main/app/unlocking.ts';
import { VaultOwner } from '../../main/app/vault/owner.ts';
import { VaultRequests } from '../../main/app/vault/requests.ts';
import { placeText, type DestinationSpec } from '../../main/destinations/spec.ts';
import { ActivityLog } from '../../main/jobs/activity.ts';
import { BackupToAll } from '../../main/jobs/backup-to-all.ts';
import { Backups } from '../../main/jobs/backups.ts';
import { ConfigStore } from '../../main/jobs/config.ts';
import { Connection } from '../../main/jobs/connection.ts';
import type { Destinations } from '../../main/jobs/destinations.ts';
import { JobRunner } from '../../main/jobs/runner.ts';
import type { KitContent } from '../../main/keys/kit-content.ts';
import { Secret } from '../../main/keys/secret.ts';
import { KeySession } from '../../main/keys/session.ts';
import type { SecretStore } from '../../main/keys/store.ts';
import { checkPassword } from '../../main/keys/vault/strength.ts';
import { makeDestinations } from './app-destinations.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeEngines, FakeKeys } from './fake-engine.ts';
import { FakeRepository } from './fake-repository.ts';
import { FakeVault } from './fake-vault.ts';

/** A keychain of this process that counts as the system's. */
export class Keychain implements SecretStore {
  readonly kind = 'system';
  readonly problem = null;
  readonly message = null;
  readonly entries = new Map<string, Buffer>();
  async get(account: string): Promise<Secret | null> {
    const bytes = this.entries.get(account);
    return bytes === undefined ? null : new Secret(bytes);
  }
  async set(account: string, secret: Secret): Promise<void> {
    this.entries.set(account, Buffer.from(secret.read((bytes) => bytes.slice())));
  }
  async delete(account: string): Promise<boolean> {
    return this.entries.delete(account);
  }
}

export interface KeyServices {
  /** A temporary folder, that of the capability too. */
  folder: string;
  store: Keychain;
  clock: FakeClock;
  repository: FakeRepository;
  vault: FakeVault;
  engines: FakeEngines;
  config: ConfigStore;
  session: KeySession;
  connection: Connection;
  destinations: Destinations;
  access: KeyAccess;
  owner: VaultOwner;
  /** What the window may ask of the vault. */
  requests: VaultRequests;
  setUp: KeySetUp;
  unlocking: SessionUnlocking;
  runner: JobRunner;
  /** Kits that were printed. */
  printed: KitContent[];
  /** Where repo.json was changed after the set-up, in the words of `placeText`. */
  changedAt: string[];
  /** Locks, stops what runs and removes the folder. */
  end(): Promise<void>;
}

export async function makeKeyServices(): Promise<KeyServices> {
  const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-app-keys-'));
  const stateFolder = path.join(folder, 'engine');
  const computerName = 'ada';
  const nothing = (): void => undefined;
  const changed = async (): Promise<void> => undefined;
  const printed: KitContent[] = [];
  const changedAt: string[] = [];
  const changedRepoFile = async (at: DestinationSpec): Promise<void> => void changedAt.push(placeText(at));

  const store = new Keychain();
  const clock = new FakeClock();
  const repository = new FakeRepository();
  const vault = new FakeVault();
  const engines = new FakeEngines(repository.verbs);
  const config = (await ConfigStore.load(path.join(folder, 'config.json'))).store;
  const session = new KeySession({ idleMinutes: 15, clock });
  const destinations = await makeDestinations(folder, config, clock);
  const connection = new Connection(config, engines, destinations);
  const access = new KeyAccess(session, store, folder);
  const runner = new JobRunner(await ActivityLog.open(path.join(folder, 'activity'), 0), clock, { changed: nothing });
  const keys = new FakeKeys();
  const parts = { config, session, store, connection, destinations, engines, clock, stateFolder };
  const toAll = new BackupToAll({ engines, keys, destinations, stateFolder, computerName });
  const backups = new Backups({ config, runner, toAll, clock, changed: nothing });
  const enrolment = { engines, store, folder };
  const owner = new VaultOwner({
    ...parts,
    keys: vault,
    embedded: null,
    checkPassword,
    changed: nothing,
    report: nothing,
  });
  const requests = new VaultRequests({ owner, keys: vault, session, connection, changedRepoFile });
  const print = async (kit: KitContent): Promise<void> => void printed.push(kit);
  const shared = { ...parts, enrolment, vault: owner, changed };
  const kitPagePdf = async (kit: KitContent): Promise<Uint8Array> => Buffer.from(`page of ${kit.computerName}`);
  const setUp = new KeySetUp({ ...shared, backups, computerName, print, kitPagePdf });
  const unlocking = new SessionUnlocking({
    ...shared,
    keys: access,
    touched: nothing,
    practised: async () => undefined,
  });

  const end = async (): Promise<void> => {
    await session.lock('quit');
    await runner.stopAll();
    await rm(folder, { recursive: true });
  };
  const made = { folder, store, clock, repository, vault, engines, config, session, connection, destinations, access };
  return { ...made, owner, requests, setUp, unlocking, runner, printed, changedAt, end };
}
