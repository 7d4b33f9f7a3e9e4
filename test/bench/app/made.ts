/** A tree of empty files with names as people give them: large folders, and many of a usual size. Always the same. */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';

const WORDS =
  'sunset harbour winter letter invoice garden family bridge concert meeting draft holiday portrait receipt notes report';
const ENDINGS = ['jpg', 'png', 'pdf', 'txt', 'docx', 'xlsx', 'mp3', 'mov'];
const SMALL = 1_000;

export interface Shape {
  /** Folders with so many entries each. */
  large: number;
  entries: number;
  /** Files in all. */
  paths: number;
}

/** Makes the tree; memory only where `top` is on a file system in memory. */
export function makeTree(top: string, { large, entries, paths }: Shape): void {
  mkdirSync(top, { recursive: true });
  for (let i = 1; i <= large; i += 1) fill(path.join(top, largeName(i)), entries, i);
  const rest = Math.ceil((paths - large * entries) / SMALL);
  for (let i = 0; i < rest; i += 1) fill(path.join(top, `Folder ${String(i).padStart(4, '0')}`), SMALL, i * 77);
}

export const largeName = (number: number): string => `Large ${String(number)}`;

function fill(folder: string, count: number, salt: number): void {
  mkdirSync(folder);
  const words = WORDS.split(' ');
  for (let i = 0; i < count; i += 1) {
    const hash = (i * 2_654_435_761 + salt) >>> 0;
    const [one, two] = [words[hash % 16], words[(hash >>> 4) % 16]];
    const name = `${one ?? ''} ${two ?? ''} ${String(i).padStart(6, '0')}.${ENDINGS[(hash >>> 8) % 8] ?? 'txt'}`;
    closeSync(openSync(path.join(folder, name), 'wx'));
  }
}
