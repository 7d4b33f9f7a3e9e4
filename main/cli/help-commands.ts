/** `holdfast completion` and `holdfast man`: made of the very tree that reads the command line. */
import type { Command } from 'commander';
import { TOOL_VERSION } from '../engine/version.ts';
import { bashCompletion } from './help/bash.ts';
import { describe, type DescribedCommand } from './help/described.ts';
import { fishCompletion } from './help/fish.ts';
import { manualPage, type ManualSection } from './help/manual.ts';
import { zshCompletion } from './help/zsh.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

const COMPLETIONS: Record<Shell, (program: DescribedCommand) => string> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

export const completionText = (program: Command, shell: Shell): string => COMPLETIONS[shell](describe(program));

/** When the words below were last looked at. */
const DATE = '2026-11-26';

const SECTIONS: ManualSection[] = [
  {
    title: 'exit status',
    entries: [
      { tag: '0', text: 'Done.' },
      { tag: '1', text: 'Failed; the message says what happened, that nothing was lost, and what to do.' },
      { tag: '3', text: 'Done, with items that could not be taken or restored; each is named.' },
      { tag: '4', text: 'Refused by the key vault: a wrong password, or not now.' },
      { tag: '130', text: 'Stopped; the next run goes on from there.' },
    ],
  },
  {
    title: 'environment',
    entries: [
      { tag: 'HOLDFAST_HOME', text: 'Folder for the files of this computer: identity, cache, capability.' },
      { tag: 'AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN', text: 'What opens an S3 destination.' },
      { tag: 'HOLDFAST_WEBDAV_PASSWORD', text: 'What opens a WebDAV destination.' },
      {
        tag: 'HOLDFAST_SFTP_PASSWORD, HOLDFAST_SFTP_KEY_FILE, HOLDFAST_SFTP_PASSPHRASE',
        text: 'What opens an SFTP destination.',
      },
      {
        tag: 'HOLDFAST_GOOGLE_REFRESH_TOKEN, HOLDFAST_GOOGLE_CLIENT_ID, HOLDFAST_GOOGLE_CLIENT_SECRET',
        text: 'What opens a Google Drive destination.',
      },
    ],
  },
];

export const manualText = (program: Command): string =>
  manualPage(describe(program), { version: TOOL_VERSION, date: DATE, sections: SECTIONS });
