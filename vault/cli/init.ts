/**
 * `vault init`: makes what is missing, and can be run again after any interruption. With several sites it is run on
 * each of them twice: first it makes keys and prints what the others' configuration needs to know of this site; when
 * all of that is written down, the first site makes the vault and its bundle, and the others take the bundle over.
 */
import { readFile } from 'node:fs/promises';
import QRCode from 'qrcode';
import { fingerprint, verifyChain } from '../protocol/bundle.ts';
import { fromBase64url } from '../protocol/bytes.ts';
import { BundleChain, type SignedBundle } from '../protocol/messages.ts';
import { fingerprintText, vaultUri } from '../protocol/vault-uri.ts';
import type { Config } from './config.ts';
import { filesIn, lockFolder, makeFolder, readChain, writeChain } from './folder.ts';
import { CliError, type Output } from './say.ts';
import { hexOf, lastOf, makeKeys, nextChain, openHsm, openSite, pinOf, tlsOf } from './site.ts';

export interface InitOptions {
  /** Bundle file of the first site. */
  join?: string | undefined;
  /** Signs another bundle, for a configuration that changed. */
  newBundle?: boolean | undefined;
}

export async function initCommand(config: Config, options: InitOptions, out: Output): Promise<void> {
  const files = filesIn(config.vault.folder);
  await makeFolder(config.vault.folder);
  const unlock = lockFolder(files.lock);
  try {
    const pin = await pinOf(config);
    const made = await makeKeys(config, pin);
    out.note(made.length > 0 ? `made in the token: ${made.join(', ')}` : 'the token has all its keys');
    const tls = await tlsOf(config);

    let chain = (await readChain(files.bundle)) ?? [];
    if (options.join !== undefined) {
      chain = await joined(options.join, chain);
      const hsm = await openHsm(config, pin, lastOf(chain));
      await hsm.close();
      await writeChain(files.bundle, chain);
    } else if (await othersUnknown(config, pin, tls.spkiHash, tls.selfSigned, out)) {
      return;
    } else if (chain.length === 0 || options.newBundle === true) {
      const opened = await openSite(config, pin, 'create', chain.length === 0 ? null : lastOf(chain));
      try {
        chain = await nextChain(config, opened, tls, chain, { embedded: false });
      } finally {
        await opened.close();
      }
      await writeChain(files.bundle, chain);
    }
    await show(config, chain, out);
  } finally {
    unlock();
  }
}

/** Says what the configuration still needs, where other sites have no key in it. */
async function othersUnknown(
  config: Config,
  pin: string,
  spkiHash: Uint8Array,
  selfSigned: boolean,
  out: Output,
): Promise<boolean> {
  const unknown = config.site.filter((site) => site.key === undefined && site.name !== config.vault.site);
  if (unknown.length === 0) return false;
  const hsm = await openHsm(config, pin, null);
  const key = hexOf(hsm.publicKeys.site);
  await hsm.close();
  out.note(`no key yet of: ${unknown.map((site) => site.name).join(', ')}. For the configuration of every site:`);
  out.print(`# [[site]] ${config.vault.site}`);
  out.print(`key = "${key}"`);
  if (selfSigned) out.print(`tls-key = "${hexOf(spkiHash)}"`);
  return true;
}

/** Takes over a longer chain of the same vault. @throws CliError */
async function joined(file: string, own: SignedBundle[]): Promise<SignedBundle[]> {
  let chain: SignedBundle[];
  try {
    chain = BundleChain.parse(JSON.parse(await readFile(file, 'utf8'))).chain;
  } catch (error) {
    throw new CliError(`${file} is no chain of bundles`, { cause: error });
  }
  const first = own[0] ?? chain[0];
  if (first === undefined) throw new CliError(`${file} is empty`);
  verifyChain(chain, fingerprint(fromBase64url(first.bundle)), { minEpoch: own.length });
  return chain;
}

async function show(config: Config, chain: SignedBundle[], out: Output): Promise<void> {
  const [first] = chain;
  if (first === undefined) return;
  const hash = fingerprint(fromBase64url(first.bundle));
  const uri = vaultUri(
    hash,
    config.site.map((site) => site.url),
  );
  out.print(`Fingerprint  ${fingerprintText(hash)}`);
  out.print(`Vault        ${hexOf(lastOf(chain).vaultId)}`);
  out.print(`Bundle       ${chain.length}`);
  out.print(uri);
  out.note(await QRCode.toString(uri, { type: 'utf8', errorCorrectionLevel: 'M' }));
}
