/** Data set B: copies of files that the system has anyway: documents, programs, headers, translations, icons. */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import type { Stats } from 'node:fs';
import path from 'node:path';

/** Larger ones are left out, so that a few huge libraries do not take the place of thousands of files. */
const LARGEST_BYTES = 32 * 2 ** 20;

/** Files that follow each other and are taken or left together. */
const RUN = 200;

interface Candidate {
  path: string;
  stats: Stats;
}

/**
 * Copies files and symlinks with their modes and times, in the same folders below `folder`. Which ones is decided by
 * the system's files alone: the roots are walked in order of names until `maxFiles` or `maxBytes` would be passed; where
 * the roots hold more than twice as much, only every n-th run of 200 files is taken, so that a small set is as varied
 * as a large one and its folders are as full.
 * Files that cannot be read and names that are not UTF-8 are left out.
 */
export function copySystemFiles(folder: string, maxFiles: number, maxBytes: number): void {
  const all: Candidate[] = [];
  const seen = new Set<string>();
  for (const root of systemRoots()) collect(root, all, seen);
  const bytes = all.reduce((sum, candidate) => sum + candidate.stats.size, 0);
  const stride = Math.max(1, Math.floor(Math.max(all.length / maxFiles, bytes / maxBytes)));
  let taken = 0;
  let takenBytes = 0;
  const folders = new Set<string>();
  for (const [index, candidate] of all.entries()) {
    if (taken === maxFiles) break;
    if (Math.floor(index / RUN) % stride !== 0 || takenBytes + candidate.stats.size > maxBytes) continue;
    if (!copyOne(candidate, folder, folders)) continue;
    taken += 1;
    takenBytes += candidate.stats.size;
  }
  // Deepest first: a folder's time changes with whatever is made in it.
  for (const made of [...folders].sort((a, b) => b.length - a.length)) {
    const stats = lstatSync(made, { throwIfNoEntry: false });
    const copy = path.join(folder, made);
    if (stats !== undefined && existsSync(copy)) utimesSync(copy, stats.atime, stats.mtime);
  }
}

function systemRoots(): string[] {
  const python = readdirSync('/usr/lib').filter((name) => name.startsWith('python3'));
  const roots = ['/usr/share', ...python.sort().map((name) => `/usr/lib/${name}`), '/usr/include', '/usr/lib'];
  return roots.filter((root) => lstatSync(root, { throwIfNoEntry: false })?.isDirectory() === true);
}

/** Adds what lies below `folder`, in order of names; a folder that another root already covered is passed by. */
function collect(folder: string, into: Candidate[], seen: Set<string>): void {
  if (seen.has(folder)) return;
  seen.add(folder);
  for (const name of readNames(folder)) {
    const full = path.join(folder, name);
    const stats = lstatSync(full, { throwIfNoEntry: false });
    if (stats === undefined) continue;
    if (stats.isDirectory()) collect(full, into, seen);
    else if ((stats.isFile() && stats.size <= LARGEST_BYTES) || stats.isSymbolicLink()) {
      into.push({ path: full, stats });
    }
  }
}

/** Sorted names that are UTF-8; none where the folder is closed to us or has just gone. */
function readNames(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => !name.includes('\uFFFD'))
      .sort();
  } catch (error) {
    if (isUnavailable(error)) return [];
    throw error;
  }
}

/** False where the file could not be read (packages may be installed meanwhile). */
function copyOne(candidate: Candidate, folder: string, folders: Set<string>): boolean {
  const { path: source, stats } = candidate;
  const target = path.join(folder, source);
  for (let parent = path.dirname(source); parent !== '/' && !folders.has(parent); parent = path.dirname(parent)) {
    folders.add(parent);
  }
  mkdirSync(path.dirname(target), { recursive: true });
  try {
    if (stats.isSymbolicLink()) {
      symlinkSync(readlinkSync(source), target);
      lutimesSync(target, stats.atime, stats.mtime);
    } else {
      copyFileSync(source, target);
      chmodSync(target, stats.mode & 0o777);
      utimesSync(target, stats.atime, stats.mtime);
    }
    return true;
  } catch (error) {
    if (isUnavailable(error)) return false;
    throw error;
  }
}

function isUnavailable(error: unknown): boolean {
  return ['ENOENT', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '');
}
