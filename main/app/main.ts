/** Entry of the main process: one instance, a guarded session, the services, the window. */
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { app, type BrowserWindow, clipboard, dialog, nativeTheme, powerMonitor, session } from 'electron';
import { HoldfastError, toHoldfastError } from '../errors.ts';
import { registerMethods, sendEvent } from '../ipc/register.ts';
import type { OpenAt } from '../ipc/services.ts';
import { type Config, ConfigStore } from '../jobs/config.ts';
import { appFolders } from '../jobs/folders.ts';
import { systemClock } from '../jobs/ports.ts';
import { openSecretStore } from '../keys/store.ts';
import { assertSandbox } from './bare.ts';
import { handleClose } from './close-window.ts';
import { closing, type ClosingFacts } from './closing.ts';
import { ClipboardSecret } from './clipboard-secret.ts';
import { reloadAfterCrash } from './crash.ts';
import { systemDesktop } from './desktop.ts';
import { Faults } from './faults/faults.ts';
import { watchFaults } from './faults/watch.ts';
import { LateStore } from './late-store.ts';
import { makeHandlers } from './handlers.ts';
import { HIDDEN } from './login-item.ts';
import { type Handed, linkAmong, placeOfLink, readHanded } from './link.ts';
import { openSignInPage } from './external.ts';
import { setMenu } from './menu.ts';
import type { MenuActions } from './menu-template.ts';
import { Notifier } from './notify.ts';
import { guardContents, guardSession, postureProblems } from './posture.ts';
import { kitPagePdf, printKit } from './print-kit.ts';
import { handleQuit } from './quit.ts';
import { tellWhenReady } from './ready.ts';
import { openRefused } from './refused.ts';
import { servePreviews } from './preview-scheme.ts';
import { declareScheme, serveScheme } from './scheme.ts';
import { makeServices, type Services } from './services.ts';
import { startedAgain } from './start-again.ts';
import { startedHidden, systemLoginItem } from './system-login-item.ts';
import { SystemTray } from './tray.ts';
import { hasTray } from './tray-host.ts';
import type { TrayAction } from './tray-menu.ts';
import { createWindow, loadPage } from './window.ts';
import { languageFor } from '../words/languages.ts';
import { say, sayInfo, speak, spoken } from '../words/say.ts';

/** The folder of the built scripts, this one among them. */
const scripts = path.dirname(fileURLToPath(import.meta.url));
const folders = appFolders();
/** The destination may come and go without any event of ours. */
const LOOK_EVERY_MS = 60_000;

let window: BrowserWindow | null = null;
/** Where the window that opens should be. */
let openAt: OpenAt | null = null;
/** Somebody started the program again, to see its window, before this start of it had come so far. */
let askedEarly = false;
let showAgain = (): void => {
  askedEarly = true;
};
/** A link was followed: shows the window at the place that it names, if it names one and there is anything to see. */
let follow = (link: string): void => {
  askedEarly = true;
  openAt = placeOfLink(link);
};

/** Ends the program and starts it anew; until the quit handler is there nothing holds that up. */
let startAgain = (): void => {
  relaunch();
  app.quit();
};

function relaunch(): void {
  app.relaunch(startedAgain(process.env, [process.execPath, ...process.argv.slice(1)]));
}

/** What goes wrong in the shell itself, for who started the app from a terminal. Never holds a secret or a name. */
function report(what: string): void {
  process.stderr.write(`holdfast: ${what}\n`);
}

/** What goes wrong in the program itself, kept on this computer. */
const faults = new Faults({
  folder: folders.faults,
  scripts,
  facts: {
    version: app.getVersion(),
    platform: process.platform,
    arch: process.arch,
    electron: process.versions['electron'] ?? null,
    release: os.release(),
  },
  now: Date.now,
  report,
});

async function start(): Promise<void> {
  assertSandbox({ packaged: app.isPackaged, noSandbox: app.commandLine.hasSwitch('no-sandbox') });
  faults.begin();
  // Without "persist:" the session lives in memory: nothing that the page showed is ever written to disk.
  const pages = session.fromPartition('holdfast', { cache: false });
  guardSession(pages, report);
  serveScheme(pages, path.join(scripts, 'renderer'));

  const preload = path.join(scripts, 'preload.cjs');
  const loaded = await loadSettings();
  if (loaded instanceof HoldfastError) {
    await speakAs('system');
    showAgain = () => {
      if (window?.isMinimized() === true) window.restore();
      window?.focus();
    };
    window = await openRefused(loaded, { session: pages, preload, report });
    return;
  }
  const { store: config, damaged } = loaded;
  if (damaged) report(`the settings could not be read; they are kept as ${folders.configFile}.damaged`);
  nativeTheme.themeSource = config.value.settings.theme;
  await speakAs(config.value.settings.language);
  const secret = new ClipboardSecret(clipboard, systemClock);
  const desktop = systemDesktop(secret);
  // Not awaited: a keychain may ask its owner for a password first, and the window must not wait for that.
  const store = new LateStore(openSecretStore());
  let opened = false;
  /** Brings the window to the front, at a place if one is given. */
  const show = (at: OpenAt | null = null): void => {
    if (window === null) {
      openAt = at;
      return run(open());
    }
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
    if (at !== null) sendEvent(window.webContents, 'open', at);
  };
  const act = (action: TrayAction, plan?: string): void => {
    switch (action) {
      case 'open':
        return show();
      case 'back-up':
        return run(services.backups.start(plan));
      case 'pause-hour':
        return run(services.backups.pause('hour'));
      case 'pause-tomorrow':
        return run(services.backups.pause('tomorrow'));
      case 'pause-resumed':
        return run(services.backups.pause('resumed'));
      case 'resume':
        return run(services.backups.resume());
      case 'lock':
        return run(services.unlocking.lock());
      case 'quit':
        return app.quit();
    }
  };
  const platform = process.platform === 'darwin' || process.platform === 'win32' ? process.platform : 'linux';
  const tray = new SystemTray({ folder: path.join(scripts, 'icons', 'tray'), platform, act });
  const notifier = new Notifier(show);
  const closingFacts = (): ClosingFacts => ({
    keepRunning: config.value.background.keepRunning,
    told: config.value.background.closingTold,
    setUp: config.value.plan !== null,
    active: services.runner.active().length > 0,
    tray: services.background.tray,
    platform: process.platform,
  });
  const leavesNothing = (): boolean => closing(closingFacts()) === 'quit';
  const services = await makeServices({
    folders,
    config,
    store,
    scripts,
    offerEmbeddedVault: !app.isPackaged,
    version: app.getVersion(),
    print: printKit,
    kitPagePdf,
    openSignIn: openSignInPage,
    shell: {
      login: systemLoginItem(),
      hasTray: async () => await hasTray(),
      showTray: (model) => tray.show(model),
      notify: (notice) => notifier.show(notice),
      watched: () => window?.isFocused() === true,
      installed: app.isPackaged,
    },
    push: (state) => {
      sendEvent(window?.webContents ?? null, 'state', state);
      // A restore on a computer without a plan has ended, and nobody has a window open.
      if (opened && window === null && leavesNothing()) app.quit();
    },
    looking: (what, entries) => sendEvent(window?.webContents ?? null, 'looking', { what, entries }),
    applyTheme: (theme) => {
      nativeTheme.themeSource = theme;
    },
    applyLanguage: async (language) => {
      const before = spoken();
      await speakAs(language);
      if (spoken() === before) return;
      setMenu(menuActions);
      void services.scheduler.look(); // says what it waits for
      if (window === null) return;
      openAt = { screen: 'settings', section: 'appearance' };
      run(loadPage(window));
    },
    report,
    updates: {
      folder: folders.root,
      program: app.getPath('exe'),
      // Without "persist:": nothing that a server sets is kept.
      fetch: async (...args) => await session.fromPartition('updates', { cache: false }).fetch(...(args as [string])),
      quit: () => app.quit(),
      startAgain: (program) => app.relaunch({ execPath: program, args: [] }),
    },
    faults,
  });
  servePreviews(pages, (id, ref) => services.previews.playable(id, ref));
  registerMethods(
    makeHandlers({ services, desktop, window: () => window, opening: takeOpening, scripts, report }),
    (contents) => contents === window?.webContents,
    {
      checkOutput: !app.isPackaged,
      report: (method, error) => {
        report(`${method}: ${error.detail ?? error.message}`);
        if (error.code === 'internal') faults.note('program', error.cause ?? error);
      },
    },
  );
  const menuActions: MenuActions = {
    backUpNow: () => run(services.backups.start()),
    pause: (choice) => run(services.backups.pause(choice)),
    resume: () => run(services.backups.resume()),
    lockNow: () => run(services.unlocking.lock()),
    open: (at) => show(at),
    openLicence: () => run(desktop.openLicence()),
  };
  setMenu(menuActions);
  powerMonitor.on('suspend', () => void services.unlocking.lock('sleep'));
  powerMonitor.on('lock-screen', () => void services.unlocking.lock('sleep'));
  powerMonitor.on('resume', () => void services.scheduler.settle());
  powerMonitor.on('on-ac', () => void services.scheduler.look());
  powerMonitor.on('on-battery', () => void services.scheduler.look());
  // Started only at the very end: whoever would rather let a run go on is not surprised by it later.
  let again = false;
  startAgain = () => {
    again = true;
    app.quit();
  };
  handleQuit({
    window: () => window,
    runner: services.runner,
    endsWithWindow: leavesNothing,
    noMore: () => {
      services.scheduler.end();
      services.bandwidth.end();
      services.upkeep.end();
      services.background.end();
      services.alarms.end();
      services.updates.end();
    },
    last: async () => {
      const bySystem = await services.updates.last();
      if (again && !bySystem) relaunch();
      return bySystem;
    },
    stays: () => {
      again = false;
      services.updates.stays();
    },
    cleanUp: async () => {
      await secret.clear();
      services.setUp.forget();
      await services.session.lock('quit');
      await services.vault.end();
    },
  });

  const open = async (): Promise<void> => {
    window = createWindow({ session: pages, preload, config });
    opened = true;
    if (process.platform === 'darwin') void app.dock?.show();
    window.once('closed', () => {
      window = null;
    });
    handleClose(window, { facts: closingFacts, told: async () => await services.background.closingTold(), report });
    await fill(window, services);
  };
  showAgain = show;
  // Before set-up there is no place but it, and a link must not lead away from it.
  follow = (link) => show(config.value.plan === null ? null : placeOfLink(link));
  if (config.value.plan === null) openAt = null;
  app.on('activate', () => show());
  // Settings that were lost are nothing to keep silent about: without them nothing is backed up.
  if (askedEarly || damaged || !startedHidden()) await open();
  else if (config.value.plan === null)
    return app.exit(0); // nothing is backed up from this computer
  else if (process.platform === 'darwin') app.dock?.hide();
  void store.opened.then(async () => {
    const { state, startVault, background, scheduler } = services;
    // One that fails takes none of the next with it: backups start by themselves whatever else does not.
    for (const begin of [() => state.refresh(), startVault, () => background.begin(), () => scheduler.settle()]) {
      await begin().catch((error: unknown) => report(`starting: ${String(error)}`));
    }
    services.updates.begin();
  });
  setInterval(() => {
    void services.state.glance();
    services.changed(); // days without a backup pass without any event
  }, LOOK_EVERY_MS);
}

/** The settings, or the error that a newer version's are. */
async function loadSettings(): Promise<Awaited<ReturnType<typeof ConfigStore.load>> | HoldfastError> {
  try {
    return await ConfigStore.load(folders.configFile);
  } catch (thrown) {
    if (thrown instanceof HoldfastError && thrown.code === 'newer-format') return thrown;
    throw thrown;
  }
}

/** Speaks the language that was chosen, or else the first of the system's that Holdfast speaks. */
async function speakAs(chosen: Config['settings']['language']): Promise<void> {
  await speak(languageFor(chosen, app.getPreferredSystemLanguages()));
}

/** What the page that opens was opened for; told once. */
function takeOpening(): OpenAt | null {
  const at = openAt;
  openAt = null;
  return at;
}

/** Loads the page into a new window and makes sure that it can reach nothing it should not. */
async function fill(window: BrowserWindow, services: Services): Promise<void> {
  reloadAfterCrash(window, report);
  window.on('focus', () => {
    void services.state.glance();
    void services.background.look();
  });
  try {
    await loadPage(window);
    const problems = await postureProblems(window.webContents);
    if (problems.length > 0) throw new Error(`the window is not safe: ${problems.join(', ')}`);
    await tellWhenReady(window, process.env);
  } catch (error) {
    if (window.isDestroyed()) return; // closed before it was there
    window.destroy(); // one that is empty, or not safe, is not left to be used
    throw error;
  }
}

/** For what nobody awaits: a failure is said, not swallowed. */
function run(work: Promise<unknown>): void {
  work.catch((thrown: unknown) => {
    const error = toHoldfastError(thrown);
    report(error.detail ?? error.message);
    void dialog.showMessageBox({ type: 'warning', message: error.message, detail: error.guidance, noLink: true });
  });
}

if (!app.commandLine.hasSwitch('user-data-dir')) app.setPath('userData', folders.browser);
// Every page in a sandbox, whatever a window asks for. As root on Linux there is none; the start script says so.
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
guardContents(report);
declareScheme();
watchFaults(faults, () => startAgain());
// An update starts the new program once, to see that it starts.
const onlyTried = process.env['APPIMAGE_EXIT_AFTER_INSTALL'] === 'true';

const started: Handed = { link: linkAmong(process.argv.slice(1)), hidden: process.argv.includes(HIDDEN) };
if (!onlyTried && app.requestSingleInstanceLock(started)) {
  if (started.link !== null) follow(started.link);
  app.on('second-instance', (_event, _argv, _folder, data) => {
    const { link, hidden } = readHanded(data);
    if (link !== null) follow(link);
    // The system starts it at login although a person was quicker: nothing to show.
    else if (!hidden) showAgain();
  });
  // macOS hands links over by an event, to the one instance that it runs.
  app.on('open-url', (event, link) => {
    event.preventDefault();
    follow(link);
  });
  app
    .whenReady()
    .then(start)
    .catch((thrown: unknown) => {
      const error = toHoldfastError(thrown);
      report(error.detail ?? error.message);
      const { message, guidance } = sayInfo(error.toInfo());
      dialog.showErrorBox(say('Holdfast could not start'), `${message}\n\n${guidance}`);
      app.exit(1);
    });
} else {
  app.exit(0);
}
