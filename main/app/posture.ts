/**
 * The security posture of every window (Electron's checklist): what a page may do is nothing but show itself and call
 * the contract. Fails closed: a page that can reach more is closed.
 */
import { app, type Session, type WebContents, type WebPreferences } from 'electron';
import { parsePreviewAddress } from '../ipc/preview-address.ts';
import { isAppPage } from '../ipc/sender.ts';

/** Of every window; the preload script is added by the main window alone. */
export const WEB_PREFERENCES = {
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  allowRunningInsecureContent: false,
  experimentalFeatures: false,
  webviewTag: false,
  navigateOnDragDrop: false,
  plugins: false,
  webgl: false,
  spellcheck: false,
  enableWebSQL: false,
  safeDialogs: true,
} as const satisfies WebPreferences;

/** What a page of an app with this posture cannot see. */
const FORBIDDEN_GLOBALS = ['require', 'module', 'exports', 'process', 'Buffer', 'global', '__dirname', 'setImmediate'];

/**
 * Asks the loaded page itself what it can reach, and gives what it should not; empty when all is well.
 * @param contents of the app's window, with its page loaded
 */
export async function postureProblems(contents: WebContents): Promise<string[]> {
  const found: unknown = await contents.executeJavaScript(`(() => {
    const problems = ${JSON.stringify(FORBIDDEN_GLOBALS)}.filter((name) => name in globalThis);
    if (!Object.isFrozen(globalThis.holdfast)) problems.push('the bridge can be changed');
    if (globalThis.isSecureContext !== true) problems.push('not a secure context');
    return problems;
  })()`);
  return Array.isArray(found) ? found.map(String) : ['the page gave no answer'];
}

/** Guards all contents that are ever made; called once, before any window. */
export function guardContents(report: (what: string) => void): void {
  app.on('web-contents-created', (_event, contents) => {
    const refuse = (what: string) => (event: { preventDefault: () => void }) => {
      event.preventDefault();
      report(`refused: ${what}`);
    };
    contents.setWindowOpenHandler(() => {
      report('refused: a new window');
      return { action: 'deny' };
    });
    contents.on('will-navigate', refuse('navigation'));
    contents.on('will-redirect', refuse('redirect'));
    contents.on('will-frame-navigate', (event) => {
      // The window's page may put a preview into a frame; nothing else may lead a frame anywhere.
      const byThePage = event.initiator?.url === undefined || isAppPage(event.initiator.url);
      const toPreview = parsePreviewAddress(event.url)?.part === 'view';
      if (event.isMainFrame || !byThePage || !toPreview) refuse('navigation of a frame')(event);
    });
    contents.on('will-attach-webview', refuse('webview'));
    contents.on('login', refuse('login'));
    contents.on('select-bluetooth-device', refuse('bluetooth'));
    if (app.isPackaged) contents.on('devtools-opened', () => contents.closeDevTools());
  });
}

/** Denies everything that a session can be asked for, and every address but the app's own. */
export function guardSession(session: Session, report: (what: string) => void): void {
  session.setPermissionRequestHandler((_contents, permission, answer) => {
    report(`refused: permission ${permission}`);
    answer(false);
  });
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.setUSBProtectedClassesHandler((details) => details.protectedClasses);
  session.setBluetoothPairingHandler((_details, answer) => answer({ confirmed: false }));
  session.setDisplayMediaRequestHandler((_request, answer) => answer({}));
  session.setSpellCheckerEnabled(false);
  session.on('will-download', (event) => event.preventDefault());
  session.webRequest.onBeforeRequest((details, answer) => {
    const preview = parsePreviewAddress(details.url) !== null;
    const ours = isAppPage(details.url) || preview || isLocalData(details.url) || isDevTools(details.url);
    if (!ours) report(`refused: a request to ${schemeOf(details.url)}`);
    answer({ cancel: !ours });
  });
}

/** Images made by the page itself; the policy allows them for images only. */
function isLocalData(url: string): boolean {
  return url.startsWith('data:image/') || url.startsWith('blob:app://');
}

function isDevTools(url: string): boolean {
  return !app.isPackaged && url.startsWith('devtools://');
}

function schemeOf(url: string): string {
  return /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0] ?? 'nowhere';
}
