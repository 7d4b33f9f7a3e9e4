/**
 * Destinations by the command line, with the real keychain: kept under a name by what a file or the environment gives,
 * tested, backed up to and restored from by that name, forgotten. What opens them is in the keychain and nowhere else.
 */
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apacheMissing, newFolderName, PASSWORD, startApache, USER, type Apache } from '../support/apache-dav.ts';
import { FakeS3 } from '../support/fake-s3/server.ts';
import { keychainEntries, makeKeyring, type Keyring } from '../support/keyring.ts';
import { randomData } from '../support/made-data.ts';
import { filesIn, formsIn, formsOfSecret, processArguments, type SecretForm } from '../support/secret-search.ts';
import { makeKey, sshdMissing, startSshd, type Sshd } from '../support/sshd.ts';
import { compareTrees, removeTree } from '../support/tree.ts';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const PASSPHRASE = 'canary passphrase of "the" key';

let folder: string;
let keyring: Keyring;
const at = (...names: string[]): string => path.join(folder, ...names);

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'holdfast-cli-places-')));
  mkdirSync(at('src'));
  writeFileSync(at('src/letter.txt'), 'Dear Anna');
  writeFileSync(at('src/noise.bin'), randomData(3_000_000, 7));
  keyring = await makeKeyring();
});
afterAll(async () => {
  await keyring.end();
  removeTree(folder);
});

interface Ran {
  code: number | null;
  out: string;
  err: string;
  /** Arguments of all processes while it ran. */
  seen: Map<string, Buffer>;
}

/** Everything that any of these runs has said, and every argument that was seen. */
const said = new Map<string, Buffer>();

async function run(args: string[], env: Record<string, string> = {}, typed = ''): Promise<Ran> {
  const ran: Ran = { code: null, out: '', err: '', seen: new Map() };
  await new Promise<void>((resolve, reject) => {
    const child = spawn(process.execPath, [CLI, ...args], {
      env: { ...process.env, ...keyring.env, HOME: folder, HOLDFAST_HOME: at('home'), TMPDIR: at('tmp'), ...env },
      cwd: folder,
    });
    const look = (): void => {
      ran.seen = new Map([...ran.seen, ...processArguments()]);
    };
    child.once('spawn', look);
    child.stdin.end(typed);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      ran.out += text;
      look();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (ran.err += text));
    child.once('error', reject);
    child.once('close', (code) => {
      ran.code = code;
      resolve();
    });
  });
  said.set(`${said.size} ${args.join(' ')}`, Buffer.from(ran.out + ran.err));
  for (const [name, bytes] of ran.seen) said.set(`${said.size} ${name}`, bytes);
  return ran;
}

/** Runs it and expects that it ends well. */
async function done(args: string[], env: Record<string, string> = {}, typed = ''): Promise<string> {
  const { code, out, err } = await run(args, env, typed);
  expect([code, err]).toEqual([0, '']);
  return out;
}

/** A whole life of a destination that is kept under `name` already. */
async function live(name: string, place: string, secrets: readonly SecretForm[]): Promise<void> {
  const repo = `@${name}`;
  const key = at(`${name}.key`);
  mkdirSync(at('tmp'), { recursive: true });
  expect(await done(['destination', 'list'])).toContain(place);
  expect(await done(['destination', 'test', '--repo', repo])).toContain('Everything works.');
  await done(['init', '--repo', repo, '--key-file', key]);
  expect(await done(['backup', '--repo', repo, '--key-file', key, at('src')])).toContain('2 files');
  const { snapshots } = JSON.parse(await done(['snapshots', '--repo', repo, '--key-file', key, '--json'])) as {
    snapshots: { id: string }[];
  };
  const target = at(`back-${name}`);
  await done(['restore', snapshots[0]?.id ?? '', '--repo', repo, '--key-file', key, '--target', target]);
  expect(await compareTrees(at('src'), path.join(target, at('src')))).toEqual([]);

  const { requests } = JSON.parse(await done(['stats', '--requests', '--json'])) as {
    requests: {
      destination: string;
      verb: string;
      runs: number;
      bytes: number;
      allRequests: number;
      sentBytes: number;
    }[];
  };
  const mine = requests.filter(({ destination }) => destination.includes(place));
  const stored = mine.find(({ verb }) => verb === 'backup');
  expect(stored?.runs).toBe(1);
  expect(stored?.allRequests).toBeGreaterThan(3);
  expect(stored?.sentBytes).toBeGreaterThan(3_000_000);
  expect(mine.find(({ verb }) => verb === 'restore')?.allRequests).toBeGreaterThan(2);

  // It is where it belongs, and nowhere else.
  expect(formsIn(await keychainEntries(keyring), secrets)).not.toEqual([]);
  const own = new Map([...(await filesIn(at('home'))), ...(await filesIn(at('tmp')))]);
  expect(own.size).toBeGreaterThan(1);
  expect(formsIn(own, secrets)).toEqual([]);
  expect(formsIn(said, secrets)).toEqual([]);

  await done(['destination', 'remove', name]);
  expect(await done(['destination', 'list'])).not.toContain(place);
  expect(formsIn(await keychainEntries(keyring), secrets)).toEqual([]);
  const { code, err } = await run(['snapshots', '--repo', repo, '--key-file', key]);
  expect(code).not.toBe(0);
  expect(err).toContain(`knows no destination ${name}`);
}

function credentialsFile(name: string, content: object, mode = 0o600): string {
  const file = at(`${name}.json`);
  writeFileSync(file, JSON.stringify(content), { mode });
  return file;
}

describe('S3', () => {
  let server: FakeS3;
  beforeAll(async () => {
    server = await FakeS3.start();
  });
  afterAll(async () => await server.stop());

  test('kept by a file that nobody else may read', { timeout: 120_000 }, async () => {
    const address = `s3:${server.endpoint}/${server.bucket}/kept?region=${server.region}`;
    const open = credentialsFile('open', { kind: 's3', ...server.keys }, 0o644);
    const refused = await run(['destination', 'add', 'cloud', address, '--credentials', open]);
    expect(refused.code).not.toBe(0);
    expect(refused.err).toContain('chmod 600');
    rmSync(open);
    const file = credentialsFile('s3', { kind: 's3', ...server.keys });
    await done(['destination', 'add', 'cloud', address, '--credentials', file]);
    rmSync(file); // from here on the keychain has it
    await live('cloud', `${server.bucket}/kept/`, formsOfSecret('secret key', server.keys.secretAccessKey));
  });

  test('opened by the environment, without a name', async () => {
    const { accessKeyId, secretAccessKey } = server.keys;
    const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    const repo = `s3:${server.endpoint}/${server.bucket}/by-environment?region=${server.region}`;
    await done(['init', '--repo', repo, '--key-file', at('environment.key')], env);
    const without = await run(['snapshots', '--repo', repo, '--key-file', at('environment.key')]);
    expect(without.code).not.toBe(0);
    expect(without.err).toContain('Nothing was given that opens this destination.');
    const wrong = await run(['snapshots', '--repo', repo, '--key-file', at('environment.key')], {
      ...env,
      AWS_SECRET_ACCESS_KEY: `${secretAccessKey.slice(1)}x`,
    });
    expect(wrong.code).not.toBe(0);
    const forms = formsOfSecret('secret key', secretAccessKey);
    expect(formsIn(said, forms)).toEqual([]);
    expect(formsIn(await filesIn(at('home')), forms)).toEqual([]);
  });

  test('the environment of one server opens no other one, by name or address', { timeout: 120_000 }, async () => {
    const other = await FakeS3.start();
    other.keys = { accessKeyId: 'AKIAOTHEROTHEROTHER0', secretAccessKey: 'canary/of/the/other/server/0000000000000' };
    const env = {
      AWS_ACCESS_KEY_ID: server.keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.keys.secretAccessKey,
    };
    const address = `s3:${other.endpoint}/${other.bucket}/x?region=${other.region}`;
    const file = credentialsFile('other', { kind: 's3', ...other.keys });
    await done(['destination', 'add', 'other', address, '--credentials', file], env);
    await done(['init', '--repo', '@other', '--key-file', at('other.key')], env);
    expect(other.seen.length).toBeGreaterThan(0);
    const senders = new Set(
      other.seen.map(({ headers }) => /Credential=([^/]+)/.exec(String(headers['authorization']))?.[1]),
    );
    expect([...senders]).toEqual([other.keys.accessKeyId]);

    const before = [server.seen.length, other.seen.length];
    const mine = `s3:${server.endpoint}/${server.bucket}/by-environment?region=${server.region}`;
    for (const args of [
      ['copy', '--repo', address, '--from', mine],
      ['backup', '--repo', mine, '--also', address, '--key-file', at('other.key'), at('src')],
    ]) {
      const { code, err } = await run(args, env);
      expect([args[0], code === 0]).toEqual([args[0], false]);
      expect(err).toContain('The environment has what opens one S3 storage, and these are two');
    }
    expect([server.seen.length, other.seen.length]).toEqual(before);
    await done(['destination', 'remove', 'other']);
    await other.stop();
  });
});

describe.skipIf(sshdMissing !== null)('SFTP', () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(async () => await sshd.stop());

  test('kept by the environment: a key with a passphrase', { timeout: 120_000 }, async () => {
    const keyFile = at('locked-key');
    await makeKey(keyFile, 'ed25519', PASSPHRASE);
    appendFileSync(path.join(sshd.folder, 'authorized_keys'), readFileSync(`${keyFile}.pub`));
    mkdirSync(at('sftp'));
    const hostKey = (await done(['destination', 'host-key', '127.0.0.1', '--port', String(sshd.port)])).split(' ')[0];
    expect(hostKey).toBe(await sshd.fingerprint('ed25519'));
    const address = `sftp://${sshd.user}@127.0.0.1:${sshd.port}${at('sftp')}?hostKey=${hostKey}`;
    const env = { HOLDFAST_SFTP_KEY_FILE: keyFile, HOLDFAST_SFTP_PASSPHRASE: PASSPHRASE };
    await done(['destination', 'add', 'nas', address], env);
    await live('nas', at('sftp'), formsOfSecret('passphrase', PASSPHRASE));
    expect(existsSync(path.join(at('sftp'), 'repo.json'))).toBe(true);
  });
});

describe.skipIf(apacheMissing() !== null)('WebDAV', () => {
  let apache: Apache;
  beforeAll(async () => {
    apache = await startApache();
  });
  afterAll(async () => await apache.stop());

  test(
    'kept by a password on standard input, behind a certificate that was accepted',
    { timeout: 120_000 },
    async () => {
      const name = newFolderName();
      await apache.makeFolder(name);
      const url = new URL(apache.url(`basic/${name}/`, true));
      url.username = USER;
      url.searchParams.set('certificate', apache.certificate);
      const add = ['destination', 'add', 'dav', `webdav:${url.href}`];
      const without = await run(add);
      expect(without.code).not.toBe(0);
      expect(without.err).toContain('Set HOLDFAST_WEBDAV_PASSWORD, or name a file with --credentials.');
      await done(add, {}, `${PASSWORD}\n`);
      await live('dav', name, formsOfSecret('password', PASSWORD));
    },
  );
});
