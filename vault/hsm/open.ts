/** Opens a vault's HSM: finds the token, checks that it can serve, finds the keys and has each of them prove itself. */
import { MacDhKey, findDhKey } from './dh-keys.ts';
import type { DhKey } from './dh-keys.ts';
import { HsmError } from './hsm.ts';
import type { Hsm, HsmCounts, HsmInfo, Profile } from './hsm.ts';
import { keepOpen } from './keep-open.ts';
import { checkKeys, checkPinned, loadMacKey, loadSignKey, makeKeys, proveDhKey } from './keys.ts';
import { checkCloning, checkFit, knownModule, missingMechanisms } from './modules.ts';
import { openToken } from './module.ts';
import type { Token, TokenOptions } from './module.ts';
import { LABEL } from './objects.ts';
import type { Extractable } from './objects.ts';
import { derivedOprf, keyPerRecordOprf, tweakedOprf } from './oprf.ts';
import type { Oprf } from './oprf.ts';
import type { MacKey } from './operations.ts';
import { EpochKeys, WrapKeys } from './site-keys.ts';
import { TokenHsm } from './token-hsm.ts';
import type { UseLimit } from './use-limit.ts';

export interface HsmOptions extends TokenOptions {
  profile: Profile;
  /** `wrapped` for a vault on several sites whose modules clone keys under wrap (modules.ts says which); else `never`. */
  extractable?: Extractable | undefined;
  /** Profile C; by default the one that the module is known for. */
  useLimit?: UseLimit | undefined;
}

export interface OpenOptions extends HsmOptions {
  /** What the vault's bundle says; what is left out is not compared. */
  pinned?: Partial<Hsm['publicKeys']> | undefined;
}

export interface InitOptions extends HsmOptions {
  /** By default HMAC where the module has it. */
  macKind?: MacKey['kind'] | undefined;
}

export interface InitResult {
  info: HsmInfo;
  publicKeys: Hsm['publicKeys'];
  /** Labels of the keys that were made; empty where all of them were there. */
  made: string[];
}

/**
 * Opens the token and logs in with one try of the PIN.
 *
 * @throws HsmError `unavailable`, `not-initialised`, `wrong-pin`, `unfit`, `swapped`
 */
export async function open(options: OpenOptions): Promise<Hsm> {
  return await withToken(options, (token) => load(token, options));
}

/** `open`, for a service that runs for months: the token is opened again after it was away. */
export function openAndKeep(options: OpenOptions): Promise<Hsm> {
  return keepOpen({ open: (pinned) => open({ ...options, pinned: pinned ?? options.pinned }) });
}

/**
 * Makes the keys of a vault in a token that exists; those that are there stay as they are.
 *
 * @throws HsmError as `open`
 */
export async function init(options: InitOptions): Promise<InitResult> {
  const { profile, extractable = 'never', macKind = null } = options;
  return await withToken(options, async (token) => {
    const made = await makeKeys(token, { profile, extractable, macKind });
    const hsm = await load(token, options);
    const { info, publicKeys } = hsm;
    await hsm.close();
    return { info, publicKeys, made };
  });
}

async function withToken<T>(options: HsmOptions, work: (token: Token) => Promise<T>): Promise<T> {
  const token = await openToken(options);
  try {
    checkFit(options.profile, token.info);
    checkCloning(options.extractable ?? 'never', token.info);
    return await work(token);
  } catch (error) {
    await token.release();
    throw error;
  }
}

async function load(token: Token, options: OpenOptions): Promise<Hsm> {
  const { profile, pinned = {} } = options;
  await checkKeys(token, profile, options.extractable ?? 'never');
  const counts: HsmCounts = { oprfDerives: 0, akeDerives: 0, hmacs: 0, signs: 0 };
  const macKey = await loadMacKey(token);
  const receipt = await loadSignKey(token, LABEL.receipt);
  const site = await loadSignKey(token, LABEL.site);
  const ake = await loadAke(token, profile, macKey, counts);
  const { oprf, publicKey } = await loadOprf(token, options, macKey, counts);
  checkPinned('OPRF', publicKey, pinned.oprf);
  checkPinned('AKE', ake.publicKey, pinned.ake);
  checkPinned('receipt', receipt.publicKey, pinned.receipt);
  checkPinned("site's", site.publicKey, pinned.site);
  const hsm = new TokenHsm({
    token,
    profile,
    counts,
    oprf,
    oprfPublicKey: publicKey,
    ake,
    receipt,
    site,
    wrapKeys: new WrapKeys(token, profile !== 'B', macKey.kind),
    epochKeys: new EpochKeys(token, macKey.kind, counts),
  });
  // What the checks above have used is not the vault's work.
  Object.assign(counts, { oprfDerives: 0, akeDerives: 0, hmacs: 0, signs: 0 });
  return hsm;
}

async function loadAke(token: Token, profile: Profile, macKey: MacKey, counts: HsmCounts): Promise<DhKey> {
  if (profile === 'B') return await MacDhKey.make(token, macKey, 'ake-key', () => counts.hmacs++);
  const key = await token.sessions.use((session) => findDhKey(token, session, LABEL.ake, () => counts.akeDerives++));
  await proveDhKey(key);
  return key;
}

async function loadOprf(
  token: Token,
  options: OpenOptions,
  macKey: MacKey,
  counts: HsmCounts,
): Promise<{ oprf: Oprf; publicKey: Uint8Array | null }> {
  switch (options.profile) {
    case 'A': {
      const key = await token.sessions.use((session) =>
        findDhKey(token, session, LABEL.oprf, () => counts.oprfDerives++),
      );
      await proveDhKey(key);
      return { oprf: tweakedOprf(token, key, macKey, counts), publicKey: key.publicKey };
    }
    case 'B':
      return { oprf: derivedOprf(token, macKey, counts), publicKey: null };
    case 'C': {
      const useLimit = options.useLimit ?? knownModule(token.info)?.useLimit;
      if (!useLimit) throw new HsmError('unfit', noLimit(token.info));
      return { oprf: keyPerRecordOprf(token, useLimit, counts), publicKey: null };
    }
  }
}

function noLimit(info: HsmInfo): string {
  const others = (['A', 'B'] as const).filter((profile) => missingMechanisms(profile, info.mechanisms).length === 0);
  const name = knownModule(info)?.name ?? info.model;
  return `Profile C needs a limit of uses that the module keeps itself, which ${name} does not. Profile ${others.join(' or ')} would do.`;
}
