/** How an unlock by password that did not open is told on the command line. */
import { HoldfastError } from '../errors.ts';
import type { Attempts, UnlockRefusal } from '../keys/vault/api.ts';

const NOT_CHANGED = 'Your 64 digits open the backup without the vault.';

/** One sentence on what happened and one on what to do. The numbers are the vault's own, signed by it. */
export function refusalError(refusal: UnlockRefusal): HoldfastError {
  switch (refusal.kind) {
    case 'wrong-password':
      return refused(
        refusal.attempts.left === 0
          ? 'That’s not it. It was the last try: the vault destroys its copy of your key now, and nobody can bring it back.'
          : `That’s not it. ${triesText(refusal.attempts)} left before the vault destroys its copy.`,
        refusal.attempts.left === 0
          ? 'A computer that is still unlocked, or your 64 digits, can set up a password anew.'
          : `${waitSentence(refusal.attempts.waitMs)}${NOT_CHANGED}`,
        countsOf(refusal.kind, refusal.attempts),
      );
    case 'delayed':
      return refused(
        `The vault takes the next try in ${waitText(refusal.attempts.waitMs)}.`,
        `This try did not count; ${triesText(refusal.attempts)} left. ${NOT_CHANGED}`,
        countsOf(refusal.kind, refusal.attempts),
      );
    case 'destroyed':
      return refused(
        refusal.byOwner
          ? 'The password of this backup was turned off by its owner.'
          : 'After too many wrong passwords the vault has destroyed its copy of your key. Nobody can bring it back.',
        'A computer that is still unlocked, or your 64 digits, can set up a password anew.',
        refusal.kind,
      );
    case 'frozen':
      return refused(
        `The password is frozen for computers that the vault does not know, for ${waitText(refusal.untilMs)} more.`,
        `Unfreeze it with the key: holdfast vault unfreeze. This try did not count. ${NOT_CHANGED}`,
        refusal.kind,
      );
    case 'suspended':
      return refused(
        'There were 100 wrong passwords in all, and the vault takes no more of them.',
        'Clear them with the key: holdfast vault clear --key-file F. This try did not count.',
        refusal.kind,
      );
    case 'unknown-record':
      return refused(
        'The key vault says that it holds nothing for this backup. That it cannot prove.',
        'Use your 64 digits (--key-file). This try did not count.',
        refusal.kind,
      );
    case 'unreachable': {
      const { error, charged } = refusal;
      const counted =
        charged === false ? 'Nothing was sent, so no try was spent.' : 'We can’t tell whether that try counted.';
      return new HoldfastError(error.code, error.message, `${counted} ${error.guidance}`, detailOf(error));
    }
    case 'not-the-vault':
      return refusal.error;
  }
}

const refused = (message: string, guidance: string, detail: string): HoldfastError =>
  new HoldfastError('vault-refused', message, guidance, { detail });

const detailOf = ({ detail }: HoldfastError): { detail?: string } => (detail === undefined ? {} : { detail });

/** For the log and for programs. */
const countsOf = (kind: string, { used, limit, waitMs }: Attempts): string =>
  `${kind}, used ${used} of ${limit}, next in ${waitMs} ms`;

const triesText = ({ left }: Attempts): string => (left === 1 ? '1 try is' : `${left} tries are`);

const waitSentence = (ms: number): string => (ms > 0 ? `The vault takes the next try in ${waitText(ms)}. ` : '');

/** A time to wait, rounded up: "40 seconds", "15 minutes", "3 hours", "7 days". */
export function waitText(ms: number): string {
  const of = (size: number, name: string): string => {
    const count = Math.max(1, Math.ceil(ms / size));
    return `${count} ${name}${count === 1 ? '' : 's'}`;
  };
  if (ms <= 90_000) return of(1_000, 'second');
  if (ms <= 90 * 60_000) return of(60_000, 'minute');
  if (ms <= 36 * 3_600_000) return of(3_600_000, 'hour');
  return of(86_400_000, 'day');
}
