/** `holdfast destination`: the places that this computer knows by a name, testing one, signing in to one. */
import { randomBytes } from 'node:crypto';
import { placeText, type DestinationPlace } from '../destinations/spec.ts';
import { makeGoogleFolder, sftpHostKey, signInToGoogle, signOutOfGoogle } from '../destinations/connect.ts';
import { openDestination, WHILE_WATCHED } from '../destinations/open.ts';
import { testDestination } from '../destinations/test-destination.ts';
import { HoldfastError, toHoldfastError } from '../errors.ts';
import { kindName } from '../jobs/destination-words.ts';
import { BACKUP_FOLDER } from '../jobs/place-forms.ts';
import type { Run } from './commands.ts';
import { askedCredentials, credentialsFromEnvironment, credentialsFromFile, fitting } from './credentials.ts';
import { english } from '../text.ts';
import { destinationOf, type DestinationOptions } from './destination-of.ts';
import {
  forgetDestination,
  keepDestination,
  keptCredentials,
  knownDestination,
  knownDestinations,
  type KnownDestination,
} from './known-destinations.ts';
import { Exit, oneLine } from './output.ts';
import { placeOf } from './place.ts';

export async function destinationListCommand(run: Run): Promise<number> {
  const known = await knownDestinations();
  run.output.result(
    { destinations: known.map(({ id: _, ...rest }) => rest) },
    known.length === 0
      ? 'This computer knows no destination yet. Add one: holdfast destination add NAME ADDRESS.'
      : known
          .map(({ name, place, by }) =>
            [
              `@${oneLine(name)}`.padEnd(24),
              kindName(place).padEnd(16),
              oneLine(placeText(place)),
              by === 'app' ? '(app)' : '',
            ]
              .join('  ')
              .trimEnd(),
          )
          .join('\n'),
  );
  return Exit.done;
}

export async function destinationAddCommand(
  name: string,
  address: string,
  options: { credentials?: string | undefined },
  run: Run,
): Promise<number> {
  const id = randomBytes(8).toString('hex');
  const added = /^gdrive:/i.test(address)
    ? await signedIn(address.slice('gdrive:'.length), options, run)
    : await given(placeOf(address), options.credentials);
  await keepDestination({ id, name, place: added.place }, added.credentials);
  run.output.result(
    { name, place: added.place },
    `@${name} is ${placeText(added.place)}.${added.credentials === null ? '' : ' What opens it is in this computer’s keychain.'}\nTry it: holdfast destination test --repo "@${name}"`,
  );
  return Exit.done;
}

async function given(place: DestinationPlace, file: string | undefined) {
  const found = file === undefined ? credentialsFromEnvironment(place) : await credentialsFromFile(file);
  return { place, credentials: fitting(place, found ?? (await askedCredentials(place))) };
}

/** Signs in to Google in a browser of this computer, and makes the folder. */
async function signedIn(folder: string, options: { credentials?: string | undefined }, run: Run) {
  const client = await ownClient(options);
  const abort = new AbortController();
  // Asked four times a second: the browser may be left open for minutes, and Ctrl-C must end it.
  const watch = setInterval(() => {
    if (run.control.state === 'stopped')
      abort.abort(new HoldfastError('stopped', 'The sign-in was stopped.', 'Nothing was changed.'));
  }, 250);
  try {
    const { account, credentials } = await signInToGoogle({
      client,
      signal: abort.signal,
      openUrl: async (url) => run.output.warn(`Open this page in a browser of this computer and sign in:\n\n${url}\n`),
    });
    const place = await makeGoogleFolder(credentials, account, folder.trim() || BACKUP_FOLDER, null);
    return { place, credentials };
  } finally {
    clearInterval(watch);
  }
}

async function ownClient(options: { credentials?: string | undefined }) {
  if (options.credentials === undefined) {
    const clientId = process.env['HOLDFAST_GOOGLE_CLIENT_ID'] ?? '';
    if (clientId === '') return null;
    return { clientId, clientSecret: process.env['HOLDFAST_GOOGLE_CLIENT_SECRET'] ?? '' };
  }
  const found = await credentialsFromFile(options.credentials);
  if (found.kind !== 'google-drive')
    throw new HoldfastError('bad-input', 'That is no Google client.', 'Name its file.');
  return { clientId: found.clientId, clientSecret: found.clientSecret };
}

export async function destinationRemoveCommand(name: string, run: Run): Promise<number> {
  const removed = await knownDestination(name);
  const kept = removed.place.kind === 'google-drive' ? await keptCredentials(removed.id) : null;
  const others = sharingConsent(removed, await knownDestinations());
  await forgetDestination(name);
  if (kept?.kind === 'google-drive' && others.length === 0) {
    // The consent is of no use to anybody then; a network that is away must not keep the name alive.
    await signOutOfGoogle(kept).catch((error: unknown) => {
      run.output.warn(
        `Google was not told: ${toHoldfastError(error).message} Remove Holdfast in your Google account’s security settings.`,
      );
    });
  }
  const stays =
    others.length === 0
      ? ''
      : ` The permission at Google stays: ${others.map((one) => `@${oneLine(one.name)}`).join(', ')} needs it.`;
  run.output.result({ name }, `@${name} and what opened it are forgotten. The backup there was not touched.${stays}`);
  return Exit.done;
}

/**
 * Other destinations, the app's too, that stop working when the consent of this one is withdrawn: at Google it is one for
 * an account and a client, however often the person has signed in.
 */
export function sharingConsent(removed: KnownDestination, all: readonly KnownDestination[]): KnownDestination[] {
  const of = ({ place }: KnownDestination): string | null =>
    place.kind === 'google-drive' ? JSON.stringify([place.account.toLowerCase(), place.clientId]) : null;
  const consent = of(removed);
  return consent === null ? [] : all.filter((one) => one.id !== removed.id && of(one) === consent);
}

export async function destinationTestCommand(options: DestinationOptions, run: Run): Promise<number> {
  const destination = await openDestination(await destinationOf(options), { patience: WHILE_WATCHED });
  try {
    const found = await testDestination(destination);
    const lines = found.checks.map(({ ok, label, detail }) => `${ok ? 'ok  ' : 'FAIL'}  ${label}: ${detail}`);
    run.output.result(
      found,
      [
        ...lines,
        ...found.warnings.map(english),
        found.ok ? 'Everything works.' : 'Not everything works: see above.',
      ].join('\n'),
    );
    return found.ok ? Exit.done : Exit.failed;
  } finally {
    await destination.close();
  }
}

export async function hostKeyCommand(host: string, options: { port: number }, run: Run): Promise<number> {
  const { hostKey, type } = await sftpHostKey(host, options.port);
  run.output.result(
    { hostKey, type },
    `${hostKey} (${type})\nCompare it with the server’s own, on the server: ssh-keygen -lf /etc/ssh/ssh_host_${type.replace(/^ssh-/, '').replace(/-.*$/, '')}_key.pub`,
  );
  return Exit.done;
}
