/** Our OPAQUE against an independent one (opaque-ke in WebAssembly), both ways. Its context is empty. */
import { client, ready, server } from '@serenity-kit/opaque-p256';
import { beforeAll, describe, expect, it } from 'vitest';
import { concat, fromBase64url, toBase64url, utf8 } from '../../../vault/protocol/bytes.ts';
import { argon2id } from '../../../vault/protocol/ksf.ts';
import {
  finishLogin,
  finishRegistration,
  startLogin,
  startRegistration,
} from '../../../vault/protocol/opaque-client.ts';
import type { OpaqueParameters } from '../../../vault/protocol/opaque-keys.ts';
import { checkKe3, loginResponse, registrationResponse } from '../../../vault/protocol/opaque-server.ts';
import { publicKeyOf, randomScalar } from '../../../vault/protocol/p256.ts';
import { ANY_KSF, rejectedCode, softwareHooks } from '../../support/vault/opaque.ts';

const password = 'correct horse battery staple';
const ksf = { memoryKiB: 1024, iterations: 2, parallelism: 4 };
const stretch = argon2id(ksf, ANY_KSF);
const keyStretching = { 'argon2id-custom': { memory: 1024, iterations: 2, parallelism: 4 } };

const cases: { name: string; identifiers?: { client: string; server: string } }[] = [
  { name: 'public keys as identities' },
  { name: 'named identities', identifiers: { client: 'a record', server: 'a vault' } },
];

const parametersOf = (identifiers?: { client: string; server: string }): OpaqueParameters => ({
  context: new Uint8Array(0),
  ...(identifiers && { clientIdentity: utf8(identifiers.client), serverIdentity: utf8(identifiers.server) }),
});

beforeAll(() => ready);

describe.each(cases)('$name', ({ identifiers }) => {
  const parameters = parametersOf(identifiers);
  const named = identifiers ? { identifiers } : {};

  it('our client with its server', async () => {
    const serverSetup = server.createSetup();
    const serverKey = fromBase64url(server.getPublicKey(serverSetup), 33);
    const userIdentifier = 'someone';
    const started = startRegistration(utf8(password));
    const registrationRequest = toBase64url(started.blinded);
    const made = server.createRegistrationResponse({ serverSetup, userIdentifier, registrationRequest });
    const response = fromBase64url(made.registrationResponse, 66);
    const registered = await finishRegistration(
      started.state,
      { evaluated: response.slice(0, 33), serverPublicKey: response.slice(33) },
      serverKey,
      parameters,
      stretch,
    );
    const registrationRecord = toBase64url(registered.record);

    const login = (typed: string) => {
      const { ke1, state } = startLogin(utf8(typed));
      const startLoginRequest = toBase64url(ke1);
      const theirs = server.startLogin({
        serverSetup,
        userIdentifier,
        registrationRecord,
        startLoginRequest,
        ...named,
      });
      return { theirs, finished: finishLogin(state, fromBase64url(theirs.loginResponse), parameters, stretch) };
    };
    const { theirs, finished } = login(password);
    const mine = await finished;
    const { sessionKey } = server.finishLogin({
      serverLoginState: theirs.serverLoginState,
      finishLoginRequest: toBase64url(mine.ke3),
      ...named,
    });
    expect(fromBase64url(sessionKey)).toEqual(mine.sessionKey);
    expect(mine.exportKey).toEqual(registered.exportKey);
    expect(mine.serverPublicKey).toEqual(serverKey);

    expect(await rejectedCode(login('another').finished)).toBe('envelope-failed');
  });

  it('its client with our server', async () => {
    const akeKey = randomScalar();
    const serverPublicKey = publicKeyOf(akeKey);
    const hooks = softwareHooks(randomScalar(), akeKey);
    const started = client.startRegistration({ password });
    const response = await registrationResponse(fromBase64url(started.registrationRequest), serverPublicKey, hooks);
    const registered = client.finishRegistration({
      password,
      clientRegistrationState: started.clientRegistrationState,
      registrationResponse: toBase64url(concat(response.evaluated, response.serverPublicKey)),
      keyStretching,
      ...named,
    });
    const record = fromBase64url(registered.registrationRecord, 129);

    const login = async (typed: string) => {
      const { clientLoginState, startLoginRequest } = client.startLogin({ password: typed });
      const ke1 = fromBase64url(startLoginRequest, 98);
      const mine = await loginResponse({ ke1, record, serverPublicKey, parameters, hooks });
      const theirs = client.finishLogin({
        password: typed,
        clientLoginState,
        loginResponse: toBase64url(mine.ke2),
        keyStretching,
        ...named,
      });
      return { mine, theirs };
    };
    const { mine, theirs } = await login(password);
    expect(theirs && checkKe3(mine.clientMac, fromBase64url(theirs.finishLoginRequest, 32))).toBe(true);
    expect(theirs?.sessionKey).toBe(toBase64url(mine.sessionKey));
    expect(theirs?.exportKey).toBe(registered.exportKey);
    expect(theirs?.serverStaticPublicKey).toBe(toBase64url(serverPublicKey));

    expect((await login('another')).theirs).toBeUndefined();
  });
});
