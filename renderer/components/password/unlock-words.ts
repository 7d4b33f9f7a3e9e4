/** What the pages say on top while a password is asked for, by what is left; and whether anything is. */
import { plural, t } from '@lingui/core/macro';
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
      title:
        tries.left === 1
          ? t`One try left`
          : plural(tries.left, { one: '# try left. Stop and think.', other: '# tries left. Stop and think.' }),
      line:
        tries.left === 1
          ? t`If this one is wrong, the vault destroys its copy of your key at once, for good.`
          : tries.left === 2
            ? t`After two more wrong ones, the vault destroys its copy of your key for good.`
            : tries.left === 3
              ? t`After three more wrong ones, the vault destroys its copy of your key for good.`
              : plural(tries.left, {
                  one: 'After # more wrong one, the vault destroys its copy of your key for good.',
                  other: 'After # more wrong ones, the vault destroys its copy of your key for good.',
                }),
    };
  }
  if (waiting) {
    return {
      title: t`The vault asks for a pause`,
      line: t`After several wrong passwords it makes everybody wait, so that nobody guesses in a hurry.`,
    };
  }
  return {
    title: t`Type your password`,
    line:
      tries === null
        ? t`The vault checks it without ever seeing it. Ten wrong ones in a row, and it destroys its copy of your key.`
        : t`The vault checks it without ever seeing it. ${plural(tries.limit, {
            one: '# wrong one',
            other: '# wrong ones',
          })} in a row, and it destroys its copy of your key.`,
  };
}
