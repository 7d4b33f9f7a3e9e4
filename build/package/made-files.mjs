/** Files of the packages for Linux that are made from the program itself: manual page and completions. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { Stop, root, run } from '../tools.mjs';

/** Name, words for the command line, and whether it is compressed. */
const FILES = [
  ['holdfast.1.gz', ['man']],
  ['holdfast.bash', ['completion', 'bash']],
  ['_holdfast', ['completion', 'zsh']],
  ['holdfast.fish', ['completion', 'fish']],
];

/** @param {string} folder made if it is not there */
export async function makeFiles(folder) {
  await mkdir(folder, { recursive: true });
  for (const [name, words] of FILES) {
    const { code, output } = await run(process.execPath, [path.join(root, 'dist', 'cli.js'), ...words], {
      quiet: true,
    });
    if (code !== 0) throw new Stop(`holdfast ${words.join(' ')} failed: ${output.trim()}`);
    // Node writes no time and no name into the header of gzip, so the same text gives the same bytes.
    await writeFile(path.join(folder, name), name.endsWith('.gz') ? gzipSync(output, { level: 9 }) : output, {
      mode: 0o644,
    });
  }
}
