import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Alarms, type AlarmSecrets } from '../../main/jobs/alarms/alarms.ts';
import { emailAccount } from '../../main/jobs/alarms/email.ts';
import { mailer } from '../../main/jobs/alarms/mail.ts';
import { type AlarmKind, AlarmSettings, type EmailAccount } from '../../main/jobs/alarms/settings.ts';
import { ConfigStore } from '../../main/jobs/config.ts';
import type { Health } from '../../main/jobs/health-facts.ts';
import { selfSigned } from '../../vault/cli/certificate.ts';
import { FakeClock } from '../support/fake-clock.ts';

const PASSWORD = 'canary-of-the-mail-account';
const { key, cert } = await selfSigned(['localhost', '127.0.0.1'], Date.now());
const other = await selfSigned(['mail.example'], Date.now());

interface Received {
  from: string;
  to: string[];
  text: string;
  secure: boolean;
}

const servers: { close: (done: () => void) => unknown }[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise<void>((done) => void server.close(done));
});

/** A real SMTP server that knows one account. */
async function smtp(options: SMTPServerOptions = {}): Promise<{ port: number; received: Received[] }> {
  const received: Received[] = [];
  const server = new SMTPServer({
    key,
    cert,
    logger: false,
    closeTimeout: 50,
    onAuth: ({ username, password }, _session, done) =>
      username === 'anna' && password === PASSWORD ? done(null, { user: username }) : done(new Error('no')),
    onData: (stream, { envelope, secure }, done) => {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = envelope;
        received.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          text: Buffer.concat(parts).toString('utf8'),
          secure,
        });
        done();
      });
    },
    ...options,
  });
  server.on('error', () => undefined); // a client that does not trust it hangs up
  await new Promise<void>((ready) => void server.listen(0, '127.0.0.1', ready));
  servers.push(server);
  return { port: (server.server.address() as AddressInfo).port, received };
}

const account = (port: number, change: Partial<EmailAccount> = {}): EmailAccount => ({
  host: 'localhost',
  port,
  security: 'starttls',
  user: 'anna',
  from: 'anna@example.org',
  to: 'bo@example.org',
  ...change,
});
const MAIL = { subject: 'Holdfast on Bootshütte: it failed', text: 'It failed.\n' };
const send = mailer({ trust: cert, timeoutMs: 5_000 });

describe('sending e-mail', () => {
  it.each(['starttls', 'tls'] as const)(
    'goes encrypted by %s, to one address, with a subject of any script',
    async (security) => {
      const { port, received } = await smtp({ secure: security === 'tls' });
      expect(await send(account(port, { security }), PASSWORD, MAIL)).toMatchObject({ ok: true });
      expect(received).toMatchObject([{ from: 'anna@example.org', to: ['bo@example.org'], secure: true }]);
      expect(received[0]?.text).toContain('It failed.');
      expect(received[0]?.text).toMatch(/^Subject: =\?UTF-8\?/m);
      expect(received[0]?.text).not.toMatch(/nodemailer \(|X-Mailer/i);
    },
  );

  it('needs no login where the server asks for none', async () => {
    const { port, received } = await smtp({ authOptional: true, disabledCommands: ['STARTTLS', 'AUTH'] });
    expect(await send(account(port, { security: 'none', user: '' }), '', MAIL)).toMatchObject({ ok: true });
    expect(received[0]?.secure).toBe(false);
  });

  it('says that the login was refused, and does not try again', async () => {
    const { port, received } = await smtp();
    const sent = await send(account(port), 'canary-wrong', MAIL);
    expect(sent).toMatchObject({ ok: false, again: false, message: expect.stringContaining('refused the login') });
    expect(sent.message).not.toContain('canary');
    expect(received).toEqual([]);
  });

  it('never sends the password without encryption where it was asked for', async () => {
    const asked: string[] = [];
    const { port } = await smtp({
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: ({ password }, _session, done) => {
        asked.push(password ?? '');
        done(null, { user: 'anna' });
      },
    });
    const sent = await send(account(port), PASSWORD, MAIL);
    expect(sent).toMatchObject({ ok: false, again: false, message: expect.stringContaining('offer encryption') });
    expect(asked).toEqual([]);
  });

  it('says that a certificate is not trusted, or of another name', async () => {
    const { port } = await smtp();
    const untrusted = await mailer({ timeoutMs: 5_000 })(account(port), PASSWORD, MAIL);
    expect(untrusted).toMatchObject({ ok: false, again: false, message: expect.stringContaining('certificate') });
    const named = await smtp({ secure: true, key: other.key, cert: other.cert });
    const wrong = await mailer({ trust: other.cert, timeoutMs: 5_000 })(
      account(named.port, { security: 'tls' }),
      PASSWORD,
      MAIL,
    );
    expect(wrong).toMatchObject({ ok: false, again: false, message: expect.stringContaining('certificate') });
  });

  it('says that no server has that name, that none is there, and that one is silent', async () => {
    const unknown = await send(account(587, { host: 'mail.invalid' }), PASSWORD, MAIL);
    expect(unknown).toMatchObject({
      ok: false,
      again: true,
      message: expect.stringContaining('No server of that name'),
    });
    expect(await send(account(1), PASSWORD, MAIL)).toMatchObject({ ok: false, again: true });
    const silent: Server = createServer();
    await new Promise<void>((ready) => void silent.listen(0, '127.0.0.1', ready));
    servers.push(silent);
    const sent = await mailer({ timeoutMs: 100 })(
      account((silent.address() as AddressInfo).port, { host: '127.0.0.1' }),
      PASSWORD,
      MAIL,
    );
    expect(sent).toMatchObject({ ok: false, again: true, message: expect.stringContaining('in time') });
  });

  it('says that an address was refused for good, or that it should come back', async () => {
    for (const [responseCode, again] of [
      [550, false],
      [451, true],
    ] as const) {
      const { port } = await smtp({
        onRcptTo: (_address, _session, done) => done(Object.assign(new Error('no'), { responseCode })),
      });
      const sent = await send(account(port), PASSWORD, MAIL);
      expect(sent).toMatchObject({ ok: false, again, message: expect.stringContaining(String(responseCode)) });
    }
  });
});

describe('an e-mail account', () => {
  it.each([
    [{ host: 'https://x' }, 'mail server'],
    [{ host: '' }, 'mail server'],
    [{ port: 0 }, 'port'],
    [{ to: 'bo' }, 'e-mail address'],
    [{ to: 'bo@example.org, eve@example.org' }, 'e-mail address'],
    [{ to: 'bo@example.org\r\nBcc: eve@example.org' }, 'e-mail address'],
    [{ from: 'Anna <a@b.c>' }, 'e-mail address'],
    [{ security: 'none' as const, host: 'mail.example.org' }, 'own network'],
  ])('is refused with %j', (change, words) => {
    expect(() => emailAccount(account(587, change), PASSWORD)).toThrow(
      expect.objectContaining({ code: 'bad-input', message: expect.stringContaining(words) }),
    );
  });

  it('is taken with spaces round it, without encryption in one’s own network alone, and with a password', () => {
    expect(emailAccount(account(25, { host: ' NAS ', security: 'none', user: '' }), '')).toMatchObject({ host: 'nas' });
    expect(() => emailAccount(account(587), '')).toThrow(expect.objectContaining({ code: 'bad-input' }));
  });
});

describe('the e-mail alarm', () => {
  const health: Health = {
    state: 'attention',
    cause: 'failed',
    word: 'Attention',
    title: 'It failed',
    line: '/home/x',
  };
  const kept = new Map<AlarmKind, string>();
  const secrets: AlarmSecrets = {
    read: async (kind) => kept.get(kind) ?? null,
    keep: async (kind, secret) => void kept.set(kind, secret),
    forget: async (kind) => void kept.delete(kind),
  };
  let folder: string;
  let config: ConfigStore;
  let clock: FakeClock;
  let alarms: Alarms;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'holdfast-email-'));
    config = (await ConfigStore.load(path.join(folder, 'config.json'))).store;
    clock = new FakeClock();
    kept.clear();
    alarms = new Alarms({
      config,
      secrets,
      clock,
      computer: 'boathouse',
      send: async () => ({ ok: true, again: false, message: '' }),
      mail: send,
      standing: () => ({ health, lastBackupMs: 1 }),
      changed: () => undefined,
    });
  });
  afterEach(async () => {
    alarms.end();
    await config.update({});
    await rm(folder, { recursive: true });
  });

  const last = () => alarms.state().email?.last;

  it('writes when health changes and for a test, from an account whose password is in no file', async () => {
    const { port, received } = await smtp();
    await expect(alarms.test('email')).rejects.toMatchObject({ code: 'bad-input' });
    await alarms.setEmail(account(port), PASSWORD);
    alarms.runEnded({ kind: 'backup', result: 'failed' });
    alarms.healthChanged('problem');
    await expect.poll(() => last()?.ok).toBe(true);
    expect(await alarms.test('email')).toEqual({ ok: true, message: 'localhost was told.' });
    expect(received.map(({ text }) => /^Subject: (.*)$/m.exec(text)?.[1]?.trim())).toEqual([
      'Holdfast on boathouse: It failed.',
      expect.stringContaining('test'),
    ]);
    expect(received.map(({ text }) => text).join()).not.toContain('/home/x');
    expect(await readFile(path.join(folder, 'config.json'), 'utf8')).not.toContain('canary');
    expect(JSON.stringify(alarms.state())).not.toContain('canary');
    await alarms.remove('email');
    expect([kept.size, alarms.state().email]).toEqual([0, null]);
  });

  it('tries again later where nothing answered, and tells why a refused login stays one', async () => {
    await alarms.setEmail(account(1), PASSWORD);
    alarms.healthChanged('problem');
    await expect.poll(() => clock.waiting).toBe(1);
    expect(last()).toMatchObject({ ok: false });
    const { port, received } = await smtp();
    await alarms.setEmail(account(port), PASSWORD);
    expect(clock.waiting).toBe(0);
    kept.set('email', 'canary-wrong');
    alarms.healthChanged('problem');
    await expect.poll(() => last()?.message).toContain('refused the login');
    expect([clock.waiting, received.length]).toEqual([0, 0]);
    kept.clear();
    expect((await alarms.test('email')).message).toContain('no longer holds its password');
  });

  it('is not in configurations of before', () => {
    expect(AlarmSettings.parse({ heartbeat: null, webhook: null }).email).toBeNull();
  });
});
