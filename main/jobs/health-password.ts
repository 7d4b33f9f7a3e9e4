/** The health of a backup that a password guards: whether the vault still opens it, and who tried to. */
import { plural, text, type Text } from '../text.ts';
import { say } from '../words/say.ts';
import type { Health, HealthFacts, VaultHealth } from './health-facts.ts';
import { daysAgo, dayWords } from './moment-words.ts';

/** What the vault tells; null where the password is as it should be. */
export function passwordHealth(facts: HealthFacts): Health | null {
  return passwordGone(facts) ?? wrongTries(facts) ?? embeddedVault(facts);
}

const NEW_PASSWORD = text`Unlock with your 64 digits and set a new password under Protection.`;

const GONE: Record<NonNullable<VaultHealth['ended']>, { title: Text; why: Text; todo: Text }> = {
  destroyed: {
    title: text`Your password no longer opens this backup`,
    why: text`The vault destroyed its copy of the key after too many wrong passwords.`,
    todo: NEW_PASSWORD,
  },
  'destroyed-by-owner': {
    title: text`Your password was turned off elsewhere`,
    why: text`The vault’s copy of the key was destroyed from a computer that was unlocked.`,
    todo: NEW_PASSWORD,
  },
  suspended: {
    title: text`The vault has stopped taking your password`,
    why: text`It has counted 100 wrong ones over the years.`,
    todo: text`Unlock with your 64 digits and tell the vault to go on under Protection.`,
  },
  unknown: {
    title: text`The vault says that it doesn’t know this backup`,
    why: text`It can’t prove that, and your password may still be good.`,
    todo: text`Ask whoever runs the vault. If it stays so, unlock with your 64 digits and set a new password under Protection.`,
  },
};

function passwordGone({ vault }: HealthFacts): Health | null {
  if (vault?.ended == null) return null;
  const { title, why, todo } = GONE[vault.ended];
  return {
    state: 'at-risk',
    cause: 'password-gone',
    word: say('At risk'),
    title: say(title),
    line: `${say(why)} ${say(todo)} ${say('What is stored is safe.')}`,
  };
}

function wrongTries({ vault, nowMs }: HealthFacts): Health | null {
  if (vault?.unseen == null) return null;
  const { count, since } = vault.unseen;
  return {
    state: vault.embedded ? 'at-risk' : 'attention',
    cause: 'wrong-tries',
    word: vault.embedded ? say('At risk') : say('Attention'),
    title: wrongTriesTitle(count, since, nowMs),
    line: say('If that was not you, see under Protection where they came from, and refuse unknown computers.'),
  };
}

function wrongTriesTitle(count: number, since: number, nowMs: number): string {
  return daysAgo(since, nowMs) <= 0
    ? say(text`${plural(count, { one: '# wrong try', other: '# wrong tries' })} at your password today`)
    : say(
        text`${plural(count, { one: '# wrong try', other: '# wrong tries' })} at your password since ${dayWords(since, nowMs)}`,
      );
}

function embeddedVault({ vault }: HealthFacts): Health | null {
  if (vault?.embedded !== true) return null;
  return {
    state: 'at-risk',
    cause: 'embedded-vault',
    word: say('At risk'),
    title: say('This password works only on this computer'),
    line: say(
      'Its vault is for trying out and is lost together with this computer. Keep the 64-digit kit: it opens the backup anywhere.',
    ),
  };
}
