/** Entry of the main process: one instance, a guarded session, the services, the window. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { app, type BrowserWindow, clipboard, dialog, nativeTheme, powerMonitor, session } from 'electron';
import { toHoldfastError } from '../errors.ts';
import { registerMethods, sendEvent } from '../ipc/register.ts';
import { ConfigStore } from '../jobs/config.ts';
import { appFolders } from '../jobs/folders.ts';
import { systemClock } from '../jobs/ports.ts';
import { openSecretStore } from '../keys/store.ts';
import { ClipboardSecret } from './clipboard-secret.ts';
import { reloadAfterCrash } from './crash.ts';
import { systemDesktop } from './desktop.ts';
import { LateStore } from './late-store.ts';
import { makeHandlers } from './handlers.ts';
import { openSignInPage } from './external.ts';
import { setMenu } from './menu.ts';
import { guardContents, guardSession, postureProblems } from './posture.ts';
import { printKit } from './print-kit.ts';
import { askBeforeClose, handleQuit } from './quit.ts';
import { tellWhenReady } from './ready.ts';
import { servePreviews } from './preview-scheme.ts';
import { declareScheme, serveScheme } from './scheme.ts';
import { makeServices, type Services } from './services.ts';
import { createWindow, loadPage } from './window.ts';

/** The folder of the built scripts, this one among them. */
const scripts = path.dirname(fileURLToPath(import.meta.url));
const folders = appFolders();
/** The destination may come and go without any event of ours. */
const LOOK_EVERY_MS = 60_000;

let window: BrowserWindow | null = null;

/** What goes wrong in the shell itself, for who started the app from a terminal. Never holds a secret or a name. */
function report(what: string): void {
  process.stderr.write(`holdfast: ${what}\n`);
}

async function start(): Promise<void> {
  // Without "persist:" the session lives in memory: nothing that the page showed is ever written to disk.
  const pages = session.fromPartition('holdfast', { cache: false });
  guardSession(pages, report);
  serveScheme(pages, path.join(scripts, 'renderer'));

  const { store: config, damaged } = await ConfigStore.load(folders.configFile);
  if (damaged) report(`the settings could not be read; they are kept as ${folders.configFile}.damaged`);
  nativeTheme.themeSource = config.value.settings.theme;
  const secret = new ClipboardSecret(clipboard, systemClock);
  const desktop = systemDesktop(secret);
  // Not awaited: a keychain may ask its owner for a password first, and the window must not wait for that.
  const store = new LateStore(openSecretStore());
  const services = await makeServices({
    folders,
    config,
    store,
    scripts,
    offerEmbeddedVault: !app.isPackaged,
    version: app.getVersion(),
    print: printKit,
    openSignIn: openSignInPage,
    push: (state) => sendEvent(window?.webContents ?? null, 'state', state),
    looking: (what, entries) => sendEvent(window?.webContents ?? null, 'looking', { what, entries }),
    applyTheme: (theme) => {
      nativeTheme.themeSource = theme;
    },
    report,
  });
  servePreviews(pages, (id) => services.previews.playable(id));
  registerMethods(
    makeHandlers({ services, desktop, window: () => window, scripts, report }),
    (contents) => contents === window?.webContents,
    { checkOutput: !app.isPackaged, report: (method, error) => report(`${method}: ${error.detail ?? error.message}`) },
  );
  const actions = {
    backUpNow: (): void => run(services.backups.start()),
    lockNow: (): void => run(services.unlocking.lock()),
  };
  setMenu({ ...actions, openLicence: () => run(desktop.openLicence()) });
  powerMonitor.on('suspend', () => void services.unlocking.lock('sleep'));
  powerMonitor.on('lock-screen', () => void services.unlocking.lock('sleep'));
  powerMonitor.on('resume', () => void services.scheduler.settle());
  powerMonitor.on('on-ac', () => void services.scheduler.look());
  powerMonitor.on('on-battery', () => void services.scheduler.look());
  handleQuit({
    window: () => window,
    runner: services.runner,
    cleanUp: async () => {
      services.scheduler.end();
      await secret.clear();
      services.upkeep.end();
      services.setUp.forget();
      await services.session.lock('quit');
      await services.vault.end();
    },
  });

  const open = async (): Promise<void> => {
    window = createWindow({ session: pages, preload: path.join(scripts, 'preload.cjs'), config });
    window.once('closed', () => {
      window = null;
    });
    await fill(window, services);
  };
  app.on('second-instance', () => {
    if (window === null) return run(open());
    if (window.isMinimized()) window.restore();
    window.focus();
  });
  app.on('activate', () => {
    if (window === null) run(open());
  });
  await open();
  void store.opened.then(async () => {
    await services.state.refresh();
    await services.startVault();
    await services.scheduler.settle();
  });
  setInterval(() => void services.state.glance(), LOOK_EVERY_MS);
}

/** Loads the page into a new window and makes sure that it can reach nothing it should not. */
async function fill(window: BrowserWindow, services: Services): Promise<void> {
  askBeforeClose(window, services.runner);
  reloadAfterCrash(window, report);
  window.on('focus', () => void services.state.glance());
  await loadPage(window);
  const problems = await postureProblems(window.webContents);
  if (problems.length > 0) throw new Error(`the window is not safe: ${problems.join(', ')}`);
  await tellWhenReady(window, process.env);
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

if (app.requestSingleInstanceLock()) {
  app
    .whenReady()
    .then(start)
    .catch((thrown: unknown) => {
      const error = toHoldfastError(thrown);
      report(error.detail ?? error.message);
      dialog.showErrorBox('Holdfast could not start', `${error.message}\n\n${error.guidance}`);
      app.exit(1);
    });
} else {
  app.exit(0);
}
