/** Puts the app together: one of each service, each given only what it needs. */
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { placeId } from '../destinations/place-id.ts';
import { Capabilities } from '../ipc/capabilities.ts';
import { Drafts } from '../ipc/drafts.ts';
import type { HoldfastError } from '../errors.ts';
import type { AppState, FaultsService, SettingsService } from '../ipc/services.ts';
import { ActivityLog, type RunRecord } from '../jobs/activity.ts';
import { Alarms } from '../jobs/alarms/alarms.ts';
import { mailer } from '../jobs/alarms/mail.ts';
import { sender } from '../jobs/alarms/send.ts';
import { BackupToAll } from '../jobs/backup-to-all.ts';
import { ConnectionBandwidth } from '../jobs/bandwidth/bandwidth.ts';
import { Backups } from '../jobs/backups.ts';
import { Browse } from '../jobs/browse.ts';
import { Drills } from '../jobs/care/drills.ts';
import { Retention } from '../jobs/care/retention.ts';
import { Upkeep } from '../jobs/care/upkeep.ts';
import type { ConfigStore } from '../jobs/config.ts';
import { Connection } from '../jobs/connection.ts';
import { Copies } from '../jobs/copies.ts';
import { DestinationStates } from '../jobs/destination-states.ts';
import { Destinations } from '../jobs/destinations.ts';
import { DragOut } from '../jobs/drag-out.ts';
import { EngineThreads } from '../jobs/engines.ts';
import type { AppFolders } from '../jobs/folders.ts';
import { GoogleSignIns } from '../jobs/google-sign-in.ts';
import { findMovedDisk, systemClock, type DestinationSpec } from '../jobs/ports.ts';
import { type Host, Previews } from '../jobs/previews.ts';
import { Look } from '../jobs/look/look.ts';
import type { LookingAt } from '../jobs/look/parts.ts';
import { Restores } from '../jobs/restores.ts';
import { JobRunner } from '../jobs/runner.ts';
import { Scheduler } from '../jobs/schedule/scheduler.ts';
import { systemSurroundings } from '../jobs/surroundings/system.ts';
import { Verifies } from '../jobs/verifies.ts';
import type { KitContent } from '../keys/kit-content.ts';
import { KeySession } from '../keys/session.ts';
import type { SecretStore } from '../keys/store.ts';
import { checkPasswordInThread } from '../keys/vault/strength-thread.ts';
import { createVaultKeys } from '../keys/vault/vault-keys.ts';
import { alarmSecrets } from './alarm-secrets.ts';
import { Background, type BackgroundShell } from './background.ts';
import { CareSettings } from './care.ts';
import { destinationSecrets } from './destination-secrets.ts';
import { KeyAccess } from './key-access.ts';
import { KeyChanges } from './key-change.ts';
import { Adoption } from './adoption.ts';
import { Keyring } from './keyring.ts';
import { KeySetUp } from './set-up.ts';
import { AppStateSource } from './state.ts';
import { Plans } from './plans.ts';
import { previewHost } from './preview-process.ts';
import { Transfer } from './transfer.ts';
import { Throttle } from './throttle.ts';
import { SessionUnlocking } from './unlocking.ts';
import { makeUpdates, type MakeUpdatesParts } from './updates/make.ts';
import type { Updates } from './updates/updates.ts';
import { EmbeddedVault, embeddedProgram } from './vault/embedded.ts';
import { VaultOwner } from './vault/owner.ts';
import { VaultRequests } from './vault/requests.ts';

export interface ServiceParts {
  folders: AppFolders;
  config: ConfigStore;
  store: SecretStore;
  /** Folder with the built scripts. */
  scripts: string;
  /** True in development: release builds offer real vaults only. */
  offerEmbeddedVault: boolean;
  version: string;
  print: (kit: KitContent) => Promise<void>;
  kitPagePdf: (kit: KitContent) => Promise<Uint8Array>;
  /** Opens a provider's sign-in page in the system's browser. */
  openSignIn: (url: string) => Promise<void>;
  /** What the system does for the app's life without a window. */
  shell: BackgroundShell;
  /** Takes the state to the window, at most ten times a second. */
  push: (state: AppState) => void;
  /** Tells the window how many entries a look across snapshots has passed. */
  looking: (what: LookingAt, entries: number) => void;
  /** Applies a theme to what is drawn outside the page. */
  applyTheme: (theme: AppState['settings']['theme']) => void;
  /** Speaks another language from now on, the window too. */
  applyLanguage: (language: AppState['settings']['language']) => Promise<void>;
  report: (what: string) => void;
  /** What the shell does for updates. */
  updates: Pick<MakeUpdatesParts, 'folder' | 'program' | 'fetch' | 'quit' | 'startAgain'>;
  faults: FaultsService;
}

/** The state is sent at most this often. */
const PUSH_EVERY_MS = 100;
/** While something runs, the state is sent at least this often, so that times and rates go on. */
const TICK_MS = 1_000;

export type Services = Awaited<ReturnType<typeof makeServices>>;

export async function makeServices(parts: ServiceParts) {
  const { folders, config, store, report } = parts;
  const clock = systemClock;
  const computerName = os.hostname().replace(/\.(local|lan|home|localdomain)$/i, '') || 'This computer';
  const capabilities = new Capabilities();
  const session = new KeySession({
    idleMinutes: config.value.settings.idleLockMinutes,
    onListenerError: (error) => report(`locking: ${String(error)}`),
  });
  const engines = new EngineThreads(path.join(parts.scripts, 'engine-host.js'), () => !session.locked);
  const keys = new KeyAccess(session, store, folders.capability);
  const stateFolder = folders.engine;
  const drafts = new Drafts();
  const bandwidth = new ConnectionBandwidth({ config, clock, changed: () => changed() });
  const destinations = new Destinations({
    config,
    line: bandwidth.line,
    secrets: destinationSecrets(store),
    states: await DestinationStates.load(folders.destinationsFile),
    clock,
    stateFolder,
    findMoved: async (place) =>
      await findMovedDisk(place, async ({ folder }) => await holdsPlan(engines, config, folder)),
    changed: () => changed(),
  });
  const connection = new Connection(config, engines, destinations, stateFolder);
  const activity = await ActivityLog.open(folders.activity, clock.now());

  const push = new Throttle(PUSH_EVERY_MS, clock, () => {
    const now = state.current();
    parts.push(now);
    background.update(now);
  });
  let ticking = false;
  const changed = (): void => {
    push.request();
    if (ticking || runner.active().length === 0) return;
    ticking = true;
    clock.after(TICK_MS, () => {
      ticking = false;
      changed();
    });
  };
  const refresh = async (): Promise<void> => await state.refresh();
  const ended = (run: RunRecord): void => {
    alarms.runEnded(run);
    upkeep.soon();
    updates.runEnded();
    void refresh();
    void scheduler.look();
  };
  const fault = (error: HoldfastError): void => parts.faults.note('engine', error.cause ?? error);
  const runner = new JobRunner(activity, clock, { changed, ended, fault });
  const program = path.join(parts.scripts, 'vault.js');
  const embedded = parts.offerEmbeddedVault
    ? new EmbeddedVault({ ...embeddedProgram(program, folders.embeddedVault), clock, report })
    : null;
  const judge = path.join(parts.scripts, 'password-strength.js');
  const vaultKeys = createVaultKeys({ folder: folders.vault, store });
  const vault = new VaultOwner({
    keys: vaultKeys,
    embedded,
    session,
    store,
    connection,
    config,
    engines,
    clock,
    stateFolder,
    checkPassword: (password) =>
      checkPasswordInThread(judge, password, [computerName, 'Holdfast', 'backup', 'password']),
    changed,
    report,
  });
  const toAll = new BackupToAll({ engines, keys, destinations, stateFolder, computerName });
  const backups = new Backups({
    config,
    runner,
    toAll,
    clock,
    changed: () => {
      changed();
      void scheduler.look();
    },
  });
  const surroundings = systemSurroundings();
  const updates: Updates = await makeUpdates({
    ...parts.updates,
    version: parts.version,
    clock,
    busy: () => runner.active().length > 0,
    mayLoad: async () => (await surroundings.read({ power: false, metered: true, wifi: false })).metered !== true,
    notify: (notice) => {
      if (config.value.background.notify && !parts.shell.watched()) parts.shell.notify(notice);
    },
    changed,
    report,
  });
  const { settleMinutes } = config.value;
  const scheduler = new Scheduler({
    config,
    runs: () => activity.list(),
    backups,
    busy: () => runner.active().length > 0,
    destinations,
    mayWrite: async (clientId) => (await keys.capabilityState(clientId)) !== 'missing',
    surroundings,
    clock,
    ...(settleMinutes === undefined ? {} : { settleMs: settleMinutes * 60_000 }),
    changed,
  });
  const copies = new Copies({
    destinations,
    runner,
    engines,
    stateFolder,
    paused: () => backups.paused() !== null,
  });
  /** The other places get the new repo.json by a copy: at once where they are there, else when they come back. */
  const changedRepoFile = async (at: DestinationSpec): Promise<void> => {
    const others = destinations.planned().filter(({ place }) => placeId(place) !== placeId(at));
    for (const { id } of others) await destinations.states.update(id, { behind: true });
    copies.catchUp();
    changed();
  };
  const vaultRequests = new VaultRequests({ owner: vault, keys: vaultKeys, session, connection, changedRepoFile });
  const signIns = new GoogleSignIns({ clock, openUrl: parts.openSignIn, changed });
  const state: AppStateSource = new AppStateSource({
    version: parts.version,
    platform: shownPlatform(),
    computerName,
    config,
    session,
    store,
    keys,
    activity,
    runner,
    backups,
    connection,
    destinations,
    signIns,
    cameBack: () => {
      void scheduler.mayRun().then((may) => may && copies.catchUp());
      void scheduler.look();
    },
    scheduler,
    bandwidth,
    engines,
    capabilities,
    vault,
    embeddedVault: embedded !== null && existsSync(program),
    care: () => care.state(),
    background: () => background.state(),
    alarms: () => alarms.state(),
    updates: () => updates.state(),
    changed,
  });
  const alarms: Alarms = new Alarms({
    config,
    secrets: alarmSecrets(store),
    send: sender(),
    mail: mailer(),
    clock,
    computer: computerName,
    standing: () => ({ health: state.health(), lastBackupMs: state.current().lastBackup?.endedAt ?? null }),
    changed,
  });
  const background: Background = new Background({
    shell: parts.shell,
    config,
    activity,
    backups,
    alarms,
    clock,
    state: () => state.current(),
    health: () => state.health(),
    changed,
    report,
  });
  const browse = new Browse({ connection, engines, keys });
  const look = new Look(
    { connection, engines, keys, clock, stateFolder, looking: parts.looking },
    async () => await browse.snapshots(),
  );
  const startHost = (): Host => previewHost(parts.scripts);
  const previews = new Previews({ connection, engines, keys, clock, startHost });
  const dragOut = new DragOut({ connection, engines, keys, clock, folder: folders.dragged });
  const clearDragged = async (): Promise<void> =>
    await dragOut.clear().catch((error: unknown) => report(`what was dragged: ${String(error)}`));
  void clearDragged();
  const restores = new Restores({ connection, runner, engines, keys, clock, hold: () => session.hold() });
  const verifies = new Verifies({ connection, runner, engines, keys, stateFolder, unlocked: () => !session.locked });
  const unlocked = (): boolean => !session.locked;
  const hold = (): (() => void) => session.hold();
  const retention = new Retention({
    config,
    connection,
    destinations,
    runner,
    engines,
    keys,
    stateFolder,
    unlocked,
    hold,
  });
  const drills = new Drills({ connection, runner, engines, keys, stateFolder, hold });
  const mayRun = async (): Promise<boolean> => await scheduler.mayRun();
  const upkeep = new Upkeep({ config, activity, runner, retention, drills, verifies, clock, unlocked, mayRun });
  const care = new CareSettings({ config, activity, upkeep, clock, changed });
  const enrolment = { engines, store, folder: folders.capability };
  const setUp = new KeySetUp({
    config,
    session,
    connection,
    destinations,
    backups,
    enrolment,
    vault,
    stateFolder,
    computerName,
    print: parts.print,
    kitPagePdf: parts.kitPagePdf,
    changed: refresh,
  });
  const unlocking = new SessionUnlocking({
    session,
    connection,
    config,
    engines,
    keys,
    enrolment,
    vault,
    stateFolder,
    changed: refresh,
    touched: changed,
    practised: async () => await care.practised(),
  });
  const plans = new Plans({ config, destinations, runner, session, enrolment, stateFolder, changed: refresh });
  const keyringParts = { config, connection, runner, engines, keys, session, enrolment, stateFolder, refresh };
  const keyring = new Keyring({ ...keyringParts, changedRepoFile });
  const adoption = new Adoption({ ...keyringParts, destinations, changedRepoFile });
  const keyChanges = new KeyChanges({ ...keyringParts, destinations, vault, vaultKeys, setUp, care });
  const settings: SettingsService = {
    set: async (change) => {
      const next = { ...config.value.settings };
      if (change.theme !== undefined) next.theme = change.theme;
      if (change.language !== undefined) next.language = change.language;
      if (change.density !== undefined) next.density = change.density;
      if (change.idleLockMinutes !== undefined) next.idleLockMinutes = change.idleLockMinutes;
      const idleChanged = next.idleLockMinutes !== config.value.settings.idleLockMinutes;
      await config.update({ settings: next });
      session.setIdleMinutes(next.idleLockMinutes);
      if (idleChanged) vault.keeper.reopen();
      parts.applyTheme(next.theme);
      if (change.language !== undefined) await parts.applyLanguage(next.language);
      changed();
    },
  };

  const transfer = new Transfer({
    config,
    plans,
    care,
    settings,
    background,
    bandwidth,
    clock,
    unlocked,
    computer: computerName,
    version: parts.version,
  });

  // Whatever was decrypted goes with the key: the thread that had it, and what was looked at.
  session.onLock(async () => {
    look.clear();
    previews.clear();
    const undragged = clearDragged();
    await engines.endReader();
    await undragged;
    changed();
  });
  /** Once the keychain is open: goes on where the last run of the app left an unlocked session, and asks the vault. */
  const startVault = async (): Promise<void> => {
    upkeep.begin();
    if (await vault.keeper.resume()) await refresh();
    await vault.watch.ask();
  };
  return {
    startVault,
    config,
    session,
    capabilities,
    drafts,
    destinations,
    copies,
    signIns,
    connection,
    activity,
    runner,
    backups,
    scheduler,
    surroundings,
    bandwidth,
    browse,
    look,
    previews,
    dragOut,
    restores,
    verifies,
    retention,
    drills,
    upkeep,
    care,
    keyring,
    adoption,
    keyChanges,
    setUp,
    plans,
    transfer,
    unlocking,
    vault,
    vaultRequests,
    settings,
    state,
    alarms,
    background,
    updates,
    faults: parts.faults,
    changed,
  };
}

/** True where a folder of this computer holds the repository of the plan. */
async function holdsPlan(engines: EngineThreads, config: ConfigStore, folder: string): Promise<boolean> {
  const engine = engines.fresh();
  try {
    const { repoId } = await engine.run('inspect', { destination: { kind: 'local', path: folder } });
    return repoId === config.value.plan?.repoId;
  } catch {
    return false; // a folder that can't be read is not known for ours
  } finally {
    await engine.end();
  }
}

/** Systems that the app is made for; any other behaves like Linux. */
function shownPlatform(): AppState['platform'] {
  return process.platform === 'darwin' || process.platform === 'win32' ? process.platform : 'linux';
}
