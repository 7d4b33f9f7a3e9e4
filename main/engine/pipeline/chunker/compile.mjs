/** Compiles the chunker's inner loop from AssemblyScript to WebAssembly; called by the build and by tests. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const FOLDER = dirname(fileURLToPath(import.meta.url));
const SOURCE = 'gear.as.ts';

/**
 * Writes the compiled module (some 400 bytes); the folder is made where it is missing.
 *
 * @param {string} outFile path of the .wasm file
 * @returns {Promise<void>}
 * @throws {Error} with the compiler's messages where the source does not compile
 */
export async function compileChunker(outFile) {
  const messages = [];
  let binary;
  const stream = { write: (text) => messages.push(String(text)) };
  const { error } = await asc.main(
    [
      SOURCE,
      ...['--outFile', 'chunker.wasm', '-O3', '--noAssert', '--converge'],
      ...['--runtime', 'stub', '--importMemory', '--noExportMemory', '--initialMemory', '1'],
    ],
    {
      stdout: stream,
      stderr: stream,
      listFiles: () => [],
      readFile: (name) => readFile(join(FOLDER, name), 'utf8').catch(() => null),
      writeFile: (_name, contents) => {
        binary = contents;
      },
    },
  );
  if (error || !binary) throw new Error(`The chunker does not compile.\n${messages.join('')}`, { cause: error });
  await mkdir(dirname(outFile), { recursive: true });
  await writeFile(outFile, binary);
}
