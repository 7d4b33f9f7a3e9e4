/**
 * `vault embedded`: a whole vault in one folder, for trying out. The first run makes everything; every step can be
 * taken up after a crash. It says in one line where it listens, and ends when its standard input is closed.
 */
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { createSoftToken, findSoftHsm } from '../hsm/soft-token.ts';
import { fingerprint } from '../protocol/bundle.ts';
import { fromBase64url } from '../protocol/bytes.ts';
import { parseConfig, type Config } from './config.ts';
import { filesIn, lockFolder, makeFolder, readChain, readIfThere, writeChain, writeWhole } from './folder.ts';
import { CliError, type Output } from './say.ts';
import { serve, type Running } from './serve.ts';
import { hexOf, makeKeys, nextChain, openSite, tlsOf } from './site.ts';

const HOST = '127.0.0.1';
const TOKEN = 'holdfast-embedded';

/** What the folder remembers of its first run. */
async function kept(folder: string, name: string, make: () => string | Promise<string>): Promise<string> {
  const file = path.join(folder, name);
  const found = await readIfThere(file);
  if (found !== null && found.trim() !== '') return found.trim();
  const made = await make();
  await writeWhole(file, `${made}\n`);
  return made;
}

/** A port that nobody listens on now. It is kept, so that the address that was written down stays right. */
async function freePort(): Promise<string> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, HOST, () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(String(port)));
    });
  });
}

/** @returns path of the module */
async function softToken(folder: string, pin: string, soPin: string): Promise<string> {
  const home = path.join(folder, 'softhsm');
  process.env['SOFTHSM2_CONF'] = path.join(home, 'softhsm2.conf');
  await kept(folder, 'token', async () => {
    // A token that a crash left half made has no keys that anything depends on.
    await rm(home, { recursive: true, force: true });
    await createSoftToken({ folder: home, label: TOKEN, pin, soPin });
    return TOKEN;
  });
  const modulePath = await findSoftHsm();
  if (modulePath === null) throw new CliError('SoftHSM2 is not installed any more');
  return modulePath;
}

async function configOf(folder: string, modulePath: string): Promise<Config> {
  const port = await kept(folder, 'port', freePort);
  // As the operator of a real one would write it, so that both go the same way; JSON strings are TOML strings.
  const text = `
    [vault]
    site = "embedded"
    folder = ${JSON.stringify(folder)}
    [listen]
    host = "${HOST}"
    port = ${port}
    [hsm]
    module = ${JSON.stringify(modulePath)}
    token = "${TOKEN}"
    pin-file = "pin"
    [store]
    kind = "sqlite"
    [[site]]
    name = "embedded"
    url = "https://${HOST}:${port}"
    [log]
    level = "warn"
  `;
  return parseConfig(text, path.join(folder, 'vault.toml'));
}

/** Makes what is missing in `folder`, and serves. */
export async function startEmbedded(folder: string): Promise<Running & { fingerprint: string; vaultId: string }> {
  await makeFolder(folder);
  const files = filesIn(folder);
  const pin = await kept(folder, 'pin', () => randomBytes(16).toString('hex'));
  const soPin = await kept(folder, 'so-pin', () => randomBytes(16).toString('hex'));
  const config = await configOf(folder, await softToken(folder, pin, soPin));
  let chain = await readChain(files.bundle);
  if (chain === null) {
    const unlock = lockFolder(files.lock);
    try {
      await makeKeys(config, pin);
      const opened = await openSite(config, pin, 'create', null);
      try {
        chain = await nextChain(config, opened, await tlsOf(config), [], { embedded: true });
      } finally {
        await opened.close();
      }
      await writeChain(files.bundle, chain);
    } finally {
      unlock();
    }
  }
  const [first] = chain;
  if (first === undefined) throw new CliError(`${files.bundle} is empty`);
  const running = await serve(config, pin, process.stderr);
  return {
    ...running,
    fingerprint: hexOf(fingerprint(fromBase64url(first.bundle))),
    vaultId: hexOf(running.service.bundle.vaultId),
  };
}

export async function embeddedCommand(folder: string, out: Output): Promise<void> {
  const ended = new Promise<void>((resolve) => {
    process.stdin.once('end', resolve).once('close', resolve).once('error', resolve).resume();
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
  const { service, fingerprint: hash, vaultId, stop } = await startEmbedded(path.resolve(folder));
  out.print(JSON.stringify({ url: service.url, fingerprint: hash, vaultId }));
  await ended;
  await stop();
}
