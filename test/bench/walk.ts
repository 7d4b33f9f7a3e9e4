/** Looking through folders: sizes, file lists and warming the page cache. */
import { closeSync, lstatSync, openSync, readdirSync, readSync } from 'node:fs';
import path from 'node:path';

export interface TreeSize {
  files: number;
  folders: number;
  bytes: number;
}

/** Calls `visit` for every regular file below `folder`, in byte order of names, with its size in bytes. */
export function eachFile(folder: string, visit: (file: string, size: number) => void): { folders: number } {
  let folders = 1;
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) folders += eachFile(full, visit).folders;
    else if (entry.isFile()) visit(full, lstatSync(full).size);
  }
  return { folders };
}

export function treeSize(folder: string): TreeSize {
  let files = 0;
  let bytes = 0;
  const { folders } = eachFile(folder, (_file, size) => {
    files += 1;
    bytes += size;
  });
  return { files, folders, bytes };
}

const buffer = Buffer.allocUnsafe(1 << 20);

/** Reads every file once, so that the step after it starts from the page cache whatever ran before. */
export function warm(folder: string): void {
  eachFile(folder, (file) => {
    const fd = openSync(file, 'r');
    try {
      while (readSync(fd, buffer) > 0);
    } finally {
      closeSync(fd);
    }
  });
}
