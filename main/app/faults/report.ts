/** The text of a report: what a person sees, copies and saves is what lies on the disk, and all of it. */
import type { FaultPlace } from '../../ipc/services.ts';
import { sentence, text, type Text } from '../../text.ts';
import type { Scrubbed } from './scrub.ts';

export interface FaultFacts {
  readonly version: string;
  readonly platform: string;
  readonly arch: string;
  /** Of Electron, or null on plain Node. */
  readonly electron: string | null;
  /** Of the system, such as `6.1.0-28-amd64`; only its leading numbers are told. */
  readonly release: string;
}

/** Who says the first line of a report in another language finds it by these words. */
const IN: readonly (readonly [FaultPlace, (what: string) => Text])[] = [
  ['end', () => text`Holdfast ended without a word`],
  ['process', (what) => text`A process ended: ${what}`],
  ['program', (what) => text`${what} in the program`],
  ['engine', (what) => text`${what} in the engine`],
  ['window', (what) => text`${what} in the window`],
];

/** The first line of a report, without the words before it. */
export function faultTitle(place: FaultPlace, { name, code }: Pick<Scrubbed, 'name' | 'code'>): string {
  const what = place === 'process' || code === null ? name : `${name} ${code}`;
  return IN.find(([one]) => one === place)?.[1](what).english ?? what;
}

/** The same, from the line of a kept report: a report is English, as its reader's is, and only its title is said. */
export function titleWords(line: string): Text {
  for (const [, words] of IN) {
    const [before = '', after = ''] = words('\n').english.split('\n');
    const fits = line.startsWith(before) && line.endsWith(after) && (before !== '' || after !== '');
    const what = line.slice(before.length, line.length - after.length);
    if (fits && words(what).english === line) return words(what);
  }
  return sentence(line);
}

export function faultText(place: FaultPlace, scrubbed: Scrubbed, atMs: number, facts: FaultFacts): string {
  const { message, frames } = scrubbed;
  const system = /^\d+(?:\.\d+){0,3}/.exec(facts.release)?.[0] ?? 'unknown';
  const electron = facts.electron === null ? '' : `, Electron ${facts.electron}`;
  return [
    faultTitle(place, scrubbed),
    '',
    `When: ${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    `Holdfast: ${facts.version}${electron}`,
    `System: ${facts.platform} ${system}, ${facts.arch}`,
    ...(message === null ? [] : [`Message: ${message}`]),
    ...(frames.length === 0 ? [] : ['', 'Where:', ...frames.map((frame) => `  ${frame}`)]),
    '',
    'No names of files or people, no folders, no contents and no keys are in this report.',
    '',
  ].join('\n');
}
