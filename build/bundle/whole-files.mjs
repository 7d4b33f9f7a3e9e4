/**
 * Electron's node:fs shows a file named *.asar as a folder of what is packed in it. The program itself lies in such a
 * file and needs that; what people back up and restore must be read and written as it lies on the disk. So the rooms that
 * touch people's files get `original-fs` where Electron runs them, and node:fs elsewhere
 * (electronjs.org/docs/latest/tutorial/asar-archives, "Treating an asar archive as a normal file").
 */
import fs from 'node:fs';
import promises from 'node:fs/promises';
import path from 'node:path';
import { root } from '../tools.mjs';

const ROOMS = /^main\/(engine|destinations|jobs|cli|keys)\//;

/** Reads chunker.wasm, which lies beside the program. */
const READS_ITS_OWN = new Set(['main/engine/pipeline/chunker/chunker.ts']);

/** Old names of constants, which say so when they are looked at. */
const OUTWORN = /^[FRWX]_OK$/;

/** A module that exports all names of node:fs, or of node:fs/promises. */
function shim(module) {
  const [own, inside] = module === 'node:fs' ? [fs, ''] : [promises, '.promises'];
  const names = Object.keys(own).filter((name) => !OUTWORN.test(name) && name !== 'default');
  return [
    `const whole = process.versions.electron === undefined ? require('${module}') : require('original-fs')${inside};`,
    'export default whole;',
    `export const { ${names.join(', ')} } = whole;`,
  ].join('\n');
}

export const wholeFiles = {
  name: 'whole-files',
  setup(build) {
    build.onResolve({ filter: /^(node:)?fs(\/promises)?$/ }, ({ path: wanted, importer, namespace }) => {
      if (namespace !== 'file') return undefined;
      const file = path.relative(root, importer).replaceAll(path.sep, '/');
      if (!ROOMS.test(file) || READS_ITS_OWN.has(file)) return undefined;
      return { path: `node:${wanted.replace('node:', '')}`, namespace: 'whole-files' };
    });
    build.onLoad({ filter: /.*/, namespace: 'whole-files' }, ({ path: module }) => ({
      contents: shim(module),
      loader: 'js',
    }));
  },
};
