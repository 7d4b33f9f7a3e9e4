/**
 * The judge of new passwords with its dictionaries, some hundred kB. In a file of its own: a chunk of the bundle that is a
 * CommonJS package and nothing else has no names to import, and its packages may come as such.
 */
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import * as common from '@zxcvbn-ts/language-common';
import * as english from '@zxcvbn-ts/language-en';

export function makeJudge(): ZxcvbnFactory {
  return new ZxcvbnFactory({
    dictionary: { ...common.dictionary, ...english.dictionary },
    graphs: common.adjacencyGraphs,
  });
}
