/** Keys of one site that come and go: those that receive data keys, and those that seal its view of the log. */
import { randomBytes } from 'node:crypto';
import { CKO } from './cryptoki.ts';
import type { Handle } from './cryptoki.ts';
import { MacDhKey, findDhKey } from './dh-keys.ts';
import type { DhKey } from './dh-keys.ts';
import { HsmError } from './hsm.ts';
import type { HsmCounts } from './hsm.ts';
import type { Token } from './module.ts';
import { LABEL, destroyLabelled, listSuffixes, makeEcPair, makeMacKey } from './objects.ts';
import { calling, findMacKey, mac } from './operations.ts';
import type { MacKey } from './operations.ts';

const ID = /^[0-9a-f]{32}$/u;
/** Private parts first: a crash between the two leaves a public key that opens nothing. */
const PAIR = [CKO.PRIVATE_KEY, CKO.PUBLIC_KEY];

function newId(): string {
  return randomBytes(16).toString('hex');
}

function labelled(prefix: string, id: string): string {
  if (!ID.test(id)) throw new HsmError('not-initialised', 'A key of this site is named by 16 bytes in hex.');
  return `${prefix}${id}`;
}

/** Wrap keys: EC pairs of the module, or, in profile B, secret keys whose MAC gives the scalar. */
export class WrapKeys {
  readonly #token: Token;
  readonly #macKind: MacKey['kind'];
  readonly #inModule: boolean;

  constructor(token: Token, inModule: boolean, macKind: MacKey['kind']) {
    this.#token = token;
    this.#inModule = inModule;
    this.#macKind = macKind;
  }

  async create(): Promise<{ id: string; publicKey: Uint8Array }> {
    const { p11, sessions } = this.#token;
    const id = newId();
    const label = labelled(LABEL.wrap, id);
    await sessions.use((session) =>
      this.#inModule
        ? makeEcPair(p11, session, label, 'derive', 'never')
        : makeMacKey(p11, session, label, this.#macKind, 'never'),
    );
    return { id, publicKey: (await this.#find(id)).publicKey };
  }

  async list(): Promise<{ id: string; publicKey: Uint8Array }[]> {
    const objectClass = this.#inModule ? CKO.PRIVATE_KEY : CKO.SECRET_KEY;
    const ids = await this.#token.sessions.use((session) =>
      listSuffixes(this.#token.p11, session, objectClass, LABEL.wrap),
    );
    return await Promise.all(ids.sort().map(async (id) => ({ id, publicKey: (await this.#find(id)).publicKey })));
  }

  /** x coordinate, 32 bytes. */
  async dh(id: string, peer: Uint8Array): Promise<Uint8Array> {
    const key = await this.#find(id);
    return (await key.multiply(peer)).slice(1);
  }

  destroy(id: string): Promise<void> {
    const classes = this.#inModule ? PAIR : [CKO.SECRET_KEY];
    return this.#token.sessions.use((session) =>
      destroyLabelled(this.#token.p11, session, classes, labelled(LABEL.wrap, id)),
    );
  }

  async #find(id: string): Promise<DhKey> {
    const label = labelled(LABEL.wrap, id);
    const found = await this.#token.sessions.use((session) =>
      this.#inModule ? findDhKey(this.#token, session, label) : findMacKey(this.#token, session, label),
    );
    if (found === null) throw new HsmError('not-initialised', `The token has no wrap key ${id}.`);
    return 'multiply' in found ? found : await MacDhKey.make(this.#token, found, 'wrap-key');
  }
}

export class EpochKeys {
  readonly #token: Token;
  readonly #macKind: MacKey['kind'];
  readonly #counts: HsmCounts;
  readonly #handles = new Map<string, MacKey>();

  constructor(token: Token, macKind: MacKey['kind'], counts: HsmCounts) {
    this.#token = token;
    this.#macKind = macKind;
    this.#counts = counts;
  }

  async create(): Promise<string> {
    const id = newId();
    await this.#token.sessions.use((session) =>
      makeMacKey(this.#token.p11, session, labelled(LABEL.epoch, id), this.#macKind, 'never'),
    );
    return id;
  }

  async list(): Promise<string[]> {
    const ids = await this.#token.sessions.use((session) =>
      listSuffixes(this.#token.p11, session, CKO.SECRET_KEY, LABEL.epoch),
    );
    return ids.sort();
  }

  async mac(id: string, message: Uint8Array): Promise<Uint8Array> {
    const key = this.#handles.get(id) ?? (await this.#token.sessions.use((session) => this.#find(session, id)));
    this.#handles.set(id, key);
    this.#counts.hmacs++;
    try {
      return await calling(`use the epoch key ${id}`, () => mac(this.#token, key, message));
    } catch (error) {
      // Destroyed by another process, or known by another handle since the token was away: looked up again next time.
      this.#handles.delete(id);
      throw error;
    }
  }

  destroy(id: string): Promise<void> {
    this.#handles.delete(id);
    return this.#token.sessions.use((session) =>
      destroyLabelled(this.#token.p11, session, [CKO.SECRET_KEY], labelled(LABEL.epoch, id)),
    );
  }

  #find(session: Handle, id: string): MacKey {
    const key = findMacKey(this.#token, session, labelled(LABEL.epoch, id));
    if (key === null) throw new HsmError('not-initialised', `The token has no epoch key ${id}.`);
    return key;
  }
}
