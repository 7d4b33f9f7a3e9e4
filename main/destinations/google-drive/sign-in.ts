/** Signing in to Google in the system's browser (RFC 8252, with PKCE of RFC 7636), and out again. */
import { createHash, randomBytes } from 'node:crypto';
import { happened, HoldfastError } from '../../errors.ts';
import { text } from '../../text.ts';
import type { GoogleSignIn, GoogleSignInOptions, OAuthClient } from '../connect-types.ts';
import type { CallOptions } from '../destination.ts';
import { Exchange } from '../remote/exchange.ts';
import { freeTraffic } from '../traffic.ts';
import { unlessAborted } from '../waiting.ts';
import { DriveClient, makeAuth, type DriveCredentials, type GoogleAuth } from './client.ts';
import { builtInClient } from './client-id.ts';
import { isStatus, toDriveError } from './drive-errors.ts';
import { googleEndpoints, type Endpoints } from './endpoints.ts';
import { Loopback, type CameBack } from './loopback.ts';
import { storageOf } from './storage.ts';

const DRIVE_SCOPE = 'https://www.googleapis.com/auth/drive.file';
/** Drive: only what this app made. The other two are for the account's address. */
const SCOPES = `${DRIVE_SCOPE} openid email`;
/** A browser window that nobody comes back from. */
const TIMEOUT_MS = 10 * 60_000;

/** For tests. */
export interface SignInSettings {
  endpoints?: Endpoints | undefined;
  timeoutMs?: number | undefined;
}

/** Resolves when the browser came back with consent. @throws as `signInToGoogle` of connect.ts */
export async function signIn(options: GoogleSignInOptions, settings: SignInSettings = {}): Promise<GoogleSignIn> {
  options.signal?.throwIfAborted();
  const given = options.client ?? builtInClient();
  const client = { clientId: given?.clientId.trim() ?? '', clientSecret: given?.clientSecret.trim() ?? '' };
  if (client.clientId === '') throw noClient();
  const endpoints = settings.endpoints ?? googleEndpoints();
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(tookTooLong()), settings.timeoutMs ?? TIMEOUT_MS);
  const signal = AbortSignal.any(options.signal === undefined ? [timeout.signal] : [timeout.signal, options.signal]);
  try {
    return await new SignIn(client, endpoints, options, signal).run();
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

/** Withdraws the consent; no error where it is withdrawn already. @throws HoldfastError `destination-*` */
export async function signOut(
  credentials: DriveCredentials,
  options: CallOptions & { endpoints?: Endpoints | undefined } = {},
): Promise<void> {
  const endpoints = options.endpoints ?? googleEndpoints();
  const auth = makeAuth(credentials, endpoints, () => options.signal);
  try {
    await accountExchange('revoke').run('other', options.signal, async (request) => {
      // In the body: the library's own call puts the token into the address.
      const data = new URLSearchParams({ token: credentials.refreshToken });
      await auth.transporter.request({ url: endpoints.revoke, method: 'POST', data, signal: request.signal });
    });
  } catch (error) {
    if (!isStatus(error, 400)) throw error;
  }
}

class SignIn {
  readonly #client: OAuthClient;
  readonly #endpoints: Endpoints;
  readonly #options: GoogleSignInOptions;
  readonly #signal: AbortSignal;
  /** 256 bits each (RFC 7636, section 7.1). */
  readonly #verifier = randomBytes(32).toString('base64url');
  readonly #state = randomBytes(32).toString('base64url');

  constructor(client: OAuthClient, endpoints: Endpoints, options: GoogleSignInOptions, signal: AbortSignal) {
    this.#client = client;
    this.#endpoints = endpoints;
    this.#options = options;
    this.#signal = signal;
  }

  async run(): Promise<GoogleSignIn> {
    let settle: { resolve(done: GoogleSignIn): void; reject(error: unknown): void } | null = null;
    const done = new Promise<GoogleSignIn>((resolve, reject) => (settle = { resolve, reject }));
    done.catch(() => undefined);
    const loopback = await Loopback.open(
      this.#state,
      async (answer) => {
        try {
          settle?.resolve(await this.#finish(answer, `${loopback.address}/`));
          return null;
        } catch (error) {
          settle?.reject(error);
          return error instanceof HoldfastError ? happened(error) : text`Something went wrong.`;
        }
      },
      this.#options.words,
    );
    try {
      const auth = makeAuth(this.#client, this.#endpoints, () => this.#signal, `${loopback.address}/`);
      await unlessAborted(this.#options.openUrl(this.#consentUrl(auth)), this.#signal);
      return await unlessAborted(done, this.#signal);
    } finally {
      loopback.close();
    }
  }

  #consentUrl(auth: GoogleAuth): string {
    const { account } = this.#options;
    const url = new URL(auth.generateAuthUrl({ access_type: 'offline', prompt: 'consent', scope: SCOPES }));
    url.searchParams.set('state', this.#state);
    url.searchParams.set('code_challenge_method', 'S256');
    url.searchParams.set('code_challenge', createHash('sha256').update(this.#verifier).digest('base64url'));
    if (account !== undefined) url.searchParams.set('login_hint', account);
    return url.href;
  }

  async #finish(answer: CameBack, redirectUri: string): Promise<GoogleSignIn> {
    if ('refused' in answer) throw refused(answer.refused);
    const { tokens } = await accountExchange('token').run('other', this.#signal, async (request) => {
      const auth = makeAuth(this.#client, this.#endpoints, () => request.signal, redirectUri);
      return await auth.getToken({ code: answer.code, codeVerifier: this.#verifier });
    });
    if (!(tokens.scope ?? '').split(' ').includes(DRIVE_SCOPE)) throw withoutDrive();
    const expected = this.#options.account;
    const told = emailOf(tokens.id_token);
    if (told !== null && isOther(told, expected)) throw otherAccount(told, expected);
    if (typeof tokens.refresh_token !== 'string') throw refused('no refresh token');
    const credentials: DriveCredentials = {
      kind: 'google-drive',
      refreshToken: tokens.refresh_token,
      clientId: this.#client.clientId,
      clientSecret: this.#client.clientSecret,
    };
    const client = new DriveClient(credentials, { traffic: freeTraffic, endpoints: this.#endpoints });
    const { account, space } = await storageOf(client, this.#signal);
    const email = told ?? account;
    if (isOther(email, expected)) throw otherAccount(email, expected);
    const { freeBytes, totalBytes } = space;
    return { account: email, credentials, freeBytes, totalBytes, sharedDrives: await this.#sharedDrives(client) };
  }

  /**
   * Shared drives that take new files. Google lists them only for wider scopes than `drive.file`; a client that has one
   * (an organisation's own) sees them, all others see none.
   */
  async #sharedDrives(client: DriveClient): Promise<{ id: string; name: string }[]> {
    try {
      const drives = await client.call('drives.list', this.#signal, async ({ drive, options }) => {
        const fields = 'drives(id,name,capabilities(canAddChildren))';
        return (await drive.drives.list({ pageSize: 100, fields }, options)).data.drives ?? [];
      });
      return drives.flatMap(({ id, name, capabilities }) => {
        return typeof id === 'string' && typeof name === 'string' && capabilities?.canAddChildren === true
          ? [{ id, name }]
          : [];
      });
    } catch (error) {
      if (isStatus(error, 403)) return [];
      throw error;
    }
  }
}

function accountExchange(method: 'token' | 'revoke'): Exchange {
  return new Exchange({ traffic: freeTraffic, host: 'Google', explain: (error) => toDriveError(error, method) });
}

/** The address in an ID token. It comes from Google itself over TLS, so its signature adds nothing (OpenID Core 3.1.3.7). */
function emailOf(idToken: string | null | undefined): string | null {
  try {
    const payload: unknown = JSON.parse(Buffer.from(idToken?.split('.')[1] ?? '', 'base64url').toString('utf8'));
    const email: unknown = typeof payload === 'object' && payload !== null && 'email' in payload ? payload.email : null;
    return typeof email === 'string' && email !== '' ? email : null;
  } catch {
    return null;
  }
}

function isOther(account: string, expected: string | undefined): boolean {
  return expected !== undefined && account.toLowerCase() !== expected.toLowerCase();
}

function noClient(): HoldfastError {
  return new HoldfastError(
    'bad-input',
    'This build of Holdfast has no OAuth client for Google of its own.',
    'Nothing was sent. Enter the id and secret of a client that you made in Google’s console, of the type “Desktop app”.',
  );
}

function refused(why: string): HoldfastError {
  return new HoldfastError(
    'destination-denied',
    'Google did not give Holdfast the permission to keep backups in this Drive.',
    'Nothing was changed. Start the sign-in again and choose “Allow” on Google’s page.',
    { detail: /^[a-z_ ]{1,40}$/.test(why) ? why : 'unknown' },
  );
}

function withoutDrive(): HoldfastError {
  return new HoldfastError(
    'destination-denied',
    'The sign-in worked, but without the permission for Google Drive.',
    'Nothing was changed. Sign in again and tick the box for Google Drive on Google’s page.',
  );
}

function otherAccount(account: string, expected = ''): HoldfastError {
  return new HoldfastError(
    'destination-denied',
    text`This is another Google account: ${account.slice(0, 100)}. The backup lies in the Drive of ${expected}.`,
    'Nothing was changed. Sign in again and choose that account on Google’s page.',
  );
}

function tookTooLong(): HoldfastError {
  return new HoldfastError(
    'destination-sign-in',
    'The sign-in was not finished within ten minutes.',
    'Nothing was changed. Start it again when you have the time.',
  );
}
