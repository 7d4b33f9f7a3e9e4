/**
 * Opens the renderer over the stand-in bridge. In the address: `scenario` (see scenarios.ts), `theme` (light or dark),
 * `route` (a route as JSON), `platform`, `gallery` (a page of the gallery instead of the app).
 */
import { i18n } from '@lingui/core';
import type { Route } from '../../../renderer/state/route.ts';
import { createFakeBridge } from './bridge.ts';
import { say } from './gallery/say.ts';
import { SCENARIOS } from './scenarios.ts';

const query = new URLSearchParams(location.search);
const name = query.get('scenario') ?? 'new';
const make = SCENARIOS[name];
if (make === undefined) throw new Error(`no scenario ${name}; there are: ${Object.keys(SCENARIOS).join(', ')}`);
const scenario = make();

const theme = query.get('theme');
if (theme === 'light' || theme === 'dark') scenario.state.settings = { ...scenario.state.settings, theme };
const platform = query.get('platform');
if (platform === 'linux' || platform === 'darwin' || platform === 'win32') scenario.state.platform = platform;

const fake = createFakeBridge(scenario, Number(query.get('latency') ?? 40));
Object.defineProperty(window, 'holdfast', { value: fake.bridge });
Object.defineProperty(window, 'fake', { value: fake });
// For tests that look for a sentence of the window in the page's language.
Object.defineProperty(window, 'stage', { value: { say } });

const route = query.get('route');
const { resetRoute } = await import('../../../renderer/state/route.ts');
if (route !== null) resetRoute(JSON.parse(route) as Route);
const gallery = query.get('gallery');
if (gallery === null) await import('../../../renderer/main.tsx');
else {
  await import('../../../renderer/trusted-types.ts');
  const { fromRight, speak } = await import('../../../renderer/state/language.ts');
  await speak(query.get('language'));
  document.documentElement.lang = i18n.locale;
  document.documentElement.dir = fromRight(i18n.locale) ? 'rtl' : 'ltr';
  (await import('./gallery/index.tsx')).startGallery(gallery);
}
