/** The health of the places that backups go to: whether they are there, let this computer in, and are up to date. */
import { plural, text } from '../text.ts';
import { listed, say } from '../words/say.ts';
import { AT_RISK_AFTER_MS, type DestinationHealth, type Health, type HealthFacts } from './health-facts.ts';

/** What is wrong with the places that backups go to; null where nothing is. */
export function placesHealth(facts: HealthFacts): Health | null {
  const base = { state: 'attention', word: say('Attention') } as const;
  const { destinations } = facts;
  const signIn = destinations.find(({ presence }) => presence === 'sign-in');
  if (signIn !== undefined) {
    return {
      ...base,
      cause: 'sign-in',
      title: say(text`Sign in to ${signIn.name} again`),
      line:
        destinations.length > 1
          ? say(
              'It no longer accepts this computer’s sign-in. What is stored there is safe, and backups to the other places go on.',
            )
          : say('It no longer accepts this computer’s sign-in. What is stored there is safe.'),
    };
  }
  if (allAway(facts)) {
    return {
      ...base,
      cause: 'away',
      title:
        destinations.length === 1
          ? say(text`${namesOf(destinations, 'and')} isn’t connected`)
          : say(text`${namesOf(destinations, 'and')} aren’t connected`),
      line: connectLine(destinations.length === 1, facts.next == null),
    };
  }
  const broken = destinations.find(({ presence }) => presence === 'error');
  if (broken !== undefined) {
    return {
      ...base,
      cause: 'unusable',
      title: say(text`${broken.name} can’t be used`),
      line: broken.message || (facts.lastErrorMessage ?? say('Test the destination in Settings to see why.')),
    };
  }
  const stale = destinations.find(
    ({ completeMs }) => completeMs !== null && facts.nowMs - completeMs >= AT_RISK_AFTER_MS,
  );
  if (stale?.completeMs != null && destinations.length > 1) {
    return {
      ...base,
      cause: 'stale-place',
      title: say(
        text`${stale.name} has had no backup for ${plural(Math.floor((facts.nowMs - stale.completeMs) / 86_400_000), {
          one: '# day',
          other: '# days',
        })}`,
      ),
      line:
        destinations.length === 2
          ? say('Connect it, and it catches up by itself. Your files are safe at the other place.')
          : say('Connect it, and it catches up by itself. Your files are safe at the other places.'),
    };
  }
  return null;
}

function connectLine(one: boolean, byHand: boolean): string {
  if (one) {
    return byHand
      ? say('Connect it and press Back up now. What is stored there is safe.')
      : say('Connect it: backups then go on by themselves. What is stored there is safe.');
  }
  return byHand
    ? say('Connect one of them and press Back up now. What is stored there is safe.')
    : say('Connect one of them: backups then go on by themselves. What is stored there is safe.');
}

/** Nothing can be stored anywhere, and nothing is wrong with any of them. */
export function allAway({ destinations }: HealthFacts): boolean {
  return destinations.length > 0 && destinations.every(({ presence }) => presence === 'away');
}

/** "Disk", "Disk and NAS", "Disk, NAS and Drive". */
export function namesOf(destinations: readonly DestinationHealth[], word: 'and' | 'or'): string {
  return listed(
    destinations.map(({ name }) => name),
    word,
  );
}
