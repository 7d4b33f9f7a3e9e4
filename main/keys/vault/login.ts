/**
 * Unlocking by password. A try is charged before the vault answers, so a login whose answer got lost is gone on with,
 * never begun anew: the same login id and KE1 are sent again, and cost nothing more.
 */
import { createHash, randomBytes } from 'node:crypto';
import { openAnswer, openBlob } from '../../../vault/protocol/blob.ts';
import { equalSecret, fromBase64url, ownCopy, wipe } from '../../../vault/protocol/bytes.ts';
import { ProtocolError } from '../../../vault/protocol/errors.ts';
import { argon2id } from '../../../vault/protocol/ksf.ts';
import type { Response } from '../../../vault/protocol/messages.ts';
import {
  finishLogin,
  forget,
  startLogin,
  type LoginResult,
  type LoginState,
} from '../../../vault/protocol/opaque-client.ts';
import { opaqueParameters } from '../../../vault/protocol/opaque-keys.ts';
import type { ProblemCode } from '../../../vault/protocol/problem.ts';
import type { LoginFacts } from '../../../vault/protocol/receipt.ts';
import type { KsfBounds } from '../../../vault/protocol/suite.ts';
import type { HoldfastError } from '../../errors.ts';
import { RootKey } from '../secret.ts';
import type { Attempts, UnlockRefusal, UnlockResult } from './api.ts';
import { proofOf, toText, type Connection } from './connection.ts';
import { delayAfter } from './delays.ts';
import type { DeviceKey } from './device.ts';
import { ExchangeError } from './exchange.ts';
import { refusalOf, Unreachable, untrue, VaultProblem } from './failures.ts';
import type { Witnessed } from './witnessed.ts';

/** ms that the vault remembers a login; one that is older is begun anew. */
const KEPT_MS = 24 * 3_600_000;

/** A login that was begun. In memory only. */
interface Pending {
  /** As typed, in UTF-8: the same password goes on with it, another one drops it. */
  password: Uint8Array;
  loginId: Uint8Array;
  state: LoginState;
  /** By performance.now(). */
  begunMs: number;
  /** Whether some site may have charged LoginStart. */
  maybeCharged: boolean;
  /** Once the envelope was opened: the password is right, and only LoginFinish is missing. */
  opened: { result: LoginResult; facts: LoginFacts } | null;
}

export interface LoginContext {
  connection: Connection;
  recordId: Uint8Array;
  witnessed: Witnessed;
  /** This computer's key, where the vault knows it: it lifts the long delay. */
  device: DeviceKey | null;
  ksfBounds: KsfBounds;
}

export class Logins {
  readonly #pending = new Map<string, Pending>();

  /**
   * @param password UTF-8 (password.ts); wiped by the caller
   * @throws HoldfastError vault-refused for what is no refusal to unlock (a request that the vault does not understand)
   */
  async unlock(context: LoginContext, password: Uint8Array): Promise<UnlockResult> {
    const name = `${toText(context.connection.vaultId)} ${toText(context.recordId)}`;
    const login = this.#begin(name, password);
    try {
      login.opened ??= await this.#start(context, login);
      const rootKey = await finish(context, login, login.opened);
      this.#drop(name);
      return { ok: true, rootKey };
    } catch (error) {
      const ended = await end(context, login, error);
      if (!ended.keep) this.#drop(name);
      if (ended.refusal === null) throw ended.error;
      return { ok: false, refusal: ended.refusal };
    }
  }

  /** Overwrites what is held of all logins: after Lock now, or at quit. */
  forget(): void {
    for (const name of [...this.#pending.keys()]) this.#drop(name);
  }

  #begin(name: string, password: Uint8Array): Pending {
    const known = this.#pending.get(name);
    const lives = known !== undefined && performance.now() - known.begunMs < KEPT_MS;
    if (lives && equalSecret(known.password, password)) return known;
    this.#drop(name);
    const { state } = startLogin(password);
    const login: Pending = {
      password: ownCopy(password),
      loginId: new Uint8Array(randomBytes(16)),
      state,
      begunMs: performance.now(),
      maybeCharged: false,
      opened: null,
    };
    this.#pending.set(name, login);
    return login;
  }

  #drop(name: string): void {
    const login = this.#pending.get(name);
    if (login === undefined) return;
    this.#pending.delete(name);
    forget(login.state);
    wipe(login.password);
    if (login.opened !== null) wipe(login.opened.result.sessionKey, login.opened.result.exportKey);
  }

  async #start(context: LoginContext, login: Pending): Promise<NonNullable<Pending['opened']>> {
    const { connection, recordId, witnessed } = context;
    const answer = await loginStart(context, login);
    // Before any of its numbers is believed or worked with.
    const facts = await witnessed.check('login-facts', answer.facts, [login.loginId]);
    const { limit, version } = facts;
    if (version !== answer.version) throw untrue(`version ${version} and ${answer.version}`);
    if (limit < 1 || limit > connection.bundle.maxAttempts) throw untrue(`limit ${limit}`);
    const parameters = opaqueParameters(connection.vaultId, recordId, limit, answer.ksf);
    const stretch = argon2id(answer.ksf, context.ksfBounds);
    try {
      const result = await finishLogin(login.state, fromBase64url(answer.ke2), parameters, stretch);
      return { result, facts };
    } catch (error) {
      if (error instanceof ProtocolError && error.code === 'envelope-failed') throw new WrongPassword(facts);
      throw error;
    }
  }
}

/** The envelope did not open. */
class WrongPassword extends Error {
  readonly facts: LoginFacts;
  constructor(facts: LoginFacts) {
    super('the envelope does not open');
    this.facts = facts;
  }
}

async function loginStart(context: LoginContext, login: Pending): Promise<Response<'loginStart'>> {
  const { connection, device } = context;
  const request = { recordId: toText(context.recordId), loginId: toText(login.loginId), ke1: toText(login.state.ke1) };
  const requestId = login.loginId;
  let enrolled = device !== null;
  return connection.sites.ask(async (site) => {
    for (;;) {
      let proof = {};
      if (device !== null && enrolled) {
        const { challenge } = await site.call('challenge', { recordId: request.recordId });
        proof = { device: proofOf('loginStart', request, connection.vaultId, requestId, challenge, device) };
      }
      try {
        const answer = await site.call('loginStart', { ...request, ...proof });
        login.maybeCharged = true;
        return answer;
      } catch (error) {
        if (error instanceof VaultProblem && isDeviceUnknown(error) && enrolled) {
          // Revoked from another computer: it is a stranger now, and the password may still be right.
          enrolled = false;
          continue;
        }
        login.maybeCharged ||= mayHaveCharged(error);
        throw error;
      }
    }
  });
}

const isDeviceUnknown = ({ code }: VaultProblem): boolean => code === 'unknown-device' || code === 'bad-proof';

function mayHaveCharged(error: unknown): boolean {
  if (error instanceof ExchangeError) return error.sent;
  // Refusals are given before the charge; these can come from behind it.
  return error instanceof VaultProblem && ['internal', 'not-ready', 'no-quorum'].includes(error.code ?? '');
}

async function finish(
  { connection, recordId, witnessed }: LoginContext,
  login: Pending,
  { result, facts }: NonNullable<Pending['opened']>,
): Promise<RootKey> {
  const { loginId } = login;
  const answer = await connection.sites.call('loginFinish', {
    recordId: toText(recordId),
    loginId: toText(loginId),
    ke3: toText(result.ke3),
  });
  await witnessed.check('receipt', answer.receipt, [loginId]);
  const { blob, version } = openAnswer(result.sessionKey, answer.sealed, {
    call: 'loginFinish',
    recordId,
    requestId: loginId,
  });
  if (version !== facts.version) throw untrue(`version ${version} of the wrapped key`);
  const bytes = openBlob(result.exportKey, blob, { recordId, version, vaultId: connection.vaultId });
  const rootKey = new RootKey(bytes);
  wipe(bytes);
  await witnessed.keep({ version });
  return rootKey;
}

interface Ended {
  /** Null: no refusal that people can act on; `error` says what it is. */
  refusal: UnlockRefusal | null;
  error: unknown;
  /** Whether the login must be gone on with when the same password is typed again. */
  keep: boolean;
}

async function end(context: LoginContext, login: Pending, error: unknown): Promise<Ended> {
  if (error instanceof WrongPassword) {
    await giveUp(context, login);
    const { used, limit } = error.facts;
    const left = Math.max(0, limit - used);
    const waitMs = left === 0 ? 0 : delayAfter(used, context.device !== null);
    return ended({ kind: 'wrong-password', attempts: { used, limit, left, waitMs } });
  }
  if (error instanceof Unreachable) {
    const charged = login.maybeCharged ? null : false;
    return { ...ended({ kind: 'unreachable', charged, error }), keep: charged === null };
  }
  if (error instanceof VaultProblem) return refusalFrom(context, login, error);
  if (error instanceof ProtocolError) {
    // What it sent is not what the pinned vault would send: other parameters, another key, a changed message.
    return ended({ kind: 'not-the-vault', error: untrue(`${error.code}: ${error.message}`, error) });
  }
  if (isNotProven(error)) return ended({ kind: 'not-the-vault', error });
  // This computer's own fault: too little memory for Argon2id, say.
  return { refusal: null, error, keep: login.maybeCharged };
}

const ended = (refusal: UnlockRefusal): Ended => ({ refusal, error: null, keep: false });

const isNotProven = (error: unknown): error is HoldfastError =>
  error instanceof Error && 'code' in error && error.code === 'vault-not-proven';

/** The vault has forgotten this login, or decided it: nothing is left to go on with. */
const DECIDED: ReadonlySet<ProblemCode | null> = new Set([
  'unknown-login',
  'login-mismatch',
  'wrong-password',
] as const);

async function refusalFrom(context: LoginContext, login: Pending, problem: VaultProblem): Promise<Ended> {
  switch (problem.code) {
    case 'unknown-record':
      return ended({ kind: problem.code });
    case 'destroyed':
    case 'suspended':
    case 'delayed':
    case 'last-try-pending':
    case 'frozen': {
      const facts = await refusalFacts(context, login, problem);
      if ('kind' in facts) return ended(facts);
      if (problem.code === 'suspended') return ended({ kind: 'suspended' });
      if (problem.code === 'destroyed') return ended({ kind: 'destroyed', byOwner: problem.byOwner });
      if (problem.code === 'frozen') return ended({ kind: 'frozen', untilMs: facts.waitMs });
      return ended({ kind: 'delayed', attempts: facts });
    }
    default:
      // Refused for now, or for a reason of a later version.
      return { refusal: null, error: refusalOf(problem), keep: login.maybeCharged && !DECIDED.has(problem.code) };
  }
}

/** Counts and waits of a refusal, as far as the vault has signed them. */
async function refusalFacts(
  { witnessed }: LoginContext,
  login: Pending,
  problem: VaultProblem,
): Promise<Attempts | UnlockRefusal> {
  try {
    if (problem.facts === null) throw untrue(`${problem.code ?? ''} without a proof`);
    const facts = await witnessed.check('refusal-facts', problem.facts, [login.loginId]);
    if (facts.code !== problem.code) throw untrue(`${problem.code ?? ''} with the proof of ${facts.code}`);
    const { used, limit, waitMs } = facts;
    return { used, limit, left: Math.max(0, limit - used), waitMs };
  } catch (error) {
    if (isNotProven(error)) return { kind: 'not-the-vault', error };
    throw error;
  }
}

/** Tells the vault that the envelope did not open: of the last try that is the end, and not 24 hours later. */
async function giveUp({ connection, recordId }: LoginContext, login: Pending): Promise<void> {
  const ke1Hash = new Uint8Array(createHash('sha256').update(login.state.ke1).digest());
  try {
    await connection.sites.call('loginGiveUp', {
      recordId: toText(recordId),
      loginId: toText(login.loginId),
      ke1Hash: toText(ke1Hash),
    });
  } catch {
    // The try was charged all the same, and the vault decides the last one by itself.
  }
}
