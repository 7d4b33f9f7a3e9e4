/** The operator's commands over a real token and store, and the vault of one folder as the app starts it. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backupCommand } from '../../../vault/cli/backup.ts';
import { selfSigned } from '../../../vault/cli/certificate.ts';
import { loadConfig, parseConfig, type Config } from '../../../vault/cli/config.ts';
import { initCommand } from '../../../vault/cli/init.ts';
import { fsckCommand, statusCommand, verifyLogCommand } from '../../../vault/cli/look.ts';
import { readPin } from '../../../vault/cli/pin.ts';
import { CliError, type Output } from '../../../vault/cli/say.ts';
import { serve } from '../../../vault/cli/serve.ts';
import { spkiHashOf } from '../../../vault/cli/tls-files.ts';
import { fingerprint, verifyChain } from '../../../vault/protocol/bundle.ts';
import { fromBase64url } from '../../../vault/protocol/bytes.ts';
import { BundleChain } from '../../../vault/protocol/messages.ts';
import { parseVaultUri } from '../../../vault/protocol/vault-uri.ts';
import { makeSoftHsm, type SoftHsm } from '../../support/vault/softhsm.ts';
import { httpsTransport, TestClient } from '../../support/vault/test-client.ts';

const PROGRAM = path.resolve('dist/vault.js');
const QUIET = { write: (): void => undefined };

class Heard implements Output {
  printed: string[] = [];
  noted: string[] = [];
  print(line: string): void {
    this.printed.push(line);
  }
  note(line: string): void {
    this.noted.push(line);
  }
  get text(): string {
    return this.printed.join('\n');
  }
}

describe('the configuration', () => {
  const GOOD = `
[vault]
site = "one"
folder = "data"
[listen]
port = 0
[hsm]
module = "/usr/lib/x.so"
token = "vault"
[store]
kind = "sqlite"
[[site]]
name = "one"
url = "https://vault.example"
`;
  it('reads paths from its own folder and fills in what is left out', () => {
    const config = parseConfig(GOOD, '/etc/vault/vault.toml');
    expect(config.vault).toEqual({ site: 'one', folder: '/etc/vault/data', profile: 'A', 'max-attempts': 10 });
    expect(config.log.level).toBe('info');
  });

  it.each([
    ['site = "one"\n', 'site = one\n', 'line 3'],
    ['site = "one"', 'site = "two"', 'vault.site: there is no [[site]] named two'],
    ['port = 0', 'port = 70000', 'listen.port'],
    ['port = 0', 'prot = 1', 'listen: no such key: prot'],
    ['url = "https://vault.example"', 'url = "http://vault.example"', 'site[1].url: is https://host'],
    ['token = "vault"', 'token = "vault"\npin-file = "a"\npin-env = "B"', 'pin-file or pin-env, not both'],
    ['kind = "sqlite"', 'kind = "oracle"', 'store.kind'],
    ['[[site]]', '[[site]]\nname = "two"\nurl = "https://two.example"\n[[site]]', 'several sites need etcd'],
  ])('says where %s is wrong as %s', (from, to, what) => {
    expect(GOOD).toContain(from);
    expect(() => parseConfig(GOOD.replace(from, to), 'vault.toml')).toThrow(CliError);
    expect(() => parseConfig(GOOD.replace(from, to), 'vault.toml')).toThrow(what);
  });

  it('is valid as it is given for an example', async () => {
    const config = await loadConfig('vault/example.toml');
    expect(config.limits?.registrations).toEqual({ burst: 20, 'per-minute': 2 });
  });

  it('takes a PIN from a file that only its owner reads', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'holdfast-pin-'));
    const file = path.join(folder, 'pin');
    await writeFile(file, '1234\n', { mode: 0o600 });
    expect(await readPin({ token: 't', 'pin-file': file })).toBe('1234');
    if (process.platform !== 'win32') {
      await chmod(file, 0o640);
      await expect(readPin({ token: 't', 'pin-file': file })).rejects.toThrow('can be read by others');
    }
    await expect(readPin({ token: 't', 'pin-env': 'HOLDFAST_NO_SUCH_PIN' })).rejects.toThrow('is empty');
    await rm(folder, { recursive: true });
  });
});

describe('a certificate', () => {
  it('is one that OpenSSL reads, for the names it was made for', async () => {
    const now = Date.UTC(2026, 0, 1);
    const { cert, key, spkiHash } = await selfSigned(['vault.example', '10.1.2.3', '2001:db8::1'], now);
    const read = new X509Certificate(cert);
    expect(read.checkHost('vault.example')).toBe('vault.example');
    expect(read.checkHost('other.example')).toBeUndefined();
    expect(read.checkIP('10.1.2.3')).toBe('10.1.2.3');
    expect(read.checkIP('2001:db8::1')).toBeDefined();
    expect(read.verify(read.publicKey)).toBe(true);
    expect(new Date(read.validFrom).getTime()).toBeLessThan(now);
    expect(new Date(read.validTo).getUTCFullYear()).toBe(2035);
    expect(spkiHashOf(cert)).toEqual(spkiHash);
    expect(key).toContain('BEGIN PRIVATE KEY');
    expect(new X509Certificate((await selfSigned(['x'], Date.UTC(2045, 0, 1))).cert).validTo).toContain('2054');
  });
});

describe('one machine', () => {
  let soft: SoftHsm;
  let folder: string;
  let file: string;
  let config: Config;

  beforeAll(async () => {
    soft = await makeSoftHsm(['vault']);
    folder = await mkdtemp(path.join(os.tmpdir(), 'holdfast-vault-'));
    file = path.join(folder, 'vault.toml');
    await writeFile(path.join(folder, 'pin'), soft.pin, { mode: 0o600 });
    const text = `
[vault]
site = "one"
folder = "data"
[listen]
host = "127.0.0.1"
port = ${30_000 + (process.pid % 20_000)}
[hsm]
module = "${soft.modulePath}"
token = "vault"
pin-file = "pin"
[store]
kind = "sqlite"
[[site]]
name = "one"
url = "https://vault.example:8443"
[invites]
codes = ["let-me-in"]
`;
    await writeFile(file, text);
    config = await loadConfig(file);
  });
  afterAll(async () => {
    await soft.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  it('is made once, however often it is initialised', async () => {
    await expect(serve(config, soft.pin, QUIET)).rejects.toThrow('run "vault init" first');
    const first = new Heard();
    await initCommand(config, {}, first);
    expect(first.noted.join()).toContain('made in the token');
    const again = new Heard();
    await initCommand(config, {}, again);
    expect(again.noted.join()).toContain('the token has all its keys');
    expect(again.text).toBe(first.text);
    const uri = first.printed.find((line) => line.startsWith('HOLDFAST:VAULT:V1:')) ?? '';
    const { chain } = BundleChain.parse(JSON.parse(await readFile(path.join(folder, 'data', 'bundle.json'), 'utf8')));
    const parsed = parseVaultUri(uri);
    expect(parsed.urls).toEqual(['https://vault.example:8443']);
    expect(parsed.fingerprint).toEqual(fingerprint(fromBase64url(chain[0]?.bundle ?? '')));
    const bundle = verifyChain(chain, parsed.fingerprint);
    expect([bundle.inviteNeeded, bundle.embedded, bundle.tlsKeys.length]).toEqual([true, false, 1]);
    if (process.platform !== 'win32') expect((await stat(path.join(folder, 'data'))).mode & 0o777).toBe(0o700);
  });

  it('serves, says how it is, and lets nobody else in meanwhile', async () => {
    const cold = new Heard();
    expect(await statusCommand(config, cold)).toBe(1);
    expect(cold.text).toContain('does not answer');
    const running = await serve(config, soft.pin, QUIET);
    const transport = httpsTransport(running.service.url, await readFile(path.join(folder, 'data', 'tls.pem'), 'utf8'));
    try {
      const client = new TestClient(transport);
      await client.register('a password', { invite: 'let-me-in' });
      expect(await client.open('a password')).toEqual(client.rootKey);
      const warm = new Heard();
      expect(await statusCommand(config, warm)).toBe(0);
      expect(warm.text).toMatch(/answers logins[^]*charge +1/);
      // Another process with the folder open would take this one's epoch keys away.
      await expect(fsckCommand(config, warm)).rejects.toThrow('another process works on this vault');
      expect(await verifyLogCommand(config, warm)).toBe(0);
    } finally {
      transport.close();
      await running.stop();
    }
  });

  it('is sound, and is backed up without its records', async () => {
    const heard = new Heard();
    expect(await fsckCommand(config, heard)).toBe(0);
    expect(heard.text).toMatch(/Records +1/);
    expect(heard.text).toContain('3 evaluations, 2 key exchanges');
    const to = path.join(folder, 'saved');
    expect(await backupCommand(config, file, to, heard)).toBe(0);
    await expect(backupCommand(config, file, to, heard)).rejects.toThrow(CliError);
    const lines = (await readFile(path.join(to, 'log.jsonl'), 'utf8')).trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { type: string }).type)).toContain('charge');
    expect(await readFile(path.join(to, 'vault.toml'), 'utf8')).toBe(await readFile(file, 'utf8'));
  });

  it('signs another bundle where the configuration changed, and the old fingerprint still leads to it', async () => {
    const moved = { ...config, site: [{ name: 'one', url: 'https://new.example' }] };
    const before = BundleChain.parse(JSON.parse(await readFile(path.join(folder, 'data', 'bundle.json'), 'utf8')));
    await initCommand(moved, { newBundle: true }, new Heard());
    const { chain } = BundleChain.parse(JSON.parse(await readFile(path.join(folder, 'data', 'bundle.json'), 'utf8')));
    const bundle = verifyChain(chain, fingerprint(fromBase64url(before.chain[0]?.bundle ?? '')));
    expect([bundle.epoch, bundle.sites[0]?.url]).toEqual([2, 'https://new.example']);
  });
});

describe('the vault of one folder', () => {
  let folder: string;
  beforeAll(async () => {
    folder = path.join(await mkdtemp(path.join(os.tmpdir(), 'holdfast-embedded-')), 'vault');
  });
  afterAll(() => rm(path.dirname(folder), { recursive: true, force: true }));

  async function started(): Promise<{ child: ChildProcessWithoutNullStreams; line: string }> {
    const child = spawn(process.execPath, [PROGRAM, 'embedded', '--folder', folder]);
    let errors = '';
    child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
    const line = await new Promise<string>((resolve, reject) => {
      let text = '';
      child.stdout.on('data', (part: Buffer) => {
        text += part.toString();
        if (text.includes('\n')) resolve(text.split('\n')[0] ?? '');
      });
      child.once('exit', (code) => reject(new Error(`ended with ${code}: ${errors}`)));
    });
    return { child, line };
  }

  it('is made at the first run, keeps its address, records and key, and ends with its parent', async () => {
    const first = await started();
    const { url, vaultId } = JSON.parse(first.line) as { url: string; vaultId: string };
    expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect(vaultId).toMatch(/^[0-9a-f]{32}$/);
    const certificate = await readFile(path.join(folder, 'tls.pem'), 'utf8');
    const transport = httpsTransport(url, certificate);
    const client = new TestClient(transport);
    expect((await client.bundle()).embedded).toBe(true);
    await client.register('a password');
    transport.close();
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');

    const second = await started();
    expect(second.line).toBe(first.line);
    const other = httpsTransport(url, certificate);
    const known = new TestClient(other, { recordId: client.recordId, rootKey: client.rootKey });
    expect(await known.open('a password')).toEqual(client.rootKey);
    other.close();
    const exited = once(second.child, 'exit');
    second.child.stdin.end();
    expect(await exited).toEqual([0, null]);
  });

  it('says in a sentence what is wrong, without a stack', async () => {
    const child = spawn(process.execPath, [PROGRAM, 'serve', '--config', path.join(folder, 'none.toml')]);
    let errors = '';
    child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(errors).toContain('none.toml cannot be read');
    expect(errors).not.toContain('    at ');
  });
});
