/**
 * Requests to Google Drive: signed with a fresh access token, reported to the traffic with their price, each tried once.
 * The library's own repeats are switched off: what is repeated, and when, is for the decorators.
 */
import { auth, drive, type drive_v3, type MethodOptions } from 'googleapis/build/src/apis/drive/index.js';
import { HoldfastError } from '../../errors.ts';
import type { OAuthClient } from '../connect-types.ts';
import { Exchange, type RunningRequest } from '../remote/exchange.ts';
import type { DestinationCredentials } from '../spec.ts';
import type { Traffic } from '../traffic.ts';
import { unlessAborted } from '../waiting.ts';
import { isBusy, isStatus, signInAgain, toDriveError } from './drive-errors.ts';
import { googleEndpoints, type Endpoints } from './endpoints.ts';
import { PRICES, type Method } from './quota.ts';

export type DriveCredentials = Extract<DestinationCredentials, { kind: 'google-drive' }>;

/** The library's OAuth 2 client, in the version that its Drive client brings. */
export type GoogleAuth = InstanceType<typeof auth.OAuth2>;

export interface ClientOptions {
  traffic: Traffic;
  endpoints?: Endpoints | undefined;
  /** After so many ms without a byte or an answer a request is given up. */
  stallMs?: number | undefined;
  /** Google refused a write because there were too many of them. */
  onBusyWrite?: (() => void) | undefined;
}

/** What a request's body is made with. */
export interface Call {
  drive: drive_v3.Drive;
  auth: GoogleAuth;
  /** Options for the generated methods; the address stands in each call, as uploads ignore the client's. */
  options: MethodOptions;
  request: RunningRequest;
}

/** An access token that ends within so many ms is renewed first: a long piece must not outlive it. */
const RENEW_MS = 5 * 60_000;

export class DriveClient {
  readonly endpoints: Endpoints;
  readonly #options: ClientOptions;
  readonly #auth: GoogleAuth;
  readonly #drive: drive_v3.Drive;
  #renewing: Promise<string> | null = null;
  /** Ends the request of the renewal that is on its way. */
  #renewal: AbortSignal | undefined;

  constructor(credentials: DriveCredentials, options: ClientOptions) {
    this.#options = options;
    this.endpoints = options.endpoints ?? googleEndpoints();
    this.#auth = makeAuth(credentials, this.endpoints, () => this.#renewal);
    this.#auth.setCredentials({ refresh_token: credentials.refreshToken });
    this.#drive = drive({ version: 'v3', auth: this.#auth, retry: false });
  }

  /**
   * Runs one request; twice where the access token was refused, as it may have been withdrawn before its time.
   * @param body makes the request anew each time that it is called
   * @throws HoldfastError `destination-*`; the signal's reason
   */
  async call<T>(method: Method, signal: AbortSignal | undefined, body: (call: Call) => Promise<T>): Promise<T> {
    const token = await this.#token(signal);
    try {
      return await this.#once(method, signal, body);
    } catch (error) {
      if (!isStatus(error, 401)) throw error;
      if (this.#auth.credentials.access_token === token) delete this.#auth.credentials.access_token;
      await this.#token(signal);
      return await this.#once(method, signal, body);
    }
  }

  async #once<T>(method: Method, signal: AbortSignal | undefined, body: (call: Call) => Promise<T>): Promise<T> {
    const { what, units } = PRICES[method];
    const run = async (request: RunningRequest): Promise<T> => {
      const options = { rootUrl: this.endpoints.api, signal: request.signal, retry: false };
      return await body({ drive: this.#drive, auth: this.#auth, options, request });
    };
    try {
      return await this.#exchange(method).run(what, signal, run, units);
    } catch (error) {
      if ((what === 'create' || what === 'remove') && isBusy(error)) this.#options.onBusyWrite?.();
      throw error;
    }
  }

  /** Makes sure of an access token that lives long enough, and gives it back. */
  async #token(signal: AbortSignal | undefined): Promise<string> {
    const { access_token, expiry_date } = this.#auth.credentials;
    if (typeof access_token === 'string' && (expiry_date ?? 0) - Date.now() > RENEW_MS) return access_token;
    // One renewal for all who wait; it goes on when the one who asked first gives up.
    this.#renewing ??= this.#renew().finally(() => (this.#renewing = null));
    return await unlessAborted(this.#renewing, signal);
  }

  async #renew(): Promise<string> {
    return await this.#exchange('token').run('other', undefined, async (request) => {
      this.#renewal = request.signal;
      const { token } = await this.#auth.getAccessToken();
      if (typeof token !== 'string') throw signInAgain('no access token came');
      return token;
    });
  }

  #exchange(method: Method): Exchange {
    const { traffic, stallMs } = this.#options;
    return new Exchange({ traffic, stallMs, host: 'Google Drive', explain: (error) => toDriveError(error, method) });
  }
}

/**
 * @param signal ends the request for tokens that is on its way; the library's calls take none, and would let all later
 *   ones wait for one that never ends
 * @param redirectUri where the browser comes back to; only for a sign-in
 */
export function makeAuth(
  client: OAuthClient,
  endpoints: Endpoints,
  signal: () => AbortSignal | undefined,
  redirectUri?: string,
): GoogleAuth {
  const made = new auth.OAuth2({
    clientId: client.clientId,
    clientSecret: client.clientSecret,
    eagerRefreshThresholdMillis: RENEW_MS,
    ...(redirectUri === undefined ? {} : { redirectUri }),
    endpoints: {
      oauth2AuthBaseUrl: endpoints.auth,
      oauth2TokenUrl: endpoints.token,
      oauth2RevokeUrl: endpoints.revoke,
    },
  });
  made.transporter.interceptors.request.add({
    resolved: async (config) => {
      const given = config.signal ?? signal();
      // Of a request that begins with an aborted signal node-fetch destroys the body with an error that nobody can catch.
      given?.throwIfAborted();
      // Its requests for tokens ask for repeats in a way that no option turns off.
      return Object.assign(config, { retry: false, retryConfig: undefined, signal: given });
    },
  });
  return made;
}

/** @throws HoldfastError `bad-input` where what opens the place is missing */
export function credentialsOf(credentials: DestinationCredentials | undefined): DriveCredentials {
  if (credentials?.kind === 'google-drive' && credentials.refreshToken !== '' && credentials.clientId !== '') {
    return credentials;
  }
  throw new HoldfastError(
    'bad-input',
    'The sign-in to Google Drive is not on this computer.',
    'Nothing was lost. Sign in to Google for this backup, then try again.',
  );
}
