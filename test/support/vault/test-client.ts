/**
 * A client of the vault that is made of the protocol alone: what a test needs to say, replay, bend or drop any message.
 * The app's own client (main/keys/vault) is tested elsewhere.
 */
import { createHash, randomBytes } from 'node:crypto';
import https from 'node:https';
import { openAnswer, openBlob, sealBlob } from '../../../vault/protocol/blob.ts';
import { decodeBundle, type VaultBundle } from '../../../vault/protocol/bundle.ts';
import { fromBase64url, toBase64url } from '../../../vault/protocol/bytes.ts';
import { newSigningKey, type SigningKey } from '../../../vault/protocol/ed25519.ts';
import {
  BundleChain,
  calls,
  type CallName,
  type Ksf,
  type Request,
  type Response,
} from '../../../vault/protocol/messages.ts';
import {
  finishLogin,
  finishRegistration,
  startLogin,
  startRegistration,
  type Stretch,
} from '../../../vault/protocol/opaque-client.ts';
import { opaqueParameters } from '../../../vault/protocol/opaque-keys.ts';
import { Problem, PROBLEM_TYPE, type ProblemCode } from '../../../vault/protocol/problem.ts';
import { verifyFacts, type RefusalFacts } from '../../../vault/protocol/receipt.ts';
import {
  proveCall,
  sessionSigningKey,
  vaultOwnerKey,
  type SignedCall,
  type Unsigned,
} from '../../../vault/protocol/signing.ts';

/** What the client says that it uses; the stretching itself is one hash, so that tests take no second each. */
export const TEST_KSF: Ksf = { memoryKiB: 65_536, iterations: 1, parallelism: 1 };
const quick: Stretch = async (input) => new Uint8Array(createHash('sha256').update('stretch').update(input).digest());

export interface RawAnswer {
  status: number;
  headers: Record<string, unknown>;
  text: string;
}

/** A refusal of the vault. */
export class Refused extends Error {
  readonly code: ProblemCode;
  readonly facts: RefusalFacts | null;
  readonly detail: string | undefined;
  constructor(problem: Problem, facts: RefusalFacts | null) {
    super(`${problem.type} ${problem.detail ?? ''}`);
    this.code = problem.type.slice(PROBLEM_TYPE.length) as ProblemCode;
    this.facts = facts;
    this.detail = problem.detail;
  }
}

export interface Transport {
  send(method: string, path: string, body: string | null, headers?: Record<string, string>): Promise<RawAnswer>;
  close(): void;
}

export function httpsTransport(url: string, ca: string): Transport {
  const agent = new https.Agent({ keepAlive: true, maxSockets: 64 });
  return {
    send(method, path, body, headers = {}) {
      return new Promise((resolve, reject) => {
        const request = https.request(`${url}${path}`, {
          method,
          agent,
          ca,
          headers: { ...(body === null ? {} : { 'content-type': 'application/json' }), ...headers },
        });
        request.on('error', reject);
        request.on('response', (response) => {
          const parts: Buffer[] = [];
          response.on('data', (part: Buffer) => parts.push(part));
          response.on('error', reject);
          response.on('end', () => {
            const text = Buffer.concat(parts).toString('utf8');
            resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
          });
        });
        request.end(body ?? undefined);
      });
    },
    close: () => agent.destroy(),
  };
}

export const newId = (): string => toBase64url(randomBytes(16));
export const newRecordId = (): string => toBase64url(randomBytes(32));

export interface Login {
  loginId: string;
  ke1: string;
  finish(ke2: string, ksf: Ksf, limit: number): Promise<{ ke3: string; sessionKey: Uint8Array; exportKey: Uint8Array }>;
}

export class TestClient {
  readonly transport: Transport;
  readonly recordId: string;
  readonly rootKey: Uint8Array;
  readonly owner: SigningKey;
  readonly device = { id: newId(), key: newSigningKey() };
  #bundle: VaultBundle | null = null;

  constructor(transport: Transport, options: { recordId?: string; rootKey?: Uint8Array } = {}) {
    this.transport = transport;
    this.recordId = options.recordId ?? newRecordId();
    this.rootKey = options.rootKey ?? new Uint8Array(randomBytes(32));
    this.owner = vaultOwnerKey(this.rootKey, fromBase64url(this.recordId));
  }

  async bundle(): Promise<VaultBundle> {
    if (this.#bundle !== null) return this.#bundle;
    const { text } = await this.transport.send('GET', '/v1/bundle', null);
    const { chain } = BundleChain.parse(JSON.parse(text));
    const last = chain.at(-1);
    if (last === undefined) throw new Error('no bundle');
    this.#bundle = decodeBundle(fromBase64url(last.bundle));
    return this.#bundle;
  }

  /** @throws Refused, with the facts checked against the vault's receipt key */
  async call<N extends CallName>(name: N, request: Request<N>): Promise<Response<N>> {
    const answer = await this.transport.send('POST', `/v1/${name}`, JSON.stringify(request));
    const body: unknown = JSON.parse(answer.text);
    if (answer.status === 200) return calls[name].output.parse(body) as Response<N>;
    const problem = Problem.parse(body);
    const { receiptKey } = await this.bundle();
    throw new Refused(problem, problem.facts ? verifyFacts('refusal-facts', problem.facts, receiptKey) : null);
  }

  async challenge(): Promise<string> {
    return (await this.call('challenge', { recordId: this.recordId })).challenge;
  }

  /** The request with a proof by `key`. */
  async signed<N extends SignedCall>(
    name: N,
    request: Unsigned<N>,
    key: SigningKey,
    extra: { deviceId?: string } = {},
  ): Promise<Request<N>> {
    const { vaultId } = await this.bundle();
    const proof = proveCall(name, request, vaultId, randomBytes(16), await this.challenge(), key);
    const field = name === 'loginStart' ? 'device' : 'proof';
    return { ...request, [field]: { ...proof, ...extra } } as unknown as Request<N>;
  }

  async byOwner<N extends SignedCall>(name: N, fields: Omit<Unsigned<N>, 'recordId'>): Promise<Response<N>> {
    const request = { recordId: this.recordId, ...fields } as unknown as Unsigned<N>;
    return this.call(name, await this.signed(name, request, this.owner));
  }

  async byDevice<N extends SignedCall>(name: N, fields: Omit<Unsigned<N>, 'recordId'>): Promise<Response<N>> {
    const request = { recordId: this.recordId, ...fields } as unknown as Unsigned<N>;
    return this.call(name, await this.signed(name, request, this.device.key, { deviceId: this.device.id }));
  }

  enrol(): Promise<Response<'deviceAdd'>> {
    return this.byOwner('deviceAdd', { deviceId: this.device.id, publicKey: toBase64url(this.device.key.publicKey) });
  }

  /** Everything up to and with RegProve. */
  async registerUntilProven(
    password: string,
    options: { version?: number; maxAttempts?: number; registrationId?: string; invite?: string } = {},
  ): Promise<string> {
    const { version = 1, maxAttempts = 10, registrationId = newId(), invite } = options;
    const { vaultId, akeKey } = await this.bundle();
    const recordId = fromBase64url(this.recordId);
    const bytes = Buffer.from(password);
    const { blinded, state } = startRegistration(bytes);
    const request: Unsigned<'regStart'> & Request<'regStart'> = {
      recordId: this.recordId,
      registrationId,
      version,
      blinded: toBase64url(blinded),
      ...(invite === undefined ? {} : { invite }),
    };
    const started = await this.call(
      'regStart',
      version === 1 ? request : await this.signed('regStart', request, this.owner),
    );
    const parameters = opaqueParameters(vaultId, recordId, maxAttempts, TEST_KSF);
    const response = {
      evaluated: fromBase64url(started.evaluated),
      serverPublicKey: fromBase64url(started.serverPublicKey),
    };
    const { record, exportKey } = await finishRegistration(state, response, akeKey, parameters, quick);
    await this.call('regStage', {
      recordId: this.recordId,
      registrationId,
      opaqueRecord: toBase64url(record),
      blob: toBase64url(sealBlob(exportKey, this.rootKey, { recordId, version, vaultId })),
      ksf: TEST_KSF,
      maxAttempts,
      ownerPublicKey: toBase64url(this.owner.publicKey),
    });
    const login = this.login(password);
    const asked: Unsigned<'regProve'> = { recordId: this.recordId, registrationId, ke1: login.ke1 };
    const { ke2, ksf } = await this.call('regProve', await this.signed('regProve', asked, this.owner));
    const { ke3, sessionKey } = await login.finish(ke2, ksf, maxAttempts);
    const { sealed } = await this.call('regProveFinish', { recordId: this.recordId, registrationId, ke3 });
    openAnswer(sessionKey, sealed, { call: 'regProveFinish', recordId, requestId: fromBase64url(registrationId) });
    return registrationId;
  }

  async register(
    password: string,
    options: { version?: number; maxAttempts?: number; invite?: string } = {},
  ): Promise<void> {
    const registrationId = await this.registerUntilProven(password, options);
    await this.byOwner('regExpose', { registrationId });
  }

  /** A login's own state, from KE1 on. */
  login(password: string, loginId = newId()): Login {
    const { ke1, state } = startLogin(Buffer.from(password));
    return {
      loginId,
      ke1: toBase64url(ke1),
      finish: async (ke2, ksf, limit) => {
        const { vaultId } = await this.bundle();
        const parameters = opaqueParameters(vaultId, fromBase64url(this.recordId), limit, ksf);
        const result = await finishLogin(state, fromBase64url(ke2), parameters, quick);
        return { ke3: toBase64url(result.ke3), sessionKey: result.sessionKey, exportKey: result.exportKey };
      },
    };
  }

  async start(login: Login, byDevice = false): Promise<Response<'loginStart'>> {
    const request = { recordId: this.recordId, loginId: login.loginId, ke1: login.ke1 };
    if (!byDevice) return this.call('loginStart', request);
    const extra = { deviceId: this.device.id };
    return this.call('loginStart', await this.signed('loginStart', request, this.device.key, extra));
  }

  async facts(started: Response<'loginStart'>) {
    return verifyFacts('login-facts', started.facts, (await this.bundle()).receiptKey);
  }

  /** @returns RK; throws ProtocolError `envelope-failed` for a wrong password */
  async finish(login: Login, started: Response<'loginStart'>): Promise<Uint8Array> {
    const { vaultId } = await this.bundle();
    const recordId = fromBase64url(this.recordId);
    const { limit } = await this.facts(started);
    const { ke3, sessionKey, exportKey } = await login.finish(started.ke2, started.ksf, limit);
    const { sealed } = await this.call('loginFinish', { recordId: this.recordId, loginId: login.loginId, ke3 });
    const place = { call: 'loginFinish', recordId, requestId: fromBase64url(login.loginId) } as const;
    const { blob, version } = openAnswer(sessionKey, sealed, place);
    return openBlob(exportKey, blob, { recordId, version, vaultId });
  }

  /** A whole login, as the app does it. */
  async open(password: string, byDevice = false): Promise<Uint8Array> {
    const login = this.login(password);
    return this.finish(login, await this.start(login, byDevice));
  }

  giveUp(login: Login): Promise<Response<'loginGiveUp'>> {
    const ke1Hash = createHash('sha256').update(fromBase64url(login.ke1)).digest();
    return this.call('loginGiveUp', { recordId: this.recordId, loginId: login.loginId, ke1Hash: toBase64url(ke1Hash) });
  }

  /** One wrong try, as an attacker makes it. @returns the count that it was */
  async wrong(password = newId(), byDevice = false): Promise<number> {
    const login = this.login(password);
    const { used } = await this.facts(await this.start(login, byDevice));
    await this.giveUp(login);
    return used;
  }

  sessionKey(s: Uint8Array, sessionId: string, vaultId: Uint8Array): SigningKey {
    return sessionSigningKey(s, vaultId, fromBase64url(this.recordId), fromBase64url(sessionId));
  }
}

/** The code that a promise is refused with; `ok` where it is not. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'ok';
  } catch (error) {
    if (error instanceof Refused) return error.code;
    throw error;
  }
}
