/** Whom Holdfast trusts, and how it signs in: against OpenSSH for keys and agents, a plain server for passwords. */
import { execFile, spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { sftpHostKey } from '../../../main/destinations/connect.ts';
import type { SftpCredentials } from '../../../main/destinations/sftp/login.ts';
import { SftpDestination } from '../../../main/destinations/sftp/sftp-destination.ts';
import type { Opening, SftpPlace } from '../../../main/destinations/spec.ts';
import { freeTraffic } from '../../../main/destinations/traffic.ts';
import { HoldfastError } from '../../../main/errors.ts';
import { expectCode } from '../../support/destination-helpers.ts';
import { remove, temporaryFolder } from '../../support/destination-local.ts';
import { placeAt } from '../../support/destination-sftp.ts';
import { startPlainSftp, type PlainSftp, type PlainSftpOptions } from '../../support/plain-sftp.ts';
import { freePort, makeKey, sshdMissing, startSshd, type Sshd } from '../../support/sshd.ts';

const PASSWORD = 'correct horse battery staple';

/** One call at a server; how it ended. */
async function reach(place: SftpPlace & Opening): Promise<HoldfastError | null> {
  const destination = await SftpDestination.open(place, { signal: undefined, traffic: freeTraffic });
  try {
    await destination.init();
    return null;
  } catch (error) {
    if (error instanceof HoldfastError) return error;
    throw error;
  } finally {
    await destination.undoInit().catch(() => undefined);
    await destination.close();
  }
}

describe.skipIf(sshdMissing !== null)('OpenSSH', () => {
  let server: Sshd;
  let folder: string;
  let place: SftpPlace & Opening;
  beforeAll(async () => {
    server = await startSshd({ hostKeys: ['ed25519', 'rsa', 'ecdsa'] });
    folder = await temporaryFolder();
    place = await placeAt(server, path.join(folder, 'repository'));
  });
  afterAll(async () => {
    await server.stop();
    await remove(folder);
  });

  const at = (name: string): string => path.join(folder, name);
  const withLogin = (login: SftpPlace['login'], credentials: Omit<SftpCredentials, 'kind'>): SftpPlace & Opening => ({
    ...place,
    login,
    credentials: { kind: 'sftp', ...credentials },
  });

  test('that lets in and never begins the file transfer does not answer', async () => {
    const mute = await startSshd({ config: ['ForceCommand cat > /dev/null'] });
    try {
      const options = { signal: AbortSignal.timeout(20_000), traffic: freeTraffic, stallMs: 200 };
      const destination = await SftpDestination.open(await placeAt(mute, at('repository')), options);
      const error = await destination.init({ signal: options.signal }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        code: 'destination-offline',
        detail: 'the server does not begin the file transfer',
      });
      await destination.close();
    } finally {
      await mute.stop();
    }
  });

  test('shows its host key before anything is sent to it', async () => {
    const shown = await sftpHostKey('127.0.0.1', server.port);
    expect(shown).toEqual({ hostKey: await server.fingerprint('ed25519'), type: 'ssh-ed25519' });
    const { stdout } = await promisify(execFile)('ssh-keygen', ['-lf', path.join(server.folder, 'host-ed25519.pub')]);
    expect(stdout).toContain(shown.hostKey);
  });

  test('that is not there, or is no SSH server', async () => {
    await expectCode(sftpHostKey('127.0.0.1', await freePort()), 'destination-offline');
    await expectCode(sftpHostKey('no-such-host.invalid', 22), 'destination-offline');
    for (const [host, port] of [
      ['', 22],
      ['a b', 22],
      ['nas', 0],
      ['nas', 70_000],
      ['ada@nas', 22],
    ] as const) {
      await expectCode(sftpHostKey(host, port), 'bad-input');
    }
    const reason = new Error('enough');
    await expect(sftpHostKey('127.0.0.1', server.port, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test.each(['ed25519', 'rsa', 'ecdsa'] as const)(
    'is known by its %s key, whichever it would show first',
    async (type) => {
      expect(await reach({ ...place, hostKey: await server.fingerprint(type) })).toBeNull();
    },
  );

  test('with another key is refused, by both names, and nothing is sent to it', async () => {
    const accepted = `SHA256:${'A'.repeat(43)}`;
    const error = await reach({ ...place, hostKey: accepted });
    expect(error?.code).toBe('destination-denied');
    expect(error?.retry).toBeUndefined();
    expect(error?.message).toContain(accepted);
    expect(error?.message).toContain(await server.fingerprint('ed25519'));
    expect(error?.guidance).toMatch(/Nothing was sent.*ssh-keygen/);
  });

  test('takes a key from memory or a file, with a passphrase', async () => {
    await makeKey(at('locked'), 'rsa', 'sesame');
    const known = await readFile(path.join(server.folder, 'authorized_keys'), 'utf8');
    await writeFile(path.join(server.folder, 'authorized_keys'), known + (await readFile(at('locked.pub'), 'utf8')));
    expect(await reach(withLogin('key', { keyFile: server.keyFile }))).toBeNull();
    expect(await reach(withLogin('key', { keyFile: at('locked'), passphrase: 'sesame' }))).toBeNull();
    const text = await readFile(at('locked'), 'utf8');
    expect(await reach(withLogin('key', { privateKey: text, passphrase: 'sesame' }))).toBeNull();
    for (const passphrase of [undefined, 'simsalabim']) {
      const error = await reach(withLogin('key', { privateKey: text, passphrase }));
      expect(error).toMatchObject({ code: 'destination-sign-in', message: expect.stringContaining('passphrase') });
      expect(JSON.stringify(error?.toInfo())).not.toMatch(/simsalabim|PRIVATE/);
    }
  });

  test('refuses a key that it does not know; what is no key is not even shown', async () => {
    await makeKey(at('stranger'), 'ed25519');
    const refused = await reach(withLogin('key', { keyFile: at('stranger') }));
    expect(refused).toMatchObject({ code: 'destination-sign-in', message: expect.stringContaining('refused') });
    for (const [file, words] of [
      ['stranger.pub', 'public part'],
      ['nowhere', 'cannot be read'],
      ['repository-list.txt', 'not a private key'],
    ] as const) {
      if (file.endsWith('.txt')) await writeFile(at(file), 'milk, bread');
      const error = await reach(withLogin('key', { keyFile: at(file) }));
      expect([file, error?.code, error?.message.includes(words)]).toEqual([file, 'destination-sign-in', true]);
    }
  });

  test('takes the keys of an agent; without one, and with an empty one, it says so', async () => {
    const socket = at('agent');
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
    await new Promise((resolve) => agent.stdout.once('data', resolve));
    try {
      vi.stubEnv('SSH_AUTH_SOCK', socket);
      expect((await reach(withLogin('agent', {})))?.code).toBe('destination-sign-in');
      await promisify(execFile)('ssh-add', ['-q', server.keyFile]);
      expect(await reach(withLogin('agent', {}))).toBeNull();
    } finally {
      agent.kill();
    }
    vi.stubEnv('SSH_AUTH_SOCK', at('no-agent'));
    expect((await reach(withLogin('agent', {})))?.code).toBe('destination-sign-in');
    vi.stubEnv('SSH_AUTH_SOCK', '');
    expect(await reach(withLogin('agent', {}))).toMatchObject({
      code: 'destination-sign-in',
      message: 'No SSH agent is running.',
    });
  });

  test('what is described badly is refused before any server is asked', async () => {
    const open = async (changes: Partial<SftpPlace & Opening>): Promise<unknown> =>
      await SftpDestination.open({ ...place, ...changes }, { signal: undefined, traffic: freeTraffic });
    await expectCode(open({ hostKey: '' }), 'bad-input');
    await expectCode(open({ hostKey: 'SHA256:short' }), 'bad-input');
    await expectCode(open({ host: '' }), 'bad-input');
    await expectCode(open({ user: '' }), 'bad-input');
    await expectCode(open({ path: 'a\0b' }), 'bad-input');
    await expectCode(open({ login: 'password', credentials: { kind: 'sftp' } }), 'bad-input');
    await expectCode(open({ login: 'key', credentials: undefined }), 'bad-input');
  });

  test('a path is absolute, or begins in the home folder', async () => {
    const other = await startSshd({ config: [`ForceCommand internal-sftp -d ${folder}`] });
    try {
      for (const written of ['there/deep', '~/there/deep', './there/deep/']) {
        const home = { ...(await placeAt(other, written)), hostKey: await other.fingerprint('ed25519') };
        const destination = await SftpDestination.open(home, { signal: undefined, traffic: freeTraffic });
        await destination.init();
        await destination.put('repo.json', new Uint8Array(3));
        expect((await readFile(at('there/deep/repo.json'))).length).toBe(3);
        await destination.remove('repo.json');
        await destination.undoInit();
        await destination.close();
      }
    } finally {
      await other.stop();
    }
  });
});

describe('a server that wants a password', () => {
  async function at(options: Partial<PlainSftpOptions>, run: (server: PlainSftp, place: SftpPlace) => Promise<void>) {
    const server = await startPlainSftp({ password: PASSWORD, ...options });
    const folder = await temporaryFolder();
    const { port, hostKey } = server;
    try {
      await run(server, {
        kind: 'sftp',
        host: '127.0.0.1',
        port,
        user: 'ada',
        path: folder,
        hostKey,
        login: 'password',
      });
    } finally {
      await server.stop();
      await remove(folder);
    }
  }
  const password = (text: string): Opening => ({ credentials: { kind: 'sftp', password: text } });

  test.each(['password', 'keyboard-interactive'] as const)('by %s', async (by) => {
    await at({ by }, async (server, place) => {
      expect(await reach({ ...place, ...password(PASSWORD) })).toBeNull();
      // The password goes only the way that the server offers.
      expect(server.tried).toEqual(['none', by]);
    });
  });

  test.each(['password', 'keyboard-interactive'] as const)(
    'wrong, by %s: shown once, not again, not in words',
    async (by) => {
      await at({ by }, async (server, place) => {
        const spec = { ...place, ...password('open sesame') };
        const destination = await SftpDestination.open(spec, { signal: undefined, traffic: freeTraffic });
        const error = await destination.stat('repo.json').catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ code: 'destination-sign-in', retry: undefined });
        expect(JSON.stringify((error as HoldfastError).toInfo()) + String((error as Error).stack)).not.toContain(
          'sesame',
        );
        // Servers lock out whoever tries too often.
        await expectCode(destination.stat('repo.json'), 'destination-sign-in');
        expect(server.passwords).toEqual(['open sesame']);
        await destination.close();
      });
    },
  );

  test('is not shown it where its host key is another', async () => {
    await at({}, async (server, place) => {
      const error = await reach({ ...place, hostKey: `SHA256:${'B'.repeat(43)}`, ...password(PASSWORD) });
      expect(error?.code).toBe('destination-denied');
      expect([server.tried, server.passwords]).toEqual([[], []]);
    });
  });

  test('lets in, but gives no files', async () => {
    await at({ noSftp: true }, async (_server, place) => {
      expect((await reach({ ...place, ...password(PASSWORD) }))?.code).toBe('destination-denied');
    });
  });
});
