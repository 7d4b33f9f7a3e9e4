#!/usr/bin/env node
/**
 * Signs what a channel offers: writes CHANNEL.json, which names a release and its files, and CHANNEL.json.sig beside it.
 * The private key comes from a file outside the repository or from the environment; docs/releasing.md tells how keys are
 * made, kept and replaced.
 *
 *   node build/sign-release.mjs new-key FILE       makes a key; prints its public half
 *   node build/sign-release.mjs public FILE        prints the public half of a key
 *   node build/sign-release.mjs sign FOLDER --channel stable|beta [--version V] [--minimum V] [--rollout PERCENT]
 *       [--notes FILE] [--folder URL] [--key FILE]...
 *
 * Without --key the key is the PEM text in HOLDFAST_RELEASE_KEY. Two keys sign while one takes the other's place. Every
 * .AppImage, .zip and .exe of the folder that electron-builder named is listed. What is signed again with a lower --rollout
 * (0 withdraws it) keeps its version.
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { inflateRawSync } from 'node:zlib';
import { Stop, isMain, main, readJson, root, say } from './tools.mjs';

/** Before the bytes that are signed; as in main/app/updates/manifest.ts. */
const SIGNED_PREFIX = 'holdfast release 1\n';
/** As in main/app/updates/version.ts. */
const VERSION = /^(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})(-beta\.[1-9]\d{0,5})?$/;
/** `Holdfast-1.2.3-arm64.AppImage`; electron-builder writes its own word for x64 or none. */
const FILE = /^[A-Za-z0-9][A-Za-z0-9._-]*\.(AppImage|zip|exe)$/;
const SYSTEMS = { AppImage: 'linux', zip: 'darwin', exe: 'win32' };
/** A block map is a small part of its file. */
const MAX_BLOCK_MAP = 64 * 1024 * 1024;

/** The 32 raw bytes of a key's public half. */
function rawPublic(privateKey) {
  return createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32);
}

/** The name of a key in files of signatures: the first 8 bytes of its SHA-256, in hex. */
function keyId(raw) {
  return createHash('sha256').update(raw).digest('hex').slice(0, 16);
}

/** @throws {Stop} where the text is no Ed25519 private key; it is not repeated */
export function readKey(pem) {
  let key;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new Stop('the key is not a private key in PEM form.');
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new Stop(`the key is ${key.asymmetricKeyType}, not Ed25519.`);
  return key;
}

/** Base64 of a key's public half, as HOLDFAST_UPDATE_KEYS takes it. */
export function publicText(privateKey) {
  return rawPublic(privateKey).toString('base64');
}

/** The file of signatures over these bytes, one for each key. */
export function signatures(bytes, keys) {
  const message = Buffer.concat([Buffer.from(SIGNED_PREFIX), bytes]);
  const list = keys.map((key) => ({
    key: keyId(rawPublic(key)),
    signature: sign(null, message, key).toString('base64'),
  }));
  for (const [at, key] of keys.entries()) {
    if (!verify(null, message, createPublicKey(key), Buffer.from(list[at].signature, 'base64'))) {
      throw new Stop('a signature that was just made does not hold.');
    }
  }
  return `${JSON.stringify({ signatures: list }, null, 2)}\n`;
}

/** Bytes of the block map at the end of an AppImage, without its own length; undefined where there is none. */
async function blockMapSize(file, size) {
  const handle = await open(file);
  try {
    const length = Buffer.alloc(4);
    await handle.read(length, 0, 4, size - 4);
    const bytes = length.readUInt32BE(0);
    if (bytes === 0 || bytes > Math.min(size - 4, MAX_BLOCK_MAP)) return undefined;
    const map = Buffer.alloc(bytes);
    await handle.read(map, 0, bytes, size - 4 - bytes);
    JSON.parse(inflateRawSync(map).toString('utf8'));
    return bytes;
  } catch {
    return undefined; // the last bytes are something else
  } finally {
    await handle.close();
  }
}

/** Whether a file is of exactly this version: 1.2.3 is neither 1.2.3-beta.4 nor 1.2.30 nor 11.2.3. */
function isOf(name, version) {
  const [found] = /(?<![\d.])\d+\.\d+\.\d+(-beta\.\d+)?/.exec(name) ?? [];
  return found === version;
}

/** What the manifest says of one file. */
async function describe(folder, name) {
  const file = path.join(folder, name);
  const hash = createHash('sha512');
  let size = 0;
  for await (const part of createReadStream(file)) {
    hash.update(part);
    size += part.length;
  }
  const extension = path.extname(name).slice(1);
  const map = extension === 'AppImage' ? await blockMapSize(file, size) : undefined;
  return {
    name,
    system: SYSTEMS[extension],
    arch: /universal/.test(name) ? 'universal' : /arm64|aarch64/.test(name) ? 'arm64' : 'x64',
    size,
    sha512: hash.digest('base64'),
    ...(map === undefined ? {} : { blockMapSize: map }),
  };
}

/**
 * Writes the manifest and its signatures into `folder`.
 * @param {{ folder: string, channel: 'stable' | 'beta', version: string, minimum: string, rollout: number, notes: string,
 *   at?: string, keys: import('node:crypto').KeyObject[], issued?: Date }} options `at`: URL of the folder of the files,
 *   where they do not lie beside the manifest
 * @throws {Stop}
 */
export async function signRelease(options) {
  const { folder, channel, version, minimum, rollout, notes, at, keys, issued = new Date() } = options;
  if (channel !== 'stable' && channel !== 'beta') throw new Stop('--channel is stable or beta.');
  if (!VERSION.test(version)) throw new Stop(`${version} is no version; they are like 1.2.3 or 1.2.3-beta.4.`);
  if (!VERSION.test(minimum)) throw new Stop(`${minimum} is no version.`);
  if (channel === 'stable' && version.includes('-')) throw new Stop('a beta is not offered on the stable channel.');
  if (!(rollout >= 0 && rollout <= 100)) throw new Stop('--rollout is 0 to 100.');
  if (keys.length === 0 || keys.length > 2) throw new Stop('one key signs, or two while one is replaced.');
  const names = (await readdir(folder)).filter((name) => FILE.test(name) && isOf(name, version)).sort();
  if (names.length === 0) throw new Stop(`there is no .AppImage, .zip or .exe of ${version} in ${folder}.`);
  const files = [];
  for (const name of names) files.push(await describe(folder, name));
  const manifest = {
    format: 1,
    product: 'holdfast',
    version,
    channel,
    issued: issued.toISOString(),
    minimumVersion: minimum,
    rollout,
    notes,
    ...(at === undefined ? {} : { folder: at.endsWith('/') ? at : `${at}/` }),
    files,
  };
  const bytes = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
  await writeFile(path.join(folder, `${channel}.json`), bytes);
  await writeFile(path.join(folder, `${channel}.json.sig`), signatures(bytes, keys));
  return manifest;
}

async function newKey(file) {
  if (path.resolve(file).startsWith(root + path.sep)) throw new Stop('a private key is not kept in the repository.');
  const { privateKey } = generateKeyPairSync('ed25519');
  await writeFile(file, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600, flag: 'wx' });
  say(`the private key is in ${file}. Its public half, for HOLDFAST_UPDATE_KEYS:`);
  console.log(publicText(privateKey));
}

async function keysOf(files) {
  if (files.length > 0) return await Promise.all(files.map(async (file) => readKey(await readFile(file, 'utf8'))));
  const pem = process.env.HOLDFAST_RELEASE_KEY ?? '';
  if (pem === '') throw new Stop('no key: name its file with --key, or put its PEM text into HOLDFAST_RELEASE_KEY.');
  return [readKey(pem)];
}

async function signCommand(folder, values) {
  const own = readJson(path.join(root, 'package.json')).version;
  const manifest = await signRelease({
    folder,
    channel: values.channel,
    version: values.version ?? own,
    minimum: values.minimum ?? '0.1.0',
    rollout: Number(values.rollout ?? '100'),
    notes: values.notes === undefined ? '' : await readFile(values.notes, 'utf8'),
    ...(values.folder === undefined ? {} : { at: values.folder }),
    keys: await keysOf(values.key ?? []),
  });
  say(
    `${values.channel}.json offers ${manifest.version} to ${manifest.rollout} of 100, ${manifest.files.length} files.`,
  );
}

if (isMain(import.meta.url)) {
  await main(async () => {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        channel: { type: 'string' },
        version: { type: 'string' },
        minimum: { type: 'string' },
        rollout: { type: 'string' },
        notes: { type: 'string' },
        folder: { type: 'string' },
        key: { type: 'string', multiple: true },
      },
    });
    const [command, file] = positionals;
    if (file === undefined) throw new Stop('usage: node build/sign-release.mjs new-key|public|sign FILE-OR-FOLDER');
    if (command === 'new-key') return await newKey(file);
    if (command === 'public') return console.log(publicText(readKey(await readFile(file, 'utf8'))));
    if (command === 'sign') return await signCommand(file, values);
    throw new Stop(`there is no command ${command}.`);
  });
}
