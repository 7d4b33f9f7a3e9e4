/**
 * A password is set up, or changed: the new lock is staged beside the old one, proven to open, and only then put in
 * force, by one request that may be repeated. Killed or cut off at any step, either the old or the new one opens.
 */
import { createHash, randomBytes } from 'node:crypto';
import { openAnswer, openBlob, sealBlob } from '../../../vault/protocol/blob.ts';
import { equal, equalSecret, fromBase64url, wipe } from '../../../vault/protocol/bytes.ts';
import { ProtocolError } from '../../../vault/protocol/errors.ts';
import { argon2id } from '../../../vault/protocol/ksf.ts';
import type { Ksf, Response } from '../../../vault/protocol/messages.ts';
import {
  finishLogin,
  finishRegistration,
  forget,
  startLogin,
  startRegistration,
} from '../../../vault/protocol/opaque-client.ts';
import { opaqueParameters } from '../../../vault/protocol/opaque-keys.ts';
import { vaultOwnerKey } from '../../../vault/protocol/signing.ts';
import type { KsfBounds } from '../../../vault/protocol/suite.ts';
import { HoldfastError } from '../../errors.ts';
import { phrase } from '../../text.ts';
import type { RootKey } from '../secret.ts';
import type { RegistrationStep, VaultPlace } from './api.ts';
import { toHex, toText, type Connection, type Signer } from './connection.ts';
import { Unreachable, untrue, VaultProblem } from './failures.ts';
import type { Journal, RecordFolder } from './record-folder.ts';
import type { Witnessed } from './witnessed.ts';

export interface RegistrationContext {
  connection: Connection;
  recordId: Uint8Array;
  folder: RecordFolder;
  witnessed: Witnessed;
  place: VaultPlace;
  ksf: Ksf;
  ksfBounds: KsfBounds;
}

export interface RegistrationInput {
  /** UTF-8 (password.ts); the caller wipes it. */
  password: Uint8Array;
  rootKey: RootKey;
  /** Of the record now: 0 where there is none. */
  version: number;
  invite: string | undefined;
  onStep: (step: RegistrationStep) => void;
}

/** SHA-256 of the owner's public key, in hex, as the journal keeps it. */
export function ownerMark(rootKey: RootKey, recordId: Uint8Array): string {
  const { seed, publicKey } = rootKey.read((bytes) => vaultOwnerKey(bytes, recordId));
  wipe(seed);
  return createHash('sha256').update(publicKey).digest('hex');
}

/** @throws HoldfastError vault-*, VaultProblem */
export async function runRegistration(context: RegistrationContext, input: RegistrationInput): Promise<void> {
  const { connection, recordId, folder } = context;
  const owner = input.rootKey.read((bytes) => vaultOwnerKey(bytes, recordId));
  const registrationId = new Uint8Array(randomBytes(16));
  const journal: Journal = {
    kind: input.version === 0 ? 'first' : 'change',
    registrationId: toHex(registrationId),
    version: input.version + 1,
    step: 'start',
    owner: ownerMark(input.rootKey, recordId),
    place: { vaultId: toHex(connection.vaultId), urls: context.place.urls, fingerprint: context.place.fingerprint },
  };
  const done = async (step: RegistrationStep): Promise<void> => {
    await folder.keepJournal({ ...journal, step });
    if (step !== 'done') input.onStep(step);
  };
  const run = new Registration(context, input, registrationId, owner);
  try {
    // Before the vault hears of the record: its id would be lost with this process otherwise.
    await folder.keepJournal(journal);
    await run.start();
    await done('start');
    await run.stage();
    await done('stage');
    await run.prove();
    await done('prove');
    // Before the request: from here on it cannot be told from this side which one is in force.
    await folder.keepJournal({ ...journal, step: 'expose' });
    await run.expose();
    await done('done');
    input.onStep('expose');
  } catch (error) {
    throw run.exposing && leavesOpen(error) ? perhapsInForce(input.version, error) : error;
  } finally {
    run.forget();
    wipe(owner.seed);
  }
}

class Registration {
  readonly #context: RegistrationContext;
  readonly #input: RegistrationInput;
  readonly #id: Uint8Array;
  readonly #owner: Signer & { publicKey: Uint8Array };
  readonly #head: { recordId: string; registrationId: string };
  readonly #limit: number;
  readonly #version: number;
  #exportKey: Uint8Array = new Uint8Array();
  #record: Uint8Array = new Uint8Array();
  exposing = false;

  constructor(
    context: RegistrationContext,
    input: RegistrationInput,
    registrationId: Uint8Array,
    owner: Signer & { publicKey: Uint8Array },
  ) {
    this.#context = context;
    this.#input = input;
    this.#id = registrationId;
    this.#owner = owner;
    this.#head = { recordId: toText(context.recordId), registrationId: toText(registrationId) };
    this.#limit = context.connection.bundle.maxAttempts;
    this.#version = input.version + 1;
  }

  get #parameters() {
    const { connection, recordId, ksf } = this.#context;
    return opaqueParameters(connection.vaultId, recordId, this.#limit, ksf);
  }

  get #stretch() {
    return argon2id(this.#context.ksf, this.#context.ksfBounds);
  }

  /** The blinded password goes out, and the vault's key comes back on it. */
  async start(): Promise<void> {
    const { connection, witnessed } = this.#context;
    const { blinded, state } = startRegistration(this.#input.password);
    try {
      const answer = await this.#askStart(toText(blinded));
      await witnessed.check('receipt', answer.receipt, [this.#id]);
      const response = {
        evaluated: fromBase64url(answer.evaluated),
        serverPublicKey: fromBase64url(answer.serverPublicKey),
      };
      const pinned = connection.bundle.akeKey;
      const made = await finishRegistration(state, response, pinned, this.#parameters, this.#stretch);
      this.#record = made.record;
      this.#exportKey = made.exportKey;
    } catch (error) {
      throw error instanceof ProtocolError ? untrue(`${error.code}: ${error.message}`, error) : error;
    } finally {
      forget(state);
    }
  }

  async #askStart(blinded: string): Promise<Response<'regStart'>> {
    const { connection } = this.#context;
    const { invite, version } = this.#input;
    const request = { ...this.#head, version: this.#version, blinded, ...(invite === undefined ? {} : { invite }) };
    if (version > 0) return connection.signed('regStart', request, this.#owner);
    try {
      return await connection.sites.call('regStart', request);
    } catch (error) {
      // A first registration that was cut off after its proof: from then on the vault knows its owner.
      if (error instanceof VaultProblem && error.code === 'bad-proof') {
        return connection.signed('regStart', request, this.#owner);
      }
      throw error;
    }
  }

  /** The new lock is stored beside the one in force; nobody can ask for it. */
  async stage(): Promise<void> {
    const { connection, recordId, witnessed, ksf } = this.#context;
    const place = { recordId, version: this.#version, vaultId: connection.vaultId };
    const blob = this.#input.rootKey.read((bytes) => sealBlob(this.#exportKey, bytes, place));
    const { receipt } = await connection.sites.call('regStage', {
      ...this.#head,
      opaqueRecord: toText(this.#record),
      blob: toText(blob),
      ksf,
      maxAttempts: this.#limit,
      ownerPublicKey: toText(this.#owner.publicKey),
    });
    await witnessed.check('receipt', receipt, [this.#id]);
  }

  /** A whole login against what is staged: the key that comes back must be the one that went in. */
  async prove(): Promise<void> {
    const { connection, recordId, ksf } = this.#context;
    const { ke1, state } = startLogin(this.#input.password);
    try {
      const answer = await connection.signed('regProve', { ...this.#head, ke1: toText(ke1) }, this.#owner);
      if (JSON.stringify(answer.ksf) !== JSON.stringify(ksf))
        throw untrue('other Argon2id parameters than were staged');
      const login = await finishLogin(state, fromBase64url(answer.ke2), this.#parameters, this.#stretch);
      const { sealed } = await connection.sites.call('regProveFinish', { ...this.#head, ke3: toText(login.ke3) });
      const place = { call: 'regProveFinish', recordId, requestId: this.#id } as const;
      const { blob, version } = openAnswer(login.sessionKey, sealed, place);
      const opened = openBlob(login.exportKey, blob, { recordId, version, vaultId: connection.vaultId });
      const same = version === this.#version && this.#input.rootKey.read((bytes) => equalSecret(bytes, opened));
      wipe(opened, login.sessionKey, login.exportKey);
      if (!same) throw untrue('the new lock opens to something else');
    } catch (error) {
      throw error instanceof ProtocolError ? untrue(`${error.code}: ${error.message}`, error) : error;
    } finally {
      forget(state);
    }
  }

  /** In force from now on; the old lock is gone. */
  async expose(): Promise<void> {
    const { connection, witnessed } = this.#context;
    this.exposing = true;
    const { receipt } = await connection.signed('regExpose', this.#head, this.#owner);
    const { version } = await witnessed.check('receipt', receipt, [this.#id]);
    if (version !== this.#version) throw untrue(`version ${version} is in force`);
    this.exposing = false;
    const { registrations } = witnessed.seen;
    // Of a record that this computer has not asked about yet, the vault's count is not known.
    const known = this.#input.version === 0 ? 1 : registrations === 0 ? 0 : registrations + 1;
    await witnessed.keep({ version, registrations: known });
  }

  forget(): void {
    wipe(this.#exportKey);
  }
}

/** Whether an earlier try of RegExpose may have been done, as far as what came of the last one tells. */
function leavesOpen(error: unknown): error is Unreachable | VaultProblem {
  if (error instanceof Unreachable) return true;
  return error instanceof VaultProblem && error.repeated && (error.code === 'too-many-requests' || error.code === null);
}

function perhapsInForce(version: number, cause: Unreachable | VaultProblem): HoldfastError {
  const [message, guidance] =
    version === 0
      ? [
          phrase('The vault was cut off at the last step of setting up your password.'),
          phrase('Try again: what was begun is gone on with.'),
        ]
      : [
          phrase('The vault was cut off at the last step: it can’t be told which password is in force.'),
          phrase(
            'One of the two is. Try the new one first, then the old one; or change the password again when the vault answers.',
          ),
        ];
  return new HoldfastError('vault-unreachable', message, guidance, { detail: cause.message, cause });
}

/** Whether a journal belongs to the holder of this root key. */
export function isOwnJournal(journal: Journal, rootKey: RootKey, recordId: Uint8Array): boolean {
  return equal(Buffer.from(journal.owner, 'hex'), Buffer.from(ownerMark(rootKey, recordId), 'hex'));
}
