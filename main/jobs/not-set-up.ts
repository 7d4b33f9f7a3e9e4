/** The answer to whatever needs a plan before there is one. */
import { HoldfastError } from '../errors.ts';

export function notSetUp(): HoldfastError {
  return new HoldfastError(
    'bad-input',
    'Backups are not set up on this computer yet.',
    'Set up a backup first. Nothing was changed.',
    { severity: 'notice' },
  );
}
