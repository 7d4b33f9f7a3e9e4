/** What is particular to WebDAV: signing in, certificates, folders of others, servers that know less. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { webDavCertificate } from '../../../main/destinations/connect.ts';
import type { WebDavDestination } from '../../../main/destinations/webdav/webdav-destination.ts';
import { selfSigned } from '../../../vault/cli/certificate.ts';
import { apacheMissing, PASSWORD, startApache, type Apache } from '../../support/apache-dav.ts';
import { CuttingProxy } from '../../support/cutting-proxy.ts';
import { everyCall, failureOf } from '../../support/destination-calls.ts';
import { all, expectBytes, expectCode, namesIn, spool } from '../../support/destination-helpers.ts';
import { CLIENT, nameFor, numbered, random } from '../../support/destination-names.ts';
import {
  makeOnApache,
  makeOnNextcloud,
  type ApacheUnderTest,
  type NextcloudUnderTest,
} from '../../support/destination-webdav.ts';

describe.skipIf(apacheMissing() !== null)('Apache', () => {
  let apache: Apache;
  let under: ApacheUnderTest;
  beforeAll(async () => {
    apache = await startApache();
  });
  afterAll(async () => {
    await apache.stop();
  });
  beforeEach(async () => {
    under = await makeOnApache(apache, 'digest', true);
  });
  afterEach(async () => {
    await under.dispose();
  });

  test.each(['basic', 'digest'])('a wrong password is “sign in again” for every call (%s)', async (way) => {
    const url = under.place.url.replace('/digest/', `/${way}/`);
    const at = await under.open({ url, credentials: { kind: 'webdav', password: 'wrong' } });
    for (const [call, run] of Object.entries(await everyCall(at, true))) {
      const error = await failureOf(run());
      expect([call, error.code, error.retry]).toEqual([call, 'destination-sign-in', undefined]);
    }
  });

  test('with Digest the password never travels, and many requests at a time each count', async () => {
    const proxy = await CuttingProxy.before(apache.url('', false));
    try {
      const at = await under.open({
        url: `${proxy.url}${new URL(under.place.url).pathname.slice(1)}`,
        certificate: null,
      });
      await Promise.all(Array.from({ length: 12 }, async (_, n) => await at.put(nameFor(numbered(n)), numbered(n))));
      expect(await all(at, '')).toHaveLength(12);
      const counts = proxy.seen.map((seen) => /nc=([0-9a-f]{8})/.exec(seen.headers.authorization ?? '')?.[1]);
      const signed = counts.filter((count) => count !== undefined);
      expect(signed.length).toBeGreaterThan(30);
      expect(new Set(signed).size).toBe(signed.length);
      for (const seen of proxy.seen) {
        expect(JSON.stringify(seen.headers)).not.toContain(Buffer.from(`alice:${PASSWORD}`).toString('base64'));
      }
    } finally {
      await proxy.stop();
    }
  });

  test('a certificate that no authority signed is shown, and only that one is taken', async () => {
    const shown = await webDavCertificate(under.place.url);
    expect(shown).toEqual({ trusted: false, sha256: apache.certificate, subject: 'Holdfast key vault' });
    const untold = await failureOf((await under.open({ certificate: null })).get('repo.json'));
    expect([untold.code, untold.retry]).toEqual(['destination-denied', undefined]);
    await under.destination.put('repo.json', numbered(1));

    const { cert, key } = await selfSigned(['localhost'], Date.now());
    const heard: string[] = [];
    const impostor = createTlsServer({ cert, key }, (request, response) => {
      heard.push(request.url ?? '');
      response.end();
    });
    const port = await listen(impostor);
    try {
      const url = `https://localhost:${port}/digest/x/`;
      const error = await failureOf((await under.open({ url })).get('repo.json'));
      expect([error.code, error.message]).toEqual([
        'destination-denied',
        expect.stringContaining('another certificate'),
      ]);
      expect(heard).toEqual([]);
    } finally {
      await close(impostor);
    }
  });

  test('the certificate of no server, and of one without', async () => {
    expect(await webDavCertificate(apache.url('basic/'))).toBeNull();
    await expectCode(webDavCertificate('https://127.0.0.1:1/'), 'destination-offline');
    await expectCode(webDavCertificate('ftp://host/'), 'bad-input');
    const plain = createServer();
    const port = await listen(plain);
    await expectCode(webDavCertificate(`https://127.0.0.1:${port}/`), 'destination-failed');
    await close(plain);
    const reason = new Error('enough');
    await expect(webDavCertificate(under.place.url, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test('a folder that is moved away is missing for every call, and nothing is made in its place', async () => {
    await under.destination.put('repo.json', numbered(1));
    await rename(under.folder, `${under.folder}-away`);
    for (const [call, run] of Object.entries(await everyCall(under.destination, true))) {
      expect([call, (await failureOf(run())).code]).toEqual([call, 'destination-missing']);
    }
    expect(existsSync(under.folder)).toBe(false);
    await rename(`${under.folder}-away`, under.folder);
    expectBytes(await under.destination.get('repo.json'), numbered(1));
  });

  test('folders inside that are removed behind our back are made again', async () => {
    await under.destination.put(nameFor(numbered(1)), numbered(1));
    for (const folder of ['tmp', 'c']) await rm(path.join(under.folder, folder), { recursive: true });
    await under.destination.put(nameFor(numbered(2)), numbered(2));
    expect(await namesIn(under.destination, '')).toEqual([nameFor(numbered(2))]);
  });

  test('init makes what is above, undoInit takes away only what it made and what is empty', async () => {
    const above = new URL('new/deep/place/', under.place.url);
    const at = await under.open({ url: above.href });
    await at.init();
    await at.undoInit();
    expect(await readdir(under.folder)).not.toContain('new');
    await at.init().catch(() => undefined);
    const again = await under.open({ url: above.href });
    await again.init();
    await again.put('repo.json', numbered(1));
    await again.undoInit();
    expectBytes(await again.get('repo.json'), numbered(1));
  });

  test('the layout is that of a folder on a disk; strangers are reported and left alone', async () => {
    const name = nameFor(numbered(1));
    await under.destination.put(name, numbered(1));
    const hash = name.slice(-64);
    expect(existsSync(path.join(under.folder, 'c', CLIENT, 'p', hash.slice(0, 2), hash))).toBe(true);
    await mkdir(path.join(under.folder, 'photos 50% & more'));
    await apache.hand(path.join(under.folder, 'photos 50% & more'));
    await writeFile(path.join(under.folder, 'photos 50% & more', 'a.jpg'), 'x');
    await writeFile(path.join(under.folder, `c/${CLIENT}/p/${hash.slice(0, 2)}/${hash} (1)`), 'x');
    await writeFile(path.join(under.folder, 'k', 'ümlaut'), 'x');
    const strays: string[] = [];
    expect(await namesIn(under.destination, '', (stray) => strays.push(stray))).toEqual([name]);
    expect(strays.sort()).toEqual(
      [`c/${CLIENT}/p/${hash.slice(0, 2)}/${hash} (1)`, 'k/ümlaut', 'photos 50% & more'].sort(),
    );
  });

  test('bytes and requests are reported, in small pieces', async () => {
    const requests: string[] = [];
    let [sent, received, largest] = [0, 0, 0];
    const traffic = {
      request: async (what: string) => void requests.push(what),
      send: async (bytes: number) => {
        sent += bytes;
        largest = Math.max(largest, bytes);
      },
      receive: async (bytes: number) => void (received += bytes),
    };
    const at = await under.open({}, { traffic });
    const bytes = random(2_000_000);
    await at.publish(await spool(at, bytes), nameFor(bytes));
    expect(requests.filter((what) => what === 'create').length).toBeGreaterThanOrEqual(3);
    expect(sent).toBeGreaterThanOrEqual(bytes.length);
    expect(sent).toBeLessThan(bytes.length + 10_000);
    expect(largest).toBeLessThanOrEqual(256 * 1024);
    received = 0;
    await at.getRange(nameFor(bytes), 1_000_000, 500_000);
    expect(received).toBe(500_000);
  });

  test('a cancelled upload ends at once while the server is silent, and nothing appears', async () => {
    const proxy = await CuttingProxy.before(apache.url('', false));
    try {
      const url = `${proxy.url}${new URL(under.place.url).pathname.slice(1)}`;
      const at = await under.open({ url, certificate: null });
      const cancel = new AbortController();
      const reason = new Error('enough');
      proxy.rule = (seen) => {
        if (seen.method !== 'PUT') return null;
        cancel.abort(reason);
        return 'stall';
      };
      const start = performance.now();
      await expect(at.put(nameFor(numbered(1)), numbered(1), { signal: cancel.signal })).rejects.toBe(reason);
      expect(performance.now() - start).toBeLessThan(2_000);
      expect(await namesIn(under.destination, '')).toEqual([]);
    } finally {
      await proxy.stop();
    }
  });
});

describe('servers that know less, or something else', () => {
  const servers: Server[] = [];
  let nextcloud: NextcloudUnderTest;
  beforeEach(async () => {
    nextcloud = await makeOnNextcloud();
  });
  afterEach(async () => {
    for (const server of servers.splice(0)) await close(server);
    await nextcloud.dispose();
  });

  async function openAt(listener: RequestListener): Promise<WebDavDestination> {
    const server = createServer(listener);
    servers.push(server);
    return await nextcloud.open({ url: `http://127.0.0.1:${await listen(server)}/dav/` });
  }

  test('a server that knows no ranges: the bytes asked for are cut out, and the rest is not read', async () => {
    const bytes = random(3_000_000);
    const at = await openAt((request, response) => {
      if (request.method !== 'GET') return void response.writeHead(200).end();
      response.writeHead(200, { 'content-length': String(bytes.length) }).end(bytes);
    });
    expectBytes(await at.getRange('repo.json', 1_000, 5_000), bytes.subarray(1_000, 6_000));
    expectBytes(await at.getRange('repo.json', 0, bytes.length), bytes);
    await expectCode(at.getRange('repo.json', 2_999_999, 2), 'object-damaged');
  });

  test('a page of a hotel’s network is no empty folder', async () => {
    const at = await openAt((_request, response) => void response.writeHead(200).end('<html>Welcome</html>'));
    for (const call of [
      async () => await all(at, ''),
      async () => await at.stat('repo.json'),
      async () => await at.init(),
    ]) {
      expect((await failureOf(call())).code).toBe('destination-failed');
    }
    await expectCode(at.put('repo.json', numbered(1)), 'destination-failed');
  });

  test('a refusal of what may just be replaced is asked about again, and told where it stays', async () => {
    await nextcloud.destination.put('repo.json', numbered(1));
    const hashed = nameFor(numbered(2));
    await nextcloud.destination.put(hashed, numbered(2));
    const proxy = await CuttingProxy.before(nextcloud.place.url);
    try {
      const at = await nextcloud.open({ url: proxy.url });
      let asked = 0;
      const refusing = (times: number): void => {
        asked = 0;
        proxy.rule = ({ method }) => (method === 'GET' && ++asked <= times ? 403 : null);
      };
      refusing(1);
      expectBytes(await at.get('repo.json'), numbered(1));
      refusing(1);
      expectBytes(await at.getRange('repo.json', 0, 4), numbered(1).subarray(0, 4));
      refusing(Number.POSITIVE_INFINITY);
      await expectCode(at.get('repo.json'), 'destination-denied');
      expect(asked).toBe(3);
      // What its contents name is never replaced.
      refusing(1);
      await expectCode(at.get(hashed), 'destination-denied');
      expect(asked).toBe(1);
    } finally {
      await proxy.stop();
    }
  });

  test('a redirection is told with its address, and the password does not follow it', async () => {
    let followed = false;
    const at = await openAt((request, response) => {
      if (request.url?.startsWith('/dav') !== true) followed = true;
      response.writeHead(301, { location: 'https://cloud.example/dav/?token=secret' }).end();
    });
    const error = await failureOf(at.get('repo.json'));
    expect([error.code, error.message]).toEqual(['bad-input', expect.stringContaining('https://cloud.example/dav/.')]);
    expect(error.message).not.toContain('secret');
    expect(followed).toBe(false);
  });

  test.each([
    ['is cut short', (xml: string) => xml.slice(0, -10)],
    ['tells of a failure inside', (xml: string) => xml.replace('200 OK', '500 Oops')],
    ['has a size that is none', (xml: string) => xml.replace(/getcontentlength>\d+</, 'getcontentlength>many<')],
    ['names something outside', (xml: string) => xml.replace(/(<d:href>[^<]*)repo\.json/, '$1deep/repo.json')],
  ])('a list that %s is an error, not a shorter list', async (_what, spoil) => {
    await nextcloud.destination.put('repo.json', numbered(1));
    const proxy = await CuttingProxy.before(nextcloud.place.url);
    const spoiling = createServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        void (async () => {
          const headers = {
            authorization: request.headers.authorization ?? '',
            depth: String(request.headers['depth']),
          };
          const url = new URL(request.url ?? '/', nextcloud.place.url);
          const answer = await fetch(url, { method: request.method ?? '', headers, body: Buffer.concat(pieces) });
          const text = await answer.text();
          const challenge = answer.headers.get('www-authenticate');
          response.writeHead(answer.status, challenge === null ? {} : { 'www-authenticate': challenge });
          response.end(headers.depth === '1' ? spoil(text) : text);
        })();
      });
    });
    servers.push(spoiling);
    const url = new URL(nextcloud.place.url);
    url.port = String(await listen(spoiling));
    const at = await nextcloud.open({ url: url.href });
    await expectCode(all(at, ''), 'destination-failed');
    await proxy.stop();
  });

  test.each([
    ['no password', { credentials: undefined }],
    ['an address with a password', { url: 'https://alice:secret@host/' }],
    ['an address that is no folder', { url: 'https://host/file' }],
    ['another kind of address', { url: 'sftp://host/' }],
    ['a user name with a colon', { user: 'a:b' }],
    ['a certificate for http', { url: 'http://host/', certificate: 'a'.repeat(64) }],
  ])('%s is refused before anything is sent', async (_what, place) => {
    await expectCode(nextcloud.open(place), 'bad-input');
  });

  test('the label is what the place is known by, whatever the connection', async () => {
    const far = await nextcloud.open({ url: 'http://nas.example/dav/' });
    expect(far.label).toBe('http://nas.example/dav/');
  });
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
