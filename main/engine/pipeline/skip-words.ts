/** The sentences for items that a run could not take. */
import type { Skipped } from '../api.ts';
import { displayPath } from '../format/byte-path.ts';
import type { SkippedEntry } from './messages.ts';

const WORDS: Record<SkippedEntry['reason'], { message: string; guidance: string }> = {
  denied: {
    message: 'Holdfast may not read this.',
    guidance: 'Give yourself the right to read it, or leave it out with an exclude.',
  },
  vanished: {
    message: 'It was gone before it could be read.',
    guidance: 'Nothing to do if you deleted it. The next backup looks again.',
  },
  changed: {
    message: 'It changed while it was read, twice.',
    guidance: 'What was read is kept, but may mix old and new. Close the program that writes it and back up again.',
  },
  'in-use': {
    message: 'Another program keeps it to itself.',
    guidance: 'Close that program and back up again. The next backup tries again by itself.',
  },
  away: {
    message: 'The drive or server that it lies on does not answer.',
    guidance: 'Connect it and back up again. Earlier snapshots keep what they have.',
  },
  'io-error': {
    message: 'The disk could not read this.',
    guidance: 'Check the disk. Earlier snapshots may hold the file whole.',
  },
  unsupported: {
    message: 'This is not a kind of file that can be backed up.',
    guidance: 'Nothing to do: it holds no content.',
  },
  attributes: {
    message: 'It is kept, but some of its attributes could not be read.',
    guidance: 'Its contents are complete. Run Holdfast as the owner to keep these attributes too.',
  },
  'destination-inside': {
    message: 'This is where the backup itself is kept.',
    guidance: 'Nothing to do: backing it up into itself would never end.',
  },
  other: { message: 'It was left out.', guidance: 'See the log for details.' },
};

export function toSkipped(entry: SkippedEntry): Skipped {
  const words = WORDS[entry.reason];
  return {
    path: displayPath(entry.path),
    reason: entry.reason,
    message: entry.detail === '' ? words.message : `${words.message} (${entry.detail})`,
    guidance: words.guidance,
  };
}
