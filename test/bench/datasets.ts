/**
 * The data sets. Each is built once into a folder of its own and used again as long as its parameters are the same and
 * no run was interrupted while it was changed.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildIncompressible, buildMixed, buildTiny } from './generated.ts';
import { copySystemFiles } from './system-files.ts';
import type { SetFacts, SetName } from './types.ts';
import { treeSize } from './walk.ts';

export interface SetSizes {
  /** A: bytes in all, spread over 8 files. */
  incompressibleBytes: number;
  /** B: at most so many files and bytes. */
  systemFiles: number;
  systemBytes: number;
  /** C: 1 is about 1.5 GB. */
  mixedScale: number;
  /** E: number of files. */
  tinyFiles: number;
}

export const FULL_SIZES: SetSizes = {
  incompressibleBytes: 2 * 2 ** 30,
  systemFiles: 65_000,
  systemBytes: 1.5 * 2 ** 30,
  mixedScale: 1,
  tinyFiles: 200_000,
};

export const QUICK_SIZES: SetSizes = {
  incompressibleBytes: 512 * 2 ** 20,
  systemFiles: 10_000,
  systemBytes: 256 * 2 ** 20,
  mixedScale: 0.2,
  tinyFiles: 20_000,
};

interface Recipe {
  description: string;
  /** Whatever changes the outcome; a folder built from other parameters is thrown away. */
  parameters: (sizes: SetSizes) => unknown;
  build: (folder: string, sizes: SetSizes) => void;
}

const RECIPES: Record<SetName, Recipe> = {
  A: {
    description: 'incompressible, 8 files',
    parameters: (sizes) => sizes.incompressibleBytes,
    build: (folder, sizes) => buildIncompressible(folder, sizes.incompressibleBytes),
  },
  B: {
    description: 'real files of this system',
    parameters: (sizes) => [sizes.systemFiles, sizes.systemBytes],
    build: (folder, sizes) => copySystemFiles(folder, sizes.systemFiles, sizes.systemBytes),
  },
  C: {
    description: 'photos, videos, logs, copies',
    parameters: (sizes) => sizes.mixedScale,
    build: (folder, sizes) => buildMixed(folder, sizes.mixedScale),
  },
  E: {
    description: 'tiny files',
    parameters: (sizes) => sizes.tinyFiles,
    build: (folder, sizes) => buildTiny(folder, sizes.tinyFiles),
  },
};

/** A built data set. */
export interface DataSet extends SetFacts {
  folder: string;
  /** Exists while the set is not in its first state; whoever finds it builds the set anew. */
  dirtyMark: string;
}

/**
 * Makes sure that a data set is there.
 *
 * @param dataFolder folder that holds all sets
 * @param onBuild called before a set is built, because that takes a while
 */
export function prepareSet(name: SetName, sizes: SetSizes, dataFolder: string, onBuild: () => void): DataSet {
  const recipe = RECIPES[name];
  const folder = path.join(dataFolder, name);
  const recordFile = path.join(dataFolder, `${name}.json`);
  const dirtyMark = path.join(dataFolder, `${name}.dirty`);
  const wanted = JSON.stringify(recipe.parameters(sizes));
  if (!isCurrent(recordFile, wanted) || existsSync(dirtyMark) || !existsSync(folder)) {
    onBuild();
    rmSync(recordFile, { force: true });
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    recipe.build(folder, sizes);
    rmSync(dirtyMark, { force: true });
    writeFileSync(recordFile, wanted);
  }
  return { name, description: recipe.description, ...treeSize(folder), folder, dirtyMark };
}

function isCurrent(recordFile: string, wanted: string): boolean {
  return existsSync(recordFile) && readFileSync(recordFile, 'utf8') === wanted;
}

/** True where making and removing so many files is a burden of its own. */
export function hasManyFiles(name: SetName): boolean {
  return name === 'B' || name === 'E';
}

/** Upper bound of the bytes that a set will take, to see beforehand whether there is room. */
export function plannedBytes(name: SetName, sizes: SetSizes): number {
  if (name === 'A') return sizes.incompressibleBytes;
  if (name === 'B') return sizes.systemBytes * 1.2;
  if (name === 'C') return sizes.mixedScale * 1.7e9;
  return sizes.tinyFiles * 4096;
}
