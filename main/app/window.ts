/** The app's window: hidden until its first picture, in the theme's colours, with room for the system's buttons. */
import { BrowserWindow, nativeTheme, screen, type Session } from 'electron';
import { APP_ORIGIN } from '../ipc/sender.ts';
import type { Config, ConfigStore } from '../jobs/config.ts';
import { spoken } from '../words/say.ts';
import { WEB_PREFERENCES } from './posture.ts';
import { MIN_HEIGHT, MIN_WIDTH, windowBounds } from './window-bounds.ts';

/** Of `--titlebar` in the page's tokens. */
const TITLE_BAR_HEIGHT = 52;
/** Of `--page` and `--ink-2` in the page's tokens, for what is drawn before and round the page. */
const COLOURS = {
  light: { page: '#fbfaf7', ink: '#4c5652' },
  dark: { page: '#151a18', ink: '#b0bab5' },
} as const;

export interface WindowParts {
  session: Session;
  preload: string;
  config: Pick<ConfigStore, 'value' | 'update'>;
}

/** Makes the window; it shows itself when its first picture is ready. */
export function createWindow(parts: WindowParts): BrowserWindow {
  const colours = themeColours();
  const remembered = parts.config.value.window;
  const window = new BrowserWindow({
    ...windowBounds(
      remembered,
      screen.getAllDisplays().map((display) => display.workArea),
    ),
    minWidth: MIN_WIDTH,
    minHeight: MIN_HEIGHT,
    show: false,
    title: 'Holdfast',
    backgroundColor: colours.page,
    autoHideMenuBar: true,
    ...(process.platform === 'darwin'
      ? { titleBarStyle: 'hiddenInset', trafficLightPosition: { x: 20, y: 20 } }
      : { titleBarStyle: 'hidden', titleBarOverlay: overlay(colours) }),
    webPreferences: { ...WEB_PREFERENCES, session: parts.session, preload: parts.preload },
  });
  if (remembered?.maximized === true) window.maximize();
  window.once('ready-to-show', () => window.show());
  followTheme(window);
  window.on('close', () => {
    // What cannot be remembered is no reason to keep a window open.
    void parts.config.update({ window: boundsOf(window) }).catch(() => undefined);
  });
  return window;
}

/** Loads the page, in the app's language. */
export async function loadPage(window: BrowserWindow): Promise<void> {
  const language = spoken();
  await window.loadURL(`${APP_ORIGIN}/index.html?language=${language}`);
}

function followTheme(window: BrowserWindow): void {
  const apply = (): void => {
    const colours = themeColours();
    window.setBackgroundColor(colours.page);
    if (process.platform !== 'darwin') window.setTitleBarOverlay(overlay(colours));
  };
  nativeTheme.on('updated', apply);
  window.once('closed', () => nativeTheme.off('updated', apply));
}

type Colours = (typeof COLOURS)[keyof typeof COLOURS];

function themeColours(): Colours {
  return nativeTheme.shouldUseDarkColors ? COLOURS.dark : COLOURS.light;
}

function overlay(colours: Colours): { color: string; symbolColor: string; height: number } {
  return { color: colours.page, symbolColor: colours.ink, height: TITLE_BAR_HEIGHT };
}

function boundsOf(window: BrowserWindow): Config['window'] {
  const { x, y, width, height } = window.getNormalBounds();
  return { x, y, width, height, maximized: window.isMaximized() };
}
