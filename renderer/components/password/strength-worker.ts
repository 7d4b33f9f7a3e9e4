/**
 * How guessable a password is, by zxcvbn-ts. In a worker of its own, because its dictionaries take a moment to load and
 * an estimate may take longer than a key press; what it is given never leaves it.
 */
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import * as common from '@zxcvbn-ts/language-common';
import * as english from '@zxcvbn-ts/language-en';
import type { StrengthAnswer, StrengthQuestion } from './strength.ts';

/** Warnings by their names: the page says them in its own words and language. */
const { warnings, ...rest } = english.translations;
const names = Object.fromEntries(Object.keys(warnings).map((name) => [name, name])) as typeof warnings;

const zxcvbn = new ZxcvbnFactory({
  dictionary: { ...common.dictionary, ...english.dictionary },
  graphs: common.adjacencyGraphs,
  translations: { ...rest, warnings: names },
});

self.addEventListener('message', ({ data }: MessageEvent<StrengthQuestion>) => {
  const { score, guessesLog10, feedback } = zxcvbn.check(data.password, data.known);
  const answer: StrengthAnswer = { id: data.id, score, guessesLog10, warning: feedback.warning ?? '' };
  self.postMessage(answer);
});
