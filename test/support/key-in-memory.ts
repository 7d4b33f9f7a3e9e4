/**
 * A process that does with a root key what the app does while it is unlocked, wipes it, and lets its parent look at
 * what is left in its memory. Says the key masked, as `key <hex>`, so that it does not hold the text itself; then
 * `unlocked` and `locked`, and goes on from each at a line from its parent.
 */
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { EngineThread } from '../../main/engine/client.ts';
import { RootKey } from '../../main/keys/secret.ts';
import { openBlob, sealBlob } from '../../vault/protocol/blob.ts';
import { wipe } from '../../vault/protocol/bytes.ts';
import { unwrapForSession, wrapForSession } from '../../vault/protocol/session-wrap.ts';
import { vaultOwnerKey } from '../../vault/protocol/signing.ts';
import { maskKey } from './secret-search.ts';

const [hostPath = ''] = process.argv.slice(2);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function say(line: string): Promise<void> {
  process.stdout.write(`${line}\n`);
  await lines.next();
}

/** The bytes as a key of its own, the way every part of the app takes them over. */
function taken(bytes: Uint8Array): RootKey {
  const key = new RootKey(bytes);
  wipe(bytes);
  return key;
}

const recordId = randomBytes(32);
const vaultId = randomBytes(16);

/** Into the vault and back, as a registration and an unlock do. */
function throughVault(key: RootKey): RootKey {
  const exportKey = randomBytes(32);
  const place = { recordId, version: 1, vaultId };
  const blob = key.read((bytes) => sealBlob(exportKey, bytes, place));
  return taken(openBlob(exportKey, blob, place));
}

/** Onto the disk and back, as a restart does. */
function throughSession(key: RootKey): RootKey {
  const secrets = { s: randomBytes(32), v: randomBytes(32), vaultId, recordId, sessionId: randomBytes(16) };
  const sealed = key.read((bytes) => wrapForSession(secrets, bytes));
  return taken(unwrapForSession(secrets, sealed));
}

/** Lent to an engine thread, which has it in its hands (it said so) when the thread is ended. */
async function lentToEngine(key: RootKey): Promise<void> {
  const engine = new EngineThread(hostPath);
  const rootKey = key.copy();
  const got = new Promise<void>((resolve) => {
    const onEvent = (): void => resolve();
    engine.run('unlock', { destination: { kind: 'local', path: '/' }, rootKey }, { onEvent }).catch(() => undefined);
    wipe(rootKey);
  });
  await got;
  await engine.end();
}

const key = RootKey.generate();
process.stdout.write(`key ${key.read(maskKey)}\n`);
const opened = [throughVault(key), throughSession(key)];
key.read((bytes) => wipe(vaultOwnerKey(bytes, recordId).seed));
await lentToEngine(key);
await say('unlocked');
for (const each of [key, ...opened]) each.wipe();
await say('locked');
