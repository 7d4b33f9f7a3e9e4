/**
 * Opens the renderer over the stand-in bridge. In the address: `scenario` (see scenarios.ts), `theme` (light or dark),
 * `route` (a route as JSON), `platform`.
 */
import type { Route } from '../../../renderer/state/route.ts';
import { createFakeBridge } from './bridge.ts';
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

const route = query.get('route');
const { resetRoute } = await import('../../../renderer/state/route.ts');
if (route !== null) resetRoute(JSON.parse(route) as Route);
await import('../../../renderer/main.tsx');
