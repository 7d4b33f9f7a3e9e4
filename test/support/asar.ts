/** A small archive as Electron packs its programs, for tests of packages and of people's own such files. */
import { createHash } from 'node:crypto';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

interface Folder {
  files: Record<string, Folder | File>;
}
interface File {
  size: number;
  offset: string;
  integrity: { algorithm: 'SHA256'; hash: string };
}

/** @param files contents by name, with / between folders */
export function asarOf(files: Readonly<Record<string, string | Uint8Array>>): Buffer {
  const top: Folder = { files: {} };
  const parts: Buffer[] = [];
  let offset = 0;
  for (const [name, contents] of Object.entries(files)) {
    const bytes = Buffer.from(contents);
    const folders = name.split('/');
    const last = folders.pop() ?? name;
    let at = top;
    for (const folder of folders) at = (at.files[folder] ??= { files: {} }) as Folder;
    at.files[last] = {
      size: bytes.length,
      offset: String(offset),
      integrity: { algorithm: 'SHA256', hash: sha256(bytes) },
    };
    parts.push(bytes);
    offset += bytes.length;
  }
  const text = Buffer.from(JSON.stringify(top));
  const padded = Buffer.alloc(Math.ceil(text.length / 4) * 4);
  text.copy(padded);
  const numbers = Buffer.alloc(16);
  [4, padded.length + 8, padded.length + 4, text.length].forEach((number, i) => numbers.writeUInt32LE(number, 4 * i));
  return Buffer.concat([numbers, padded, ...parts]);
}
