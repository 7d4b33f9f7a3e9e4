/** How much JavaScript the window loads before its first screen. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

/** gzip -9 of the scripts of the built page that were asked for at these addresses, in bytes. */
export function scriptBytes(root: string, addresses: readonly string[]): number {
  const files = new Set(addresses.map((address) => new URL(address).pathname).filter((name) => name.endsWith('.js')));
  return [...files].reduce((sum, name) => {
    const file = readFileSync(path.join(root, 'dist/renderer', decodeURIComponent(name)));
    return sum + gzipSync(file, { level: 9 }).length;
  }, 0);
}
