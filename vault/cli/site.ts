/** The parts of a site, opened as its configuration says. */
import { readFile } from 'node:fs/promises';
import type { Hsm } from '../hsm/hsm.ts';
import { init, openAndKeep } from '../hsm/open.ts';
import { createLedger, openLedger, type LedgerOptions } from '../ledger/open.ts';
import type { SiteLedger } from '../ledger/site-ledger.ts';
import { decodeBundle, signBundle, fingerprint, type VaultBundle } from '../protocol/bundle.ts';
import { equal, fromBase64url } from '../protocol/bytes.ts';
import type { SignedBundle } from '../protocol/messages.ts';
import { SUITE } from '../protocol/suite.ts';
import { openEtcdStore } from '../store/etcd.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import type { Store } from '../store/store.ts';
import { selfSigned } from './certificate.ts';
import type { Config } from './config.ts';
import { filesIn, makeFolder, readIfThere, writeWhole } from './folder.ts';
import { readPin, secretFile } from './pin.ts';
import { CliError } from './say.ts';
import { spkiHashOf, type TlsFiles } from './tls-files.ts';

/** Makes the keys that the token does not have yet. @returns labels of those that were made */
export async function makeKeys(config: Config, pin: string): Promise<string[]> {
  const { made } = await init(hsmOptions(config, pin));
  return made;
}

function hsmOptions(config: Config, pin: string) {
  const { module, token, extractable } = config.hsm;
  return { modulePath: module, tokenLabel: token, pin, profile: config.vault.profile, extractable };
}

/** @param pinned the bundle whose keys the token must hold; null before there is one */
export function openHsm(config: Config, pin: string, pinned: VaultBundle | null): Promise<Hsm> {
  const keys = pinned === null ? undefined : { oprf: pinned.oprfKey, ake: pinned.akeKey, receipt: pinned.receiptKey };
  return openAndKeep({ ...hsmOptions(config, pin), pinned: keys });
}

export async function openStore(config: Config): Promise<Store> {
  const { store, vault } = config;
  if (store.kind === 'sqlite') return openSqliteStore({ file: store.file ?? filesIn(vault.folder).database });
  const { endpoints, prefix, ca, certificate, key, username } = store;
  const passwordFile = store['password-file'];
  return openEtcdStore({
    endpoints,
    prefix,
    tls: {
      ca: await readFile(ca),
      ...(key === undefined || certificate === undefined
        ? {}
        : { key: await readFile(key), certificate: await readFile(certificate) }),
    },
    ...(username === undefined || passwordFile === undefined
      ? {}
      : { auth: { username, password: await secretFile(passwordFile) } }),
  });
}

/** The sites with their keys; this one's own is known from its token. @throws CliError where one is missing or wrong */
export function sitesOf(config: Config, hsm: Hsm): LedgerOptions['sites'] {
  return config.site.map(({ name, key }) => {
    const own = name === config.vault.site;
    if (key === undefined) {
      if (own) return { name, publicKey: hsm.publicKeys.site };
      throw new CliError(`[[site]] ${name} has no key yet: "vault init" there prints it`);
    }
    const publicKey = new Uint8Array(Buffer.from(key, 'hex'));
    if (own && !equal(publicKey, hsm.publicKeys.site)) {
      throw new CliError(`[[site]] ${name} names another key than its token's, ${hexOf(hsm.publicKeys.site)}`);
    }
    return { name, publicKey };
  });
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

export interface Opened {
  hsm: Hsm;
  store: Store;
  ledger: SiteLedger;
  close(): Promise<void>;
}

/**
 * Opens token, store and ledger.
 *
 * @param how `create`: makes the ledger where the store has none
 */
export async function openSite(
  config: Config,
  pin: string,
  how: 'open' | 'create',
  pinned: VaultBundle | null,
  onTrouble: (error: unknown) => void = () => {},
): Promise<Opened> {
  await makeFolder(config.vault.folder);
  const hsm = await openHsm(config, pin, pinned);
  let store: Store | null = null;
  try {
    store = await openStore(config);
    const options: LedgerOptions = {
      store,
      hsm,
      site: config.vault.site,
      sites: sitesOf(config, hsm),
      sealFile: filesIn(config.vault.folder).seal,
      onTrouble,
    };
    const ledger = how === 'create' ? await createLedger(options) : await openLedger(options);
    const opened = { hsm, store, ledger };
    return {
      ...opened,
      async close() {
        await ledger.close();
        await opened.store.close();
        await hsm.close();
      },
    };
  } catch (error) {
    await store?.close();
    await hsm.close();
    throw error;
  }
}

/** Key and certificate of this site: those that the configuration names, else self-signed ones, made when missing. */
export async function tlsOf(config: Config): Promise<TlsFiles> {
  const { certificate, key } = config.listen;
  if (certificate !== undefined && key !== undefined) {
    const cert = await readFile(certificate, 'utf8');
    return { cert, key: await readFile(key, 'utf8'), spkiHash: spkiHashOf(cert), selfSigned: false };
  }
  const files = filesIn(config.vault.folder);
  const found = { cert: await readIfThere(files.certificate), key: await readIfThere(files.key) };
  if (found.cert !== null && found.key !== null) {
    return { cert: found.cert, key: found.key, spkiHash: spkiHashOf(found.cert), selfSigned: true };
  }
  await makeFolder(config.vault.folder);
  const own = config.site.find((one) => one.name === config.vault.site);
  const names = new Set(['localhost', '127.0.0.1', ...(own === undefined ? [] : [hostOf(own.url)])]);
  const made = await selfSigned([...names], Date.now());
  await writeWhole(files.key, made.key);
  await writeWhole(files.certificate, made.cert);
  return { cert: made.cert, key: made.key, spkiHash: made.spkiHash, selfSigned: true };
}

function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[|\]$/g, '');
}

export async function pinOf(config: Config): Promise<string> {
  return readPin(config.hsm);
}

/** The current bundle of a chain. */
export function lastOf(chain: SignedBundle[]): VaultBundle {
  const last = chain.at(-1);
  if (last === undefined) throw new CliError('the chain of bundles is empty');
  return decodeBundle(fromBase64url(last.bundle));
}

/** Adds the bundle that the configuration describes; signed by the one before, which has the same receipt key. */
export async function nextChain(
  config: Config,
  opened: Pick<Opened, 'hsm' | 'ledger'>,
  tls: TlsFiles,
  chain: SignedBundle[],
  options: { embedded: boolean },
): Promise<SignedBundle[]> {
  const { hsm, ledger } = opened;
  const before = chain.at(-1);
  const keys = new Map(sitesOf(config, hsm).map(({ name, publicKey }) => [name, publicKey]));
  const bundle: VaultBundle = {
    vaultId: ledger.vaultId,
    epoch: chain.length + 1,
    suite: SUITE,
    profile: hsm.profile,
    oprfKey: hsm.publicKeys.oprf,
    akeKey: hsm.publicKeys.ake,
    receiptKey: hsm.publicKeys.receipt,
    maxAttempts: config.vault['max-attempts'],
    embedded: options.embedded,
    sites: config.site.map(({ name, url }) => ({ name, url, siteKey: keys.get(name) ?? hsm.publicKeys.site })),
    tlsKeys: tlsKeysOf(config, tls),
    inviteNeeded: config.invites !== undefined,
    previous: before === undefined ? null : fingerprint(fromBase64url(before.bundle)),
    created: Date.now(),
  };
  return [...chain, await signBundle(bundle, (message) => hsm.sign(message))];
}

function tlsKeysOf(config: Config, tls: TlsFiles): Uint8Array[] {
  const keys: Uint8Array[] = [];
  for (const site of config.site) {
    const own = site.name === config.vault.site;
    if (own && tls.selfSigned) keys.push(tls.spkiHash);
    else if (site['tls-key'] !== undefined) keys.push(new Uint8Array(Buffer.from(site['tls-key'], 'hex')));
  }
  return keys;
}
