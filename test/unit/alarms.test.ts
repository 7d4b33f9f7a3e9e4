import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { alarmAddress, failAddress, isNear } from '../../main/jobs/alarms/address.ts';
import { Alarms, type AlarmSecrets } from '../../main/jobs/alarms/alarms.ts';
import { sender, type Sent } from '../../main/jobs/alarms/send.ts';
import type { AlarmKind } from '../../main/jobs/alarms/settings.ts';
import { ConfigStore } from '../../main/jobs/config.ts';
import type { Health } from '../../main/jobs/health-facts.ts';
import { FakeClock } from '../support/fake-clock.ts';

const ADDRESS = 'https://hc.example/ping/secret-of-this-computer';
const health: Health = {
  state: 'attention',
  cause: 'failed',
  word: 'Attention',
  title: 'It failed',
  line: '/home/a/x',
};

describe('addresses of alarms', () => {
  it.each([
    'https://hc-ping.com/0b3c',
    'http://localhost:8000/ping/x',
    'http://192.168.1.4/api/push/x?status=up&msg=OK',
    'http://nas/hook',
    'http://kuma.local/x',
    'http://[fd00::1]/x',
  ])('are taken: %s', (text) => {
    expect(alarmAddress(` ${text}\n`).href).toBe(text);
  });

  it.each([
    '',
    'hc-ping.com/x',
    'ftp://hc-ping.com/x',
    'file:///etc/passwd',
    'http://hc-ping.com/0b3c',
    'http://172.32.0.1/x',
    'http://10.example.org/x',
    'https://me:word@hc-ping.com/x',
    `https://hc-ping.com/${'x'.repeat(1_500)}`,
  ])('are refused, and not repeated: %s', (text) => {
    let error: unknown;
    try {
      alarmAddress(text);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: 'bad-input' });
    if (text.length > 20) expect(String(error)).not.toContain(text.slice(8));
  });

  it('tell a failure at the end of the path, or where the address itself says up', () => {
    expect(failAddress(new URL(ADDRESS)).href).toBe(`${ADDRESS}/fail`);
    expect(failAddress(new URL('https://hc.example/x/?a=1')).href).toBe('https://hc.example/x/fail?a=1');
    const kuma = new URL('http://nas/api/push/k?status=up&msg=OK');
    expect(failAddress(kuma).href).toBe('http://nas/api/push/k?status=down&msg=OK');
    expect(kuma.searchParams.get('status')).toBe('up');
  });

  it('are near only where no stranger stands between', () => {
    for (const near of ['127.0.0.1', '10.1.2.3', '172.16.0.1', '169.254.1.1', 'nas', '[::1]', '[fe80::1]']) {
      expect(isNear(near), near).toBe(true);
    }
    for (const far of ['8.8.8.8', '172.15.0.1', '192.169.0.1', 'example.com', 'local.example.com', '[2001:db8::1]']) {
      expect(isNear(far), far).toBe(false);
    }
  });
});

describe('sending', () => {
  async function answering(listener: RequestListener, use: (url: URL) => Promise<void>): Promise<void> {
    const server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      await use(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/secret`));
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  it.each([
    [200, true, false],
    [204, true, false],
    [302, false, false],
    [404, false, false],
    [429, false, true],
    [503, false, true],
  ])('answer %i', async (status, ok, again) => {
    await answering(
      (_request, response) => response.writeHead(status, { location: '/elsewhere' }).end('text'),
      async (url) => {
        const sent = await sender()(url, null);
        expect(sent).toMatchObject({ ok, again });
        expect(sent.message).not.toContain('secret');
      },
    );
  });

  it('posts JSON, and gets without one', async () => {
    const seen: string[] = [];
    await answering(
      (request, response) => {
        let body = '';
        request.on('data', (data: Buffer) => (body += data.toString()));
        request.on('end', () => {
          seen.push(`${request.method ?? ''} ${request.headers['content-type'] ?? '-'} ${body}`);
          response.end();
        });
      },
      async (url) => {
        await sender()(url, { a: 1 });
        await sender()(url, null);
      },
    );
    expect(seen).toEqual(['POST application/json {"a":1}', 'GET - ']);
  });

  it('gives up on a server that is silent, and on none', async () => {
    await answering(
      () => undefined,
      async (url) => {
        expect(await sender(fetch, 20)(url, null)).toEqual({
          ok: false,
          again: true,
          message: 'It did not answer in time.',
        });
      },
    );
    expect(await sender()(new URL('http://127.0.0.1:1/secret'), null)).toMatchObject({ ok: false, again: true });
  });
});

describe('alarms', () => {
  let folder: string;
  let config: ConfigStore;
  let clock: FakeClock;
  let alarms: Alarms;
  let sent: { url: string; json: unknown }[];
  let answers: Sent[];
  const kept = new Map<AlarmKind, string>();
  const secrets: AlarmSecrets = {
    read: async (kind) => kept.get(kind) ?? null,
    keep: async (kind, address) => void kept.set(kind, address),
    forget: async (kind) => void kept.delete(kind),
  };
  const OK: Sent = { ok: true, again: false, message: 'It answered.' };
  const SILENT: Sent = { ok: false, again: true, message: 'It could not be reached.' };

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'holdfast-alarms-'));
    config = (await ConfigStore.load(path.join(folder, 'config.json'))).store;
    clock = new FakeClock();
    kept.clear();
    sent = [];
    answers = [];
    alarms = new Alarms({
      config,
      secrets,
      clock,
      computer: 'boathouse',
      send: async (url, json) => {
        sent.push({ url: url.href, json });
        return answers.shift() ?? OK;
      },
      mail: async () => OK,
      standing: () => ({ health, lastBackupMs: clock.now() - 1_000 }),
      changed: () => undefined,
    });
  });
  afterEach(async () => {
    alarms.end();
    await config.update({}); // what was noted last is on the disk
    await rm(folder, { recursive: true });
  });

  /** Until this many were sent and the last was noted. */
  const told = async (count: number, ok?: boolean): Promise<void> => {
    await expect.poll(() => sent.length).toBe(count);
    if (ok !== undefined) await expect.poll(() => alarms.state().heartbeat?.last?.ok).toBe(ok);
  };

  it('tell a good backup and a failed one, and nothing else', async () => {
    await alarms.set('heartbeat', ADDRESS);
    alarms.runEnded({ kind: 'backup', result: 'stopped' });
    alarms.runEnded({ kind: 'backup', result: 'interrupted' });
    alarms.runEnded({ kind: 'restore', result: 'done' });
    alarms.runEnded({ kind: 'verify', result: 'failed' });
    alarms.runEnded({ kind: 'backup', result: 'done-with-skips' });
    await told(1);
    alarms.runEnded({ kind: 'backup', result: 'failed' });
    await told(2);
    expect(sent.map(({ url }) => url)).toEqual([ADDRESS, `${ADDRESS}/fail`]);
  });

  it('keep the address out of the configuration', async () => {
    await alarms.set('heartbeat', ADDRESS);
    await alarms.test('heartbeat');
    const text = await readFile(path.join(folder, 'config.json'), 'utf8');
    expect(text).toContain('hc.example');
    expect(text).not.toContain('secret-of-this-computer');
    await alarms.remove('heartbeat');
    expect([kept.size, alarms.state().heartbeat]).toEqual([0, null]);
  });

  it('try again with growing pauses, and not for ever', async () => {
    await alarms.set('heartbeat', ADDRESS);
    answers = Array.from({ length: 9 }, () => SILENT);
    alarms.runEnded({ kind: 'backup', result: 'done' });
    const waits = [10_000, 60_000, 300_000, 900_000];
    for (const [i, wait] of waits.entries()) {
      await told(i + 1, false);
      await expect.poll(() => clock.waiting).toBe(1);
      clock.advance(wait - 1);
      expect(clock.waiting).toBe(1);
      clock.advance(1);
    }
    await told(5, false);
    expect(clock.waiting).toBe(0);
  });

  it('drop an old message for a newer one', async () => {
    await alarms.set('heartbeat', ADDRESS);
    answers = [SILENT];
    alarms.runEnded({ kind: 'backup', result: 'failed' });
    await told(1, false);
    await expect.poll(() => clock.waiting).toBe(1);
    alarms.runEnded({ kind: 'backup', result: 'done' });
    await told(2, true);
    clock.advance(3_600_000);
    expect(sent.map(({ url }) => url)).toEqual([`${ADDRESS}/fail`, ADDRESS]);
  });

  it('do not try again what was refused', async () => {
    await alarms.set('heartbeat', ADDRESS);
    answers = [{ ok: false, again: false, message: 'It no longer exists.' }];
    alarms.runEnded({ kind: 'backup', result: 'done' });
    await told(1, false);
    expect(clock.waiting).toBe(0);
  });

  it('post how things stand, without the line that may name a file', async () => {
    await alarms.set('webhook', 'https://hooks.example/T0/secret');
    alarms.healthChanged('problem');
    await told(1);
    expect(sent[0]?.json).toEqual({
      version: 1,
      event: 'problem',
      at: new Date(clock.now()).toISOString(),
      computer: 'boathouse',
      health: { state: 'attention', cause: 'failed', title: 'It failed' },
      lastBackupAt: new Date(clock.now() - 1_000).toISOString(),
      text: 'Holdfast on boathouse: It failed.',
      content: 'Holdfast on boathouse: It failed.',
    });
  });

  it('say how a test went, and that a keychain lost the address', async () => {
    await expect(alarms.test('webhook')).rejects.toMatchObject({ code: 'bad-input' });
    await alarms.set('heartbeat', ADDRESS);
    expect(await alarms.test('heartbeat')).toEqual({ ok: true, message: 'hc.example was told.' });
    kept.clear();
    const { ok, message } = await alarms.test('heartbeat');
    expect([ok, message]).toEqual([false, expect.stringContaining('keychain no longer holds its address')]);
  });
});
