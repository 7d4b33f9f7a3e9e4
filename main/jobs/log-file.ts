/** Every run of the log as one text, for whoever is asked for help. */
import { text } from '../text.ts';
import { say } from '../words/say.ts';
import type { RunRecord } from './activity.ts';
import { runText } from './run-text.ts';

const LINE = '-'.repeat(72);

/** The text in parts, so that many long runs are never in memory at once. Runs come newest first. */
export function* logText(
  runs: readonly RunRecord[],
  facts: { computer: string; version: string; platform: string; atMs: number },
): Generator<string> {
  yield [
    say(text`Holdfast ${facts.version} on ${facts.computer} (${facts.platform})`),
    say(text`Saved: ${new Date(facts.atMs).toISOString()}`),
    '',
    say('This file holds each run with its numbers, messages, and the items that it could not take.'),
    say('It names folders, files and places. It holds no key, no password and nothing of what is in your files.'),
    '',
  ].join('\n');
  for (const run of runs) yield `${LINE}\n\n${runText(run)}\n`;
}
