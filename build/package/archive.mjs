/** Reading of app.asar: its entries, its bytes, and the checksums that Electron goes by. */
import { closeSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { sha256 } from '../tools.mjs';

/**
 * The header: four numbers of 32 bits (4, size of the rest, size of it without this number, length of the text), then
 * JSON, filled up to a multiple of 4. The files follow.
 */
function readHeader(file) {
  const descriptor = openSync(file, 'r');
  try {
    const numbers = Buffer.alloc(16);
    readSync(descriptor, numbers, 0, 16, 0);
    const text = Buffer.alloc(numbers.readUInt32LE(12));
    readSync(descriptor, text, 0, text.length, 16);
    return { text, filesAt: 8 + numbers.readUInt32LE(4) };
  } finally {
    closeSync(descriptor);
  }
}

function* walk(node, prefix) {
  for (const [name, entry] of Object.entries(node.files ?? {})) {
    const file = prefix === '' ? name : `${prefix}/${name}`;
    if (entry.files !== undefined) yield* walk(entry, file);
    else yield { name: file, ...entry };
  }
}

/**
 * @param {string} file
 * @returns {{ entries: { name: string, size: number, offset?: string, unpacked?: boolean, link?: string,
 *   integrity?: { algorithm: string, hash: string } }[], headerHash: string, read: (entry: object) => Promise<Buffer> }}
 *   `headerHash` is what Electron compares with the executable's: SHA-256 of the header's text, in hex
 */
export function openArchive(file) {
  const { text, filesAt } = readHeader(file);
  return {
    entries: [...walk(JSON.parse(text.toString('utf8')), '')],
    headerHash: sha256(text),
    async read(entry) {
      const handle = await open(entry.unpacked ? path.join(`${file}.unpacked`, entry.name) : file);
      try {
        if (entry.unpacked) return await handle.readFile();
        const bytes = Buffer.alloc(entry.size);
        const { bytesRead } = await handle.read(bytes, 0, entry.size, filesAt + Number(entry.offset));
        return bytes.subarray(0, bytesRead);
      } finally {
        await handle.close();
      }
    },
  };
}

/** What is wrong with the bytes of one entry; null where they are those that the header vouches for. */
export function integrityProblem(entry, bytes) {
  if (entry.link !== undefined) return 'is a link';
  if (entry.integrity?.algorithm !== 'SHA256') return 'has no checksum in the archive';
  return sha256(bytes) === entry.integrity.hash ? null : 'differs from its checksum in the archive';
}
