/** The window's words: Lingui's macros, found for the catalogs and compiled on the way into the page. */
import { extractor as babelExtractor } from '@lingui/cli/api';
import linguiMacros from '@lingui/babel-plugin-lingui-macro';
import { transformAsync, version } from '@babel/core';
import path from 'node:path';
import { readJson, root, sha256, stampFolder, writeJson } from '../tools.mjs';

const MACRO = /from '@lingui\/(core|react)\/macro'/;
const FILE = /\/renderer\/.*\.tsx?$/;

/** Of what compiles them: another version may compile them otherwise. */
const linguiPackage = path.join(root, 'node_modules', '@lingui', 'babel-plugin-lingui-macro', 'package.json');
const versions = `${version} ${readJson(linguiPackage)?.version}`;

const unix = (file) => file.replaceAll('\\', '/');

/** @type {import('@lingui/conf').ExtractorType} */
export const windowExtractor = {
  match: (file) => FILE.test(unix(file)),
  extract: async (file, code, found, context) =>
    MACRO.test(code) ? await babelExtractor.extract(file, code, found, context) : undefined,
};

/**
 * For Vite: compiles the macros of files that have some, and nothing else. The English sentence stays beside its id, so
 * that English needs no catalog and a sentence that is not translated yet is still one.
 */
export function linguiMacro() {
  return {
    name: 'lingui-macro',
    enforce: 'pre',
    transform: {
      filter: { id: /\/renderer\/[^?]*\.tsx?$/, code: MACRO },
      async handler(code, id) {
        const kept = path.join(stampFolder, 'macros', sha256(`${versions} ${id} ${code}`));
        const before = readJson(kept);
        if (before !== null) return before;
        const { code: made, map } = await transformAsync(code, {
          filename: id,
          babelrc: false,
          configFile: false,
          sourceMaps: true,
          parserOpts: { plugins: ['typescript', ...(id.endsWith('x') ? ['jsx'] : [])] },
          generatorOpts: { importAttributesKeyword: 'with' },
          plugins: [[linguiMacros, { stripMessageField: false }]],
        });
        await writeJson(kept, { code: made, map });
        return { code: made, map };
      },
    },
  };
}
