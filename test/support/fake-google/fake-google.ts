/**
 * Google as Holdfast meets it, on this computer's loopback address: accounts, Drive, and every way in which they fail.
 * Written from Google's documentation; each file names its source. What the real one refuses, this one refuses too.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { endpointsAt, type Endpoints } from '../../../main/destinations/google-drive/endpoints.ts';
import type { DestinationCredentials } from '../../../main/destinations/spec.ts';
import { FakeAccounts } from './accounts.ts';
import { DriveApi, routeOf, UNITS, WRITES, type Route } from './drive-api.ts';
import { ApiError, html, type Reply } from './replies.ts';
import { FakeDrive } from './store.ts';
import { bodyOf, Cut, FakeUploads } from './uploads.ts';

export const CLIENT_ID = '1234-test.apps.googleusercontent.com';
export const CLIENT_SECRET = 'GOCSPX-test-secret';

export type Where = Route | 'auth' | 'consent' | 'token' | 'revoke';

export interface FakeCall {
  /** From 1, in the order of arrival. */
  number: number;
  where: Where;
  /** Of a piece of an upload and of a question for it: the session, and what the request says in `Content-Range`. */
  upload: { id: string; range: string } | null;
}

/**
 * `before`: 503, nothing happens. `after`: it happens, then 503. `cut`: the connection breaks, nothing happens.
 * `lost`: it happens, then the connection breaks. `short`: half of the answer, or of an upload's piece, then it breaks.
 * `stall`: no answer, ever, and nothing happens. Or an error of the API's own.
 */
export type FakeFault = 'before' | 'after' | 'cut' | 'lost' | 'short' | 'stall' | ApiError;

export interface FakeGoogleOptions {
  /** A clock in ms since the epoch. */
  now?: () => number;
  /** Writes a second before Google asks for a pause; null for no limit. */
  writesPerSecond?: number | null;
  /** Ms that every answer takes. */
  latencyMs?: number;
}

/** Quota units a minute and user. */
const UNITS_A_MINUTE = 325_000;
const BURST = 10;

export class FakeGoogle {
  readonly accounts: FakeAccounts;
  readonly uploads: FakeUploads;
  /** Every request of the API and of the account server. */
  readonly calls: FakeCall[] = [];
  /** What happens to a call. */
  fault: (call: FakeCall) => FakeFault | null = () => null;
  /** How many calls a fault has happened to. */
  faults = 0;
  /** Bytes of uploads' pieces that came in. */
  uploadedBytes = 0;
  latencyMs: number;
  readonly #server: Server;
  readonly #api: DriveApi;
  readonly #drives = new Map<string, FakeDrive>();
  readonly #now: () => number;
  readonly #writesPerSecond: number | null;
  /** Requests of the last minute, by account. */
  readonly #spent: { account: string; ms: number; units: number }[] = [];
  #writeCredit = BURST;
  #creditMs = 0;
  readonly #stalled = new Set<ServerResponse>();

  private constructor(options: FakeGoogleOptions) {
    this.#now = options.now ?? Date.now;
    this.#writesPerSecond = options.writesPerSecond ?? null;
    this.latencyMs = options.latencyMs ?? 0;
    this.accounts = new FakeAccounts(this.#now);
    this.accounts.addClient(CLIENT_ID, CLIENT_SECRET);
    this.uploads = new FakeUploads(this.#now);
    this.#api = new DriveApi(
      this.accounts,
      this.uploads,
      (account) => this.drive(account),
      () => this.origin,
    );
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async start(options: FakeGoogleOptions = {}): Promise<FakeGoogle> {
    const fake = new FakeGoogle(options);
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get endpoints(): Endpoints {
    return endpointsAt(this.origin);
  }

  /** @param limitBytes of the account's storage; null for no limit */
  addAccount(email: string, limitBytes: number | null = null): FakeDrive {
    const drive = new FakeDrive(email, limitBytes, this.#now);
    this.#drives.set(email, drive);
    this.accounts.emails.push(email);
    return drive;
  }

  drive(account: string): FakeDrive {
    const drive = this.#drives.get(account);
    if (drive === undefined) throw new Error(`no account ${account}`);
    return drive;
  }

  /** What a sign-in of this account would give. */
  signedIn(email: string): Extract<DestinationCredentials, { kind: 'google-drive' }> {
    const scopes = ['https://www.googleapis.com/auth/drive.file', 'openid', 'email'];
    const { refreshToken } = this.accounts.grant(email, CLIENT_ID, scopes);
    return { kind: 'google-drive', refreshToken, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET };
  }

  /** How many requests of each kind have come, since `from` calls. */
  count(from = 0): Partial<Record<Where, number>> {
    const counts: Partial<Record<Where, number>> = {};
    for (const { where } of this.calls.slice(from)) counts[where] = (counts[where] ?? 0) + 1;
    return counts;
  }

  /** Quota units of the calls since `from`. */
  units(from = 0): number {
    return this.calls.slice(from).reduce((sum, { where }) => sum + (where in UNITS ? UNITS[where as Route] : 0), 0);
  }

  /** As if an account had just made requests of so many quota units. */
  use(account: string, units: number): void {
    this.#spent.push({ account, ms: this.#now(), units });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket } = request; // a request that was read in part forgets it
    request.on('error', () => undefined);
    const url = new URL(request.url ?? '/', this.origin);
    const where = this.#whereOf(request, url);
    if (where === null) return send(response, html('Not Found', 404));
    const call = { number: this.calls.length + 1, where, upload: uploadOf(request, url) };
    this.calls.push(call);
    const fault = this.fault(call);
    if (fault !== null) this.faults += 1;
    if (this.latencyMs > 0) await delay(this.latencyMs);
    if (fault === 'stall') return void this.#stalled.add(response);
    if (fault === 'cut') return void socket.destroy();
    if (fault === 'before') return await this.#refuse(request, response, unavailable());
    if (fault instanceof ApiError) return await this.#refuse(request, response, fault);
    try {
      const reply = await this.#reply(where, request, url, fault === 'short');
      if (fault === 'lost') return void socket.destroy();
      if (fault === 'short') return sendHalf(response, reply);
      send(response, fault === 'after' ? unavailable().reply : reply);
    } catch (error) {
      if (error instanceof Cut) return void socket.destroy();
      if (error instanceof ApiError) return await this.#refuse(request, response, error);
      await this.#refuse(request, response, new ApiError(400, 'badRequest', String(error)));
    }
  }

  /** A real server reads what was sent before it answers, mostly. */
  async #refuse(request: IncomingMessage, response: ServerResponse, error: ApiError): Promise<void> {
    if (!request.readableEnded) await bodyOf(request).catch(() => undefined);
    send(response, error.reply);
  }

  async #reply(where: Where, request: IncomingMessage, url: URL, isShort: boolean): Promise<Reply> {
    if (where === 'auth') return this.accounts.consentPage(url.searchParams);
    if (where === 'consent' || where === 'token' || where === 'revoke') {
      const form = new URLSearchParams((await bodyOf(request)).toString('utf8'));
      if (where === 'consent') return this.accounts.consent(form);
      return where === 'token' ? this.accounts.token(form) : this.accounts.revoke(form);
    }
    const grant = this.#api.authorise(where, request);
    this.#spend(grant.account, where);
    const length = Number(request.headers['content-length'] ?? 0);
    const isPiece = where === 'upload.piece';
    if (isPiece) request.on('data', (piece: Buffer) => (this.uploadedBytes += piece.length));
    return await this.#api.handle(where, grant, request, url, isPiece && isShort ? length >> 1 : null);
  }

  /** @throws ApiError where the account's quota or its rate of writes is used up */
  #spend(account: string, route: Route): void {
    const now = this.#now();
    while ((this.#spent[0]?.ms ?? now) < now - 60_000) this.#spent.shift();
    const used = this.#spent.reduce((sum, each) => sum + (each.account === account ? each.units : 0), 0);
    if (used + UNITS[route] > UNITS_A_MINUTE) {
      throw new ApiError(403, 'userRateLimitExceeded', 'User Rate Limit Exceeded. Rate of requests exceeds the quota.');
    }
    this.#spent.push({ account, ms: now, units: UNITS[route] });
    if (this.#writesPerSecond === null || !WRITES.includes(route)) return;
    const earned = ((now - this.#creditMs) / 1000) * this.#writesPerSecond;
    this.#writeCredit = Math.min(BURST, this.#writeCredit + earned);
    this.#creditMs = now;
    if (this.#writeCredit < 1) throw new ApiError(403, 'userRateLimitExceeded', 'User Rate Limit Exceeded. Slow down.');
    this.#writeCredit -= 1;
  }

  #whereOf(request: IncomingMessage, url: URL): Where | null {
    if (url.pathname === '/o/oauth2/v2/auth' && request.method === 'GET') return 'auth';
    if (request.method === 'POST') {
      if (url.pathname === '/o/consent') return 'consent';
      if (url.pathname === '/token') return 'token';
      if (url.pathname === '/revoke') return 'revoke';
    }
    return routeOf(request, url);
  }
}

function uploadOf(request: IncomingMessage, url: URL): FakeCall['upload'] {
  const range = request.headers['content-range'];
  return range === undefined ? null : { id: url.searchParams.get('upload_id') ?? '', range };
}

function unavailable(): ApiError {
  return new ApiError(503, 'backendError', 'Backend Error');
}

function send(response: ServerResponse, reply: Reply): void {
  response.writeHead(reply.status, { 'content-length': String(reply.body.length), ...reply.headers });
  response.end(reply.body);
}

/** Promises all of the body, and breaks off after half. */
function sendHalf(response: ServerResponse, reply: Reply): void {
  response.writeHead(reply.status, { ...reply.headers, 'content-length': String(reply.body.length) });
  response.write(reply.body.subarray(0, reply.body.length >> 1), () => response.socket?.destroy());
  if (reply.body.length < 2) response.socket?.destroy();
}
