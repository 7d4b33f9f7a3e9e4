/** One handler for each entry of messages.ts: a call without one, or one too many, does not compile. */
import { fromBase64url, toBase64url } from '../../protocol/bytes.ts';
import type { CallName, Request, Response } from '../../protocol/messages.ts';
import type { Caller, Vault } from '../vault.ts';
import {
  clearFailures,
  destroy,
  deviceAdd,
  deviceRevoke,
  freeze,
  headGet,
  headPut,
  status,
  unfreeze,
} from './account.ts';
import { loginFinish, loginGiveUp, loginStart } from './login.ts';
import { regExpose, regProve, regProveFinish, regStage, regStart } from './registration.ts';
import { sessionGet, sessionList, sessionOpen, sessionRevoke, sessionTouch } from './session.ts';

export type Handler<N extends CallName> = (vault: Vault, request: Request<N>, caller: Caller) => Promise<Response<N>>;

async function challenge(vault: Vault, request: Request<'challenge'>): Promise<Response<'challenge'>> {
  return { challenge: toBase64url(vault.challenges.issue(fromBase64url(request.recordId))) };
}

export const HANDLERS: { readonly [N in CallName]: Handler<N> } = {
  challenge,
  regStart,
  regStage,
  regProve,
  regProveFinish,
  regExpose,
  loginStart,
  loginFinish,
  loginGiveUp,
  status,
  freeze,
  unfreeze,
  clearFailures,
  destroy,
  deviceAdd,
  deviceRevoke,
  sessionOpen,
  sessionGet,
  sessionTouch,
  sessionList,
  sessionRevoke,
  headPut,
  headGet,
};
