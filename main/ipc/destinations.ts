/** `destinations`: choosing, testing, adding and keeping the places that backups go to. */
import { folderOf, type DestinationPlace } from '../destinations/spec.ts';
import { HoldfastError } from '../errors.ts';
import type { Copies } from '../jobs/copies.ts';
import { checkDestination } from '../jobs/destination-status.ts';
import { placeNameOf } from '../jobs/destination-words.ts';
import type { Destinations } from '../jobs/destinations.ts';
import type { GoogleSignIns } from '../jobs/google-sign-in.ts';
import { folderPlace, offers, s3Place, sftpPlace, syncedOffer, webDavPlace, webDavUrl } from '../jobs/place-forms.ts';
import { googleFolders, makeGoogleFolder, sftpHostKey, webDavCertificate, type GoogleSignIn } from '../jobs/ports.ts';
import type { JobRunner } from '../jobs/runner.ts';
import type { Capabilities } from './capabilities.ts';
import type { Handlers } from './dispatch.ts';
import type { Drafts } from './drafts.ts';
import type { Desktop, Dialogs, SetUp, StateSource } from './services.ts';
import { say } from '../words/say.ts';

export interface DestinationParts {
  destinations: Destinations;
  copies: Copies;
  runner: JobRunner;
  signIns: GoogleSignIns;
  drafts: Drafts;
  capabilities: Capabilities;
  dialogs: Dialogs;
  desktop: Desktop;
  setUp: Pick<SetUp, 'consider'>;
  state: StateSource;
  /** What the plan protects, or would. */
  sources: () => readonly string[];
}

export function destinationHandlers(parts: DestinationParts): Handlers['destinations'] {
  return { ...choosing(parts), ...google(parts), ...keeping(parts) };
}

type Choosing =
  | 'offers'
  | 'chooseFolder'
  | 'syncedFolder'
  | 's3'
  | 'webDavCertificate'
  | 'webDav'
  | 'sftpHostKey'
  | 'chooseKeyFile'
  | 'sftp';

function choosing({ drafts, dialogs, capabilities }: DestinationParts): Pick<Handlers['destinations'], Choosing> {
  return {
    offers: async () => {
      const found = await offers();
      const s3 = found.s3.map((preset) => ({
        ...preset,
        regions: [...preset.regions],
        storageClasses: [...preset.storageClasses],
      }));
      return { ...found, s3 };
    },
    chooseFolder: async () => {
      const folder = await dialogs.chooseFolder(
        say('Where are your backups, or where should they go?'),
        say('Use this folder'),
      );
      return folder === null ? null : drafts.give(await folderPlace(folder));
    },
    syncedFolder: async ({ service, path }) => drafts.give(await syncedOffer(service, path)),
    s3: async ({ preset: _, ...form }) => drafts.give(s3Place(form)),
    webDavCertificate: async ({ url }) => await webDavCertificate(webDavUrl(url)),
    webDav: async (form) => drafts.give(webDavPlace(form)),
    sftpHostKey: async ({ host, port }) => await sftpHostKey(host.trim(), port),
    chooseKeyFile: async () => {
      const file = await dialogs.chooseFile(say('Which private key opens the server?'), say('Use this key'));
      return file === null ? null : capabilities.place(file);
    },
    sftp: async ({ login, ...form }) =>
      drafts.give(
        sftpPlace({
          ...form,
          login: login.by === 'key' ? { ...login, keyFile: capabilities.path(login.keyFile) } : login,
        }),
      ),
  };
}

type Google = 'googleSignIn' | 'googleOpenAgain' | 'googleCopyLink' | 'googleCancel' | 'googleFolders' | 'googlePlace';

function google(parts: DestinationParts): Pick<Handlers['destinations'], Google> {
  const { signIns, drafts, destinations, desktop, state } = parts;
  return {
    googleSignIn: async ({ client, destinationId }) => {
      const again = destinationId === null ? null : destinations.require(destinationId);
      const known = again?.place.kind === 'google-drive' ? again.place : null;
      const signedIn = await signIns.start(client ?? ownClient(parts, destinationId), destinationId, known?.account);
      if (again !== null) {
        await destinations.renew(again.id, signedIn.credentials);
        await state.refresh();
      }
      return shownAccount(drafts.giveAccount(signedIn), signedIn);
    },
    googleOpenAgain: async () => {
      await signIns.openAgain();
      return null;
    },
    googleCopyLink: async () => {
      await desktop.copyText(signIns.link());
      return null;
    },
    googleCancel: async () => {
      signIns.cancel();
      return null;
    },
    googleFolders: async ({ account, driveId }) => await googleFolders(drafts.account(account).credentials, driveId),
    googlePlace: async ({ account: cap, driveId, folder }) => {
      const { account, credentials } = drafts.account(cap);
      const place = await drivePlace(credentials, account, driveId, folder);
      return drafts.give({ place, credentials, name: placeNameOf(place) });
    },
  };
}

/** The OAuth client that a person brought for this destination before. */
function ownClient(parts: DestinationParts, id: string | null): { clientId: string; clientSecret: string } | null {
  if (id === null) return null;
  const { place } = parts.destinations.require(id);
  const credentials = parts.destinations.credentialsOf(id);
  if (place.kind !== 'google-drive' || place.clientId === null || credentials?.kind !== 'google-drive') return null;
  return { clientId: credentials.clientId, clientSecret: credentials.clientSecret };
}

async function drivePlace(
  credentials: GoogleSignIn['credentials'],
  account: string,
  driveId: string | null,
  folder: { id: string } | { newName: string },
): Promise<DestinationPlace> {
  if ('newName' in folder) return await makeGoogleFolder(credentials, account, folder.newName.trim(), driveId);
  const found = (await googleFolders(credentials, driveId)).find(({ id }) => id === folder.id);
  if (found === undefined) {
    throw new HoldfastError('destination-missing', 'That folder is not in the Drive any more.', 'Choose another one.');
  }
  const { clientId } = credentials;
  return { kind: 'google-drive', folderId: found.id, folderName: found.name, driveId, account, clientId };
}

function shownAccount(cap: string, signedIn: GoogleSignIn) {
  const { account, freeBytes, totalBytes, sharedDrives } = signedIn;
  return { cap, account, freeBytes, totalBytes, sharedDrives };
}

type Keeping = 'test' | 'add' | 'remove' | 'catchUp' | 'rename' | 'setLimits' | 'renewSecret' | 'show';

function keeping(parts: DestinationParts): Pick<Handlers['destinations'], Keeping> {
  const { destinations, copies, runner, drafts, capabilities, desktop, state, setUp } = parts;
  return {
    test: async (which) => {
      if ('id' in which) {
        await destinations.load();
        return await checkDestination(destinations.spec(destinations.require(which.id)), parts.sources());
      }
      const chosen = drafts.take(which.cap);
      setUp.consider(chosen.place);
      return await checkDestination(destinations.specOf(chosen), parts.sources());
    },
    add: async ({ cap, name }) => {
      const added = await destinations.add(drafts.take(cap), name);
      await state.refresh();
      // What runs now goes on; the new place is filled by the next backup then.
      const runId = runner.active().length > 0 ? null : copies.start(added.id).runId;
      return { id: added.id, runId };
    },
    remove: async ({ id }) => {
      if (runner.active().some((kind) => kind === 'backup' || kind === 'copy')) throw running();
      await destinations.remove(id);
      await state.refresh();
      return null;
    },
    catchUp: async ({ id }) => ({ runId: copies.start(id).runId }),
    rename: async ({ id, name }) => {
      await destinations.rename(id, name);
      return null;
    },
    setLimits: async ({ id, limits }) => {
      await destinations.setLimits(id, limits);
      return null;
    },
    renewSecret: async ({ id, secret }) => {
      const { place } = destinations.require(id);
      if ('password' in secret && place.kind === 'webdav') {
        await destinations.renew(id, { kind: 'webdav', password: secret.password });
      } else if ('password' in secret && place.kind === 'sftp') {
        await destinations.renew(id, { kind: 'sftp', password: secret.password }, { ...place, login: 'password' });
      } else if ('accessKeyId' in secret && place.kind === 's3') {
        await destinations.renew(id, { kind: 's3', ...secret });
      } else if ('keyFile' in secret && place.kind === 'sftp') {
        const keyFile = capabilities.path(secret.keyFile);
        const passphrase = secret.passphrase === '' ? {} : { passphrase: secret.passphrase };
        await destinations.renew(id, { kind: 'sftp', keyFile, ...passphrase }, { ...place, login: 'key' });
      } else {
        throw new HoldfastError('bad-input', 'That does not open this kind of place.', 'Nothing was changed.');
      }
      await state.refresh();
      return null;
    },
    show: async ({ id }) => {
      const folder = folderOf(destinations.require(id).place);
      if (folder !== null) desktop.showInFolder(folder);
      return null;
    },
  };
}

function running(): HoldfastError {
  return new HoldfastError(
    'busy',
    'A backup is running.',
    'Wait until it has finished, or stop it, then remove the place. Nothing was changed.',
    { severity: 'notice' },
  );
}
