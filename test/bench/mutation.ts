/** The change of 1 % of the files between two backups, undone afterwards. */
import {
  closeSync,
  ftruncateSync,
  fstatSync,
  openSync,
  readSync,
  rmSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import type { DataSet } from './datasets.ts';
import { SeededBytes, SeededNumbers } from './random.ts';
import { eachFile } from './walk.ts';

interface Original {
  file: string;
  size: number;
  atime: Date;
  mtime: Date;
  offset: number;
  bytes: Buffer;
}

export interface Mutation {
  /** How many files were changed. */
  files: number;
  /** Puts every byte, size and time back. */
  undo: () => void;
}

/**
 * Overwrites 64 to 320 bytes somewhere in one file of a hundred (at least one), and makes every fourth of them up to
 * 4 KiB longer. Always the same files and bytes for the same data set.
 */
export function mutate(set: DataSet): Mutation {
  const files: string[] = [];
  eachFile(set.folder, (file, size) => {
    if (size > 0) files.push(file);
  });
  const numbers = new SeededNumbers(`change ${set.name}`);
  const bytes = new SeededBytes(`change ${set.name}`);
  const originals: Original[] = [];
  const undo = (): void => {
    for (const original of originals.splice(0)) putBack(original);
    rmSync(set.dirtyMark, { force: true });
  };
  writeFileSync(set.dirtyMark, '');
  const chosen = numbers.sample(files.length, Math.max(1, Math.floor(files.length / 100)));
  chosen.forEach((index, turn) => {
    const file = files[index];
    if (file === undefined) return;
    const fd = openSync(file, 'r+');
    try {
      const { size, atime, mtime } = fstatSync(fd);
      const offset = numbers.below(size);
      const length = Math.min(64 + numbers.below(257), size - offset);
      const old = Buffer.alloc(length);
      readSync(fd, old, 0, length, offset);
      originals.push({ file, size, atime, mtime, offset, bytes: old });
      writeSync(fd, bytes.next(length), 0, length, offset);
      if (turn % 4 === 0) {
        const more = bytes.next(1 + numbers.below(4096));
        writeSync(fd, more, 0, more.length, size);
      }
    } finally {
      closeSync(fd);
    }
  });
  return { files: chosen.length, undo };
}

function putBack({ file, size, atime, mtime, offset, bytes }: Original): void {
  const fd = openSync(file, 'r+');
  try {
    writeSync(fd, bytes, 0, bytes.length, offset);
    ftruncateSync(fd, size);
  } finally {
    closeSync(fd);
  }
  utimesSync(file, atime, mtime);
}
