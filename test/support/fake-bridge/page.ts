/**
 * Builds the renderer over the stand-in bridge and opens it in Debian's Chromium (or CHROMIUM_PATH), served from a
 * local port with the policy of the page itself. For tests and for looking at screens:
 *
 *     node --experimental-strip-types test/support/fake-bridge/page.ts OUT_DIR SCENARIO [ROUTE_JSON] [--dark] [--size 960x640] [--zoom 2]
 */
import { createReadStream, existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const DIST = fileURLToPath(new URL('../../../dist/fake', import.meta.url));
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.woff2': 'font/woff2',
  '.svg': 'image/svg+xml',
};

export const CHROMIUM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';

/** Builds dist/fake. */
export async function buildFakePage(outDir = DIST): Promise<void> {
  await build({
    configFile: fileURLToPath(new URL('./vite.config.ts', import.meta.url)),
    logLevel: 'warn',
    build: { outDir },
  });
}

/** Serves the built page. @returns its address and what ends it */
export async function serveFakePage(outDir = DIST): Promise<{ url: string; close: () => Promise<void> }> {
  const server: Server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname));
    const file = join(outDir, path === '/' ? 'index.html' : path);
    if (!file.startsWith(outDir) || !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** Address of a scenario at a route. */
export function fakeAddress(
  url: string,
  scenario: string,
  options: { theme?: 'light' | 'dark'; route?: object; platform?: string } = {},
): string {
  const query = new URLSearchParams({ scenario });
  if (options.theme !== undefined) query.set('theme', options.theme);
  if (options.route !== undefined) query.set('route', JSON.stringify(options.route));
  if (options.platform !== undefined) query.set('platform', options.platform);
  return `${url}?${query}`;
}
