/** The text of a report: what a person sees, copies and saves is what lies on the disk, and all of it. */
import type { FaultPlace } from '../../ipc/services.ts';
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

const PLACE: Record<FaultPlace, string> = {
  program: 'in the program',
  engine: 'in the engine',
  window: 'in the window',
  process: 'of one of its processes',
  end: 'at its end',
};

/** The first line of a report, without the words before it. */
export function faultTitle(place: FaultPlace, { name, code }: Pick<Scrubbed, 'name' | 'code'>): string {
  if (place === 'end') return 'Holdfast ended without a word';
  if (place === 'process') return `A process ended: ${name}`;
  return `${name}${code === null ? '' : ` ${code}`} ${PLACE[place]}`;
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
