/** What the pages say on top while a password is asked for, by what is left; and whether anything is. */
import type { PasswordAnswer, Tries, VaultState } from '../../../preload/contract.ts';
import { STOP_AND_THINK } from './tries.tsx';
import { ENDED } from './vault-words.ts';

export type UnlockMethod = 'password' | 'digits';

/** How the last try ended where it leaves nothing to try. A record that is said to be unknown may be tried again. */
export type Ended = Exclude<NonNullable<VaultState['ended']>, 'unknown'>;

/** @param known what was known before this try */
export function endedBy(answer: PasswordAnswer | undefined, known: VaultState['ended']): Ended | null {
  switch (answer?.kind) {
    case 'destroyed':
      return answer.byOwner ? 'destroyed-by-owner' : 'destroyed';
    case 'suspended':
      return 'suspended';
    default:
      return known === 'unknown' ? null : known;
  }
}

const NUMBERS = ['no', 'one', 'two', 'three'];

export function passwordPageWords({
  ended,
  tries,
  waiting,
}: {
  ended: Ended | null;
  tries: Tries | null;
  waiting: boolean;
}): {
  title: string;
  line: string;
} {
  if (ended !== null) return ENDED[ended];
  if (tries !== null && tries.left <= STOP_AND_THINK) {
    return {
      title: tries.left === 1 ? 'One try left' : `${tries.left} tries left. Stop and think.`,
      line:
        tries.left === 1
          ? 'If this one is wrong, the vault destroys its copy of your key at once, for good.'
          : `After ${NUMBERS[tries.left] ?? tries.left} more wrong ones, the vault destroys its copy of your key for good.`,
    };
  }
  if (waiting) {
    return {
      title: 'The vault asks for a pause',
      line: 'After several wrong passwords it makes everybody wait, so that nobody guesses in a hurry.',
    };
  }
  return {
    title: 'Type your password',
    line: `The vault checks it without ever seeing it. ${
      tries === null ? 'Ten' : tries.limit
    } wrong ones in a row, and it destroys its copy of your key.`,
  };
}
