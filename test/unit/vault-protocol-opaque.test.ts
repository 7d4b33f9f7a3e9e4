import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, utf8 } from '../../vault/protocol/bytes.ts';
import {
  finishLogin,
  finishRegistration,
  forget,
  oprfFinalize,
  startLogin,
  startRegistration,
} from '../../vault/protocol/opaque-client.ts';
import { opaqueParameters, type OpaqueParameters } from '../../vault/protocol/opaque-keys.ts';
import {
  checkKe1,
  checkKe3,
  checkRecord,
  loginResponse,
  registrationResponse,
} from '../../vault/protocol/opaque-server.ts';
import { deriveKeyPair, multiplySecret, publicKeyOf, randomScalar } from '../../vault/protocol/p256.ts';
import { DEFAULT_KSF } from '../../vault/protocol/suite.ts';
import { bytes, vectors } from '../support/format.ts';
import { identity, oprfKeyOf, protocolCode, rejectedCode, softwareHooks } from '../support/vault/opaque.ts';

const hex = (value: Uint8Array): string => Buffer.from(value).toString('hex');

type Values = Record<string, string>;
const official = vectors<{
  real: { context: string; inputs: Values; intermediates: Values; outputs: Values }[];
  fake: { context: string; inputs: Values; outputs: Values }[];
}>('opaque.json');
const oprf = vectors<{ seed: string; keyInfo: string; secretKey: string; cases: Values[] }>('voprf.json');

const get = (values: Values, name: string): Uint8Array => {
  const value = values[name];
  if (value === undefined) throw new Error(`no ${name} in the vector`);
  return bytes(value);
};

function parametersOf(context: string, inputs: Values): OpaqueParameters {
  return {
    context: bytes(context),
    ...(inputs['client_identity'] === undefined ? {} : { clientIdentity: bytes(inputs['client_identity']) }),
    ...(inputs['server_identity'] === undefined ? {} : { serverIdentity: bytes(inputs['server_identity']) }),
  };
}

const serverOf = (inputs: Values) => {
  const oprfKey = oprfKeyOf(get(inputs, 'oprf_seed'), get(inputs, 'credential_identifier'));
  return {
    oprfKey,
    hooks: softwareHooks(oprfKey, get(inputs, 'server_private_key')),
    random: {
      maskingNonce: get(inputs, 'masking_nonce'),
      nonce: get(inputs, 'server_nonce'),
      keyShareSeed: get(inputs, 'server_keyshare_seed'),
    },
  };
};

describe('official vectors of RFC 9497, OPRF(P-256, SHA-256)', () => {
  it('derive the key pair', () => {
    expect(hex(deriveKeyPair(bytes(oprf.seed), bytes(oprf.keyInfo)).secretKey)).toBe(oprf.secretKey);
  });

  it.each(oprf.cases.map((each, i) => ({ ...each, name: `case ${i + 1}` })))('$name', (each: Values) => {
    const { blinded, state } = startRegistration(get(each, 'input'), get(each, 'blind'));
    expect(hex(blinded)).toBe(each['blinded']);
    const evaluated = multiplySecret(bytes(oprf.secretKey), blinded);
    expect(hex(evaluated)).toBe(each['evaluated']);
    expect(hex(oprfFinalize(state.password, state.blind, evaluated))).toBe(each['output']);
  });
});

describe('official vectors of RFC 9807, P-256', () => {
  it('are all three of them', () => {
    expect([official.real.length, official.fake.length]).toEqual([2, 1]);
  });

  it.each(official.real.map((each, i) => ({ ...each, name: `real ${i + 1}` })))('$name', async (each) => {
    const { inputs, outputs, intermediates } = each;
    const parameters = parametersOf(each.context, inputs);
    const { oprfKey, hooks, random } = serverOf(inputs);
    const serverPublicKey = get(inputs, 'server_public_key');
    expect(hex(oprfKey)).toBe(intermediates['oprf_key']);
    expect(hex(publicKeyOf(get(inputs, 'server_private_key')))).toBe(inputs['server_public_key']);

    const started = startRegistration(get(inputs, 'password'), get(inputs, 'blind_registration'));
    expect(hex(started.blinded)).toBe(outputs['registration_request']);
    const response = await registrationResponse(started.blinded, serverPublicKey, hooks);
    expect(hex(concat(response.evaluated, response.serverPublicKey))).toBe(outputs['registration_response']);
    const registered = await finishRegistration(
      started.state,
      response,
      serverPublicKey,
      parameters,
      identity,
      get(inputs, 'envelope_nonce'),
    );
    expect(hex(registered.record)).toBe(outputs['registration_upload']);
    expect(hex(registered.exportKey)).toBe(outputs['export_key']);

    const login = startLogin(get(inputs, 'password'), {
      blind: get(inputs, 'blind_login'),
      nonce: get(inputs, 'client_nonce'),
      keyShareSeed: get(inputs, 'client_keyshare_seed'),
    });
    expect(hex(login.ke1)).toBe(outputs['KE1']);
    const { record } = registered;
    const answer = await loginResponse({ ke1: login.ke1, record, serverPublicKey, parameters, hooks }, random);
    expect(hex(answer.ke2)).toBe(outputs['KE2']);
    const finished = await finishLogin(login.state, answer.ke2, parameters, identity);
    expect(hex(finished.ke3)).toBe(outputs['KE3']);
    expect(hex(finished.sessionKey)).toBe(outputs['session_key']);
    expect(hex(finished.exportKey)).toBe(outputs['export_key']);
    expect(hex(finished.serverPublicKey)).toBe(inputs['server_public_key']);
    expect(checkKe3(answer.clientMac, finished.ke3)).toBe(true);
    expect(hex(answer.sessionKey)).toBe(outputs['session_key']);
  });

  it.each(official.fake.map((each, i) => ({ ...each, name: `fake ${i + 1}` })))('$name', async (each) => {
    const { inputs, outputs } = each;
    const { hooks, random } = serverOf(inputs);
    const record = concat(get(inputs, 'client_public_key'), get(inputs, 'masking_key'), new Uint8Array(64));
    const answer = await loginResponse(
      {
        ke1: get(inputs, 'KE1'),
        record,
        serverPublicKey: get(inputs, 'server_public_key'),
        parameters: parametersOf(each.context, inputs),
        hooks,
      },
      random,
    );
    expect(hex(answer.ke2)).toBe(outputs['KE2']);
  });
});

const vaultId = new Uint8Array(16).fill(1);
const recordId = new Uint8Array(32).fill(2);
const oprfKey = randomScalar();
const akeKey = randomScalar();
const hooks = softwareHooks(oprfKey, akeKey);
const serverPublicKey = publicKeyOf(akeKey);
const parameters = opaqueParameters(vaultId, recordId, 10, DEFAULT_KSF);

async function register(password: Uint8Array) {
  const { blinded, state } = startRegistration(password);
  const response = await registrationResponse(blinded, serverPublicKey, hooks);
  return finishRegistration(state, response, serverPublicKey, parameters, identity);
}

async function login(password: Uint8Array, record: Uint8Array, theirs: OpaqueParameters = parameters) {
  const { ke1, state } = startLogin(password);
  const answer = await loginResponse({ ke1, record, serverPublicKey, parameters: theirs, hooks });
  return { state, answer };
}

describe('register and log in', () => {
  it('any right password opens, with the export key of the registration', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 80 }), async (password) => {
        const { record, exportKey } = await register(password);
        const { state, answer } = await login(password, record);
        const finished = await finishLogin(state, answer.ke2, parameters, identity);
        expect(finished.exportKey).toEqual(exportKey);
        expect(finished.sessionKey).toEqual(answer.sessionKey);
        expect(checkKe3(answer.clientMac, finished.ke3)).toBe(true);
      }),
      { numRuns: 15 },
    );
  });

  it('a wrong password does not open the envelope, and no message differs in length', async () => {
    const { record } = await register(utf8('right'));
    const right = await login(utf8('right'), record);
    const wrong = await login(utf8('wrong'), record);
    expect(wrong.answer.ke2.length).toBe(right.answer.ke2.length);
    expect(await rejectedCode(finishLogin(wrong.state, wrong.answer.ke2, parameters, identity))).toBe(
      'envelope-failed',
    );
  });

  it('one answer finishes a login as often as it arrives, alike', async () => {
    const { record } = await register(utf8('again'));
    const { state, answer } = await login(utf8('again'), record);
    const first = await finishLogin(state, answer.ke2, parameters, identity);
    expect(await finishLogin(state, answer.ke2, parameters, identity)).toEqual(first);
  });

  it('a session key is never the same twice', async () => {
    const { record } = await register(utf8('fresh'));
    const one = await login(utf8('fresh'), record);
    const two = await login(utf8('fresh'), record);
    expect(one.answer.sessionKey).not.toEqual(two.answer.sessionKey);
  });

  it('forget() leaves nothing of the secrets', async () => {
    const { record } = await register(utf8('gone'));
    const { state, answer } = await login(utf8('gone'), record);
    forget(state);
    expect([...state.password, ...state.blind, ...state.keyShareSecret].every((byte) => byte === 0)).toBe(true);
    await expect(finishLogin(state, answer.ke2, parameters, identity)).rejects.toThrow();
  });

  it("does not touch the caller's password", async () => {
    const password = utf8('mine');
    const { state } = startLogin(password);
    forget(state);
    expect(password).toEqual(utf8('mine'));
  });
});

describe('everything is bound', () => {
  const password = utf8('bound');

  it.each([
    ['limit', opaqueParameters(vaultId, recordId, 9, DEFAULT_KSF)],
    ['Argon2id memory', opaqueParameters(vaultId, recordId, 10, { ...DEFAULT_KSF, memoryKiB: 65_536 })],
    ['Argon2id passes', opaqueParameters(vaultId, recordId, 10, { ...DEFAULT_KSF, iterations: 1 })],
    ['Argon2id lanes', opaqueParameters(vaultId, recordId, 10, { ...DEFAULT_KSF, parallelism: 1 })],
    ['record', { ...parameters, clientIdentity: new Uint8Array(32).fill(9) }],
    ['vault', { ...parameters, serverIdentity: new Uint8Array(16).fill(9) }],
  ])('another %s at the vault fails the login', async (_what, theirs) => {
    const { record } = await register(password);
    const { state, answer } = await login(password, record, theirs);
    expect(await rejectedCode(finishLogin(state, answer.ke2, parameters, identity))).toBe('server-mac-failed');
  });

  it('an impostor without the AKE key is found out, though it has record and OPRF key', async () => {
    const { record } = await register(password);
    const { ke1, state } = startLogin(password);
    const impostor = softwareHooks(oprfKey, randomScalar());
    const answer = await loginResponse({ ke1, record, serverPublicKey, parameters, hooks: impostor });
    expect(await rejectedCode(finishLogin(state, answer.ke2, parameters, identity))).toBe('server-mac-failed');
  });

  it('a registration answered with another server key is refused', async () => {
    const { blinded, state } = startRegistration(password);
    const other = await registrationResponse(blinded, publicKeyOf(randomScalar()), hooks);
    expect(await rejectedCode(finishRegistration(state, other, serverPublicKey, parameters, identity))).toBe(
      'server-key-mismatch',
    );
  });

  it('any flipped bit of KE2 fails closed', async () => {
    const { record } = await register(password);
    const { state, answer } = await login(password, record);
    const seen = new Set<string | null>();
    // One bit of every byte, and every bit of the byte that says which of two points is meant.
    const bits = [...Array.from({ length: answer.ke2.length }, (_, i) => i * 8 + (i % 8)), 0, 1, 2, 3, 4, 5, 6, 7];
    for (const bit of bits) {
      const bent = answer.ke2.slice();
      bent[bit >> 3] = (bent[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      seen.add(await rejectedCode(finishLogin(state, bent, parameters, identity)));
    }
    expect([...seen].sort()).toEqual(['bad-point', 'envelope-failed', 'server-mac-failed']);
  });

  it('any flipped bit of KE3 is refused, and so is any other length', async () => {
    const { record } = await register(password);
    const { state, answer } = await login(password, record);
    const { ke3 } = await finishLogin(state, answer.ke2, parameters, identity);
    for (let bit = 0; bit < 256; bit++) {
      const bent = ke3.slice();
      bent[bit >> 3] = (bent[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(checkKe3(answer.clientMac, bent)).toBe(false);
    }
    expect(checkKe3(answer.clientMac, ke3.subarray(1))).toBe(false);
    expect(checkKe3(answer.clientMac, concat(ke3, Uint8Array.of(0)))).toBe(false);
    expect(checkKe3(answer.clientMac, new Uint8Array(0))).toBe(false);
  });

  it('any flipped bit of the stored record fails closed', async () => {
    const { record } = await register(password);
    for (let i = 0; i < record.length; i += 3) {
      const bent = record.slice();
      bent[i] = (bent[i] ?? 0) ^ (1 << (i % 8));
      const attempt = async (): Promise<void> => {
        const { state, answer } = await login(password, bent);
        await finishLogin(state, answer.ke2, parameters, identity);
      };
      expect(await rejectedCode(attempt())).toMatch(/^(bad-point|envelope-failed|server-mac-failed)$/);
    }
  });

  it('a KE1 that was bent on its way fails closed', async () => {
    const { record } = await register(password);
    for (const at of [33, 64]) {
      const { ke1, state } = startLogin(password);
      const bent = ke1.slice();
      bent[at] = (bent[at] ?? 0) ^ 1;
      const answer = await loginResponse({ ke1: bent, record, serverPublicKey, parameters, hooks });
      expect(await rejectedCode(finishLogin(state, answer.ke2, parameters, identity))).toBe('server-mac-failed');
    }
  });
});

describe('what cannot be answered is refused before any hook is called', () => {
  const never = {
    oprfEvaluate: () => Promise.reject(new Error('asked')),
    akeDh: () => Promise.reject(new Error('asked')),
  };
  const good = startLogin(utf8('x')).ke1;
  const bent = (at: number, value: Uint8Array): Uint8Array => {
    const copy = good.slice();
    copy.set(value, at);
    return copy;
  };

  it.each([
    ['shorter', good.subarray(1), 'malformed'],
    ['longer', concat(good, Uint8Array.of(0)), 'malformed'],
    ['empty', new Uint8Array(0), 'malformed'],
    ['a blinded element of zeros', bent(0, new Uint8Array(33)), 'bad-point'],
    ['a blinded element in hybrid form', bent(0, Uint8Array.of(6)), 'bad-point'],
    ['a key share of zeros', bent(65, new Uint8Array(33)), 'bad-point'],
    ['a key share with x over p', bent(66, new Uint8Array(32).fill(255)), 'bad-point'],
  ])('KE1 %s', async (_what, ke1, code) => {
    expect(protocolCode(() => checkKe1(ke1))).toBe(code);
    const record = new Uint8Array(129);
    expect(await rejectedCode(loginResponse({ ke1, record, serverPublicKey, parameters, hooks: never }))).toBe(code);
  });

  it('junk is never taken for KE1, KE2 or a record', async () => {
    const { state } = startLogin(utf8('x'));
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (junk) => {
        expect(protocolCode(() => checkKe1(junk))).not.toBeNull();
        expect(protocolCode(() => checkRecord(junk))).not.toBeNull();
        expect(await rejectedCode(finishLogin(state, junk, parameters, identity))).not.toBeNull();
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['evaluated element', 0],
    ['key share', 194],
  ])('a KE2 whose %s is no point costs no Argon2id', async (_what, at) => {
    const { record } = await register(utf8('x'));
    const { state, answer } = await login(utf8('x'), record);
    answer.ke2[at] = 7;
    const costly = () => Promise.reject(new Error('stretched'));
    expect(await rejectedCode(finishLogin(state, answer.ke2, parameters, costly))).toBe('bad-point');
  });
});
