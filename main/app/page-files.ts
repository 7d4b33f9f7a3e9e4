/** From an address of the app's scheme to a file of the page: nothing outside the page's folder can be named. */
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { isAppPage } from '../ipc/sender.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.txt': 'text/plain; charset=utf-8',
};

export interface PageFile {
  /** Absolute, links resolved. */
  file: string;
  type: string;
}

/**
 * The file behind an address; null for anything that is not a file of the page.
 * @param root folder of the built page
 */
export async function pageFile(root: string, address: string): Promise<PageFile | null> {
  if (!isAppPage(address)) return null;
  let name: string;
  try {
    name = decodeURIComponent(new URL(address).pathname);
  } catch {
    return null; // a percent sign that starts no byte
  }
  if (name.includes('\0') || name.includes('\\')) return null;
  const relative = name === '/' ? 'index.html' : name.replace(/^\/+/, '');
  const type = TYPES[path.extname(relative).toLowerCase()];
  if (type === undefined) return null;
  try {
    const top = await realpath(root);
    const file = await realpath(path.join(top, relative));
    // With the separator, so that a neighbour named `renderer-old` is not taken for `renderer`.
    return file.startsWith(top + path.sep) ? { file, type } : null;
  } catch {
    return null;
  }
}
