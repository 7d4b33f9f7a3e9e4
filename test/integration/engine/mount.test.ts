/** Snapshots in file managers: the WebDAV server, asked as they ask, and by a client of somebody else. */
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { request, type IncomingHttpHeaders } from 'node:http';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunControl } from '../../../main/engine/control.ts';
import { mount, type Mount } from '../../../main/engine/mount.ts';
import { askedOf } from '../../../main/engine/mount/propfind.ts';
import { noise } from '../../support/crash-world.ts';
import { filesIn, World } from '../../support/engine.ts';

const LARGE = noise('mount', 6_000_000);
const ODD = Buffer.concat([Buffer.from('odd <&"\' \n'), Buffer.from([0xff])]);

let world: World;
let mounted: Mount;
const warnings: string[] = [];
beforeAll(async () => {
  world = await World.make();
  world.write({ 'src/letter.txt': 'Dear Anna', 'src/sub/large': LARGE, 'src/empty': '' });
  writeFileSync(Buffer.concat([Buffer.from(world.at('src/')), ODD]), 'odd');
  utimesSync(world.at('src/letter.txt'), 1_700_000_000, 1_700_000_000);
  symlinkSync('../src/./letter.txt', world.at('src/link'));
  symlinkSync(world.at('src/link'), world.at('src/sub/link to link'));
  symlinkSync('.', world.at('src/round'));
  symlinkSync('round/round/nothing', world.at('src/dangling'));
  await world.backup([world.at('src')]);
  writeFileSync(world.at('src/letter.txt'), 'Dear Bert');
  await world.backup([world.at('src')]);
  const emit = (event: { type: string; text?: string }): void => {
    if (event.type === 'message') warnings.push(event.text ?? '');
  };
  mounted = await mount({ destination: world.destination, access: world.key }, { control: new RunControl(), emit });
});
afterAll(async () => {
  await mounted.close();
  world.dispose();
});

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** One request with a path sent as it is. */
function ask(method: string, path: string, headers: Record<string, string> = {}, body = ''): Promise<Answer> {
  const { port } = new URL(mounted.plainUrl);
  return new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }),
      );
    });
    asking.on('error', reject);
    asking.end(body);
  });
}

const base = (): string => new URL(mounted.url).pathname.slice(0, -1);
/** A path in the newest snapshot. */
const latest = (path: string): string =>
  `${base()}/computer/latest${world.at('src').split('/').map(encodeURIComponent).join('/')}${path}`;
const hrefs = (xml: Buffer): string[] =>
  [...xml.toString().matchAll(/<D:href>([^<]*)<\/D:href>/g)].map(([, href = '']) => href);

describe('mount', () => {
  it('shows computers, their snapshots and what is in them', async () => {
    const top = await ask('PROPFIND', `${base()}/`, { depth: '1' });
    expect(top.status).toBe(207);
    expect(hrefs(top.body)).toEqual([`${base()}/`, `${base()}/computer/`]);
    const snapshots = hrefs((await ask('PROPFIND', `${base()}/computer`, { depth: '1' })).body);
    expect(snapshots).toHaveLength(4);
    expect(snapshots[1]).toMatch(/\/computer\/\d{4}-\d\d-\d\d%20\d\d\.\d\d\.\d\d\/$/);
    expect(snapshots.at(-1)).toBe(`${base()}/computer/latest/`);
    const [first = ''] = snapshots.slice(1);
    const folder = `${first}${world.at('src').slice(1)}`;
    const old = await ask('GET', `${folder}/letter.txt`);
    expect(old.body.toString()).toBe('Dear Anna');
    const entries = hrefs((await ask('PROPFIND', latest('/'), { depth: '1' })).body);
    // Links to files show what they lead to; others would lead round in circles.
    expect(entries.map((href) => href.slice(latest('').length))).toEqual([
      '/',
      '/empty',
      '/letter.txt',
      '/link',
      '/odd%20%3C%26%22%27%20%0A%FF',
      '/sub/',
    ]);
    expect((await ask('GET', latest('/sub/link%20to%20link'))).body.toString()).toBe('Dear Bert');
  });

  it('serves names of any bytes, and says nothing is there where nothing is', async () => {
    expect((await ask('GET', latest('/odd%20%3C%26%22%27%20%0A%FF'))).body.toString()).toBe('odd');
    const listed = (await ask('PROPFIND', latest('/odd%20%3C%26%22%27%20%0A%FF'), { depth: '0' })).body.toString();
    expect(listed).toContain('<D:displayname>odd &#60;&#38;&#34;&#39; &#10;\\xff</D:displayname>');
    for (const path of ['/nothing', '/letter.txt/below', '/..', '/%2e%2e/src', '/sub%2Flarge', '/a%00', '/%zz']) {
      expect((await ask('GET', latest(path))).status, path).toBe(404);
    }
  });

  it('gives whole files and ranges that equal the original', async () => {
    const path = latest('/sub/large');
    const whole = await ask('GET', path);
    expect(whole.status).toBe(200);
    expect(whole.body.equals(LARGE)).toBe(true);
    const { etag = '' } = whole.headers;
    const range = async (text: string, more: Record<string, string> = {}): Promise<[number, Buffer, unknown]> => {
      const answer = await ask('GET', path, { range: text, ...more });
      return [answer.status, answer.body, answer.headers['content-range']];
    };
    const size = LARGE.length;
    expect(await range('bytes=0-0')).toEqual([206, LARGE.subarray(0, 1), `bytes 0-0/${size}`]);
    const [status, body] = await range('bytes=1000000-4999999');
    expect([status, body.equals(LARGE.subarray(1_000_000, 5_000_000))]).toEqual([206, true]);
    expect((await range('bytes=-5'))[1]).toEqual(LARGE.subarray(-5));
    expect(await range(`bytes=${size - 2}-`)).toEqual([
      206,
      LARGE.subarray(-2),
      `bytes ${size - 2}-${size - 1}/${size}`,
    ]);
    expect((await range(`bytes=${size}-`)).slice(0, 1)).toEqual([416]);
    expect((await range('bytes=5-1'))[0]).toBe(200);
    expect((await range('bytes=0-0,2-2'))[0]).toBe(200);
    expect((await range('bytes=0-0', { 'if-range': etag }))[0]).toBe(206);
    expect((await range('bytes=0-0', { 'if-range': '"other"' }))[0]).toBe(200);
    const empty = await ask('GET', latest('/empty'));
    expect([empty.status, empty.body.length]).toEqual([200, 0]);
    expect((await ask('GET', latest('/empty'), { range: 'bytes=0-' })).status).toBe(416);
  });

  it('tells sizes, times and tags, and what is known already is not sent again', async () => {
    const first = hrefs((await ask('PROPFIND', `${base()}/computer`, { depth: '1' })).body)[1] ?? '';
    const path = `${first}${world.at('src').slice(1)}/letter.txt`;
    const head = await ask('HEAD', path);
    expect(head).toMatchObject({
      status: 200,
      headers: { 'content-length': '9', 'last-modified': 'Tue, 14 Nov 2023 22:13:20 GMT', 'accept-ranges': 'bytes' },
    });
    expect(head.body).toHaveLength(0);
    const { etag = '' } = head.headers;
    expect((await ask('GET', path, { 'if-none-match': etag })).status).toBe(304);
    expect((await ask('GET', path, { 'if-none-match': '"other"' })).status).toBe(200);
    expect((await ask('GET', latest('/letter.txt'), { 'if-none-match': etag })).status).toBe(200);
    expect((await ask('GET', path, { 'if-modified-since': 'Tue, 14 Nov 2023 22:13:20 GMT' })).status).toBe(304);
    expect((await ask('GET', path, { 'if-modified-since': 'Tue, 14 Nov 2023 22:13:19 GMT' })).status).toBe(200);
  });

  it('answers PROPFIND with what is asked for, and refuses what it should', async () => {
    const body =
      '<?xml version="1.0"?><p:propfind xmlns:p="DAV:"><p:prop><p:getcontentlength/><x:y xmlns:x="urn:z"/></p:prop></p:propfind>';
    const asked = (await ask('PROPFIND', latest('/letter.txt'), { depth: '0' }, body)).body.toString();
    expect(asked).toContain('<D:prop><D:getcontentlength>9</D:getcontentlength></D:prop><D:status>HTTP/1.1 200 OK');
    expect(asked).toContain('<D:prop><x:y xmlns:x="urn:z"/></D:prop><D:status>HTTP/1.1 404 Not Found');
    expect((await ask('PROPFIND', latest('/'), { depth: 'infinity' })).body.toString()).toContain(
      'propfind-finite-depth',
    );
    expect((await ask('PROPFIND', latest('/'), { depth: '0' }, '<!DOCTYPE a [<!ENTITY b "c">]><a/>')).status).toBe(400);
    expect((await ask('PROPFIND', latest('/'), { depth: '0' }, 'x'.repeat(100_000))).status).toBe(400);
    const names = '<propfind xmlns="DAV:"><propname/></propfind>';
    expect((await ask('PROPFIND', latest('/'), { depth: '0' }, names)).body.toString()).toContain('<D:resourcetype/>');
  });

  it('changes nothing: every other method is refused in words', async () => {
    for (const method of ['PUT', 'DELETE', 'MKCOL', 'MOVE', 'COPY', 'PROPPATCH', 'LOCK', 'UNLOCK', 'POST']) {
      const answer = await ask(method, latest('/letter.txt'), {}, method === 'PUT' ? 'x'.repeat(100_000) : '');
      expect([method, answer.status, answer.headers.allow]).toEqual([method, 405, 'OPTIONS, GET, HEAD, PROPFIND']);
      expect(answer.body.toString()).toContain('read-only');
    }
    const options = await ask('OPTIONS', latest('/'));
    expect(options).toMatchObject({ status: 200, headers: { dav: '1' } });
  });

  it('lets nobody in without the secret, from another page or by another name', async () => {
    const { host } = new URL(mounted.plainUrl);
    expect((await ask('GET', '/')).status).toBe(401);
    expect((await ask('GET', `${base()}x/`)).status).toBe(401);
    expect((await ask('PROPFIND', '/computer', { depth: '0' })).status).toBe(401);
    const basic = (password: string) => ({
      authorization: `Basic ${Buffer.from(`any:${password}`).toString('base64')}`,
    });
    expect((await ask('GET', '/computer/', basic(mounted.password))).status).toBe(200);
    expect((await ask('GET', '/computer/', basic('wrong'))).status).toBe(401);
    expect((await ask('GET', `${base()}/`, { host: `evil.example:${host.split(':')[1]}` })).status).toBe(403);
    expect((await ask('GET', `${base()}/`, { host: '127.0.0.1:1' })).status).toBe(403);
    expect((await ask('GET', `${base()}/`, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await ask('GET', `${base()}/`, { origin: 'null' })).status).toBe(403);
    expect((await ask('GET', `${base()}/`, { origin: `http://${host}` })).status).toBe(200);
  });

  it('in a browser shows lists, and runs nothing that a backup holds', async () => {
    const page = await ask('GET', latest('/'));
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.body.toString()).toContain('odd &#60;&#38;&#34;&#39; ');
    for (const path of ['/', '/letter.txt']) {
      const { headers } = await ask('GET', latest(path));
      expect(headers['content-security-policy']).toContain('sandbox');
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'private, no-store' });
    }
    expect((await ask('GET', latest('/letter.txt'))).headers['content-type']).toBe('application/octet-stream');
  });

  it('is browsed by cadaver, whose copy equals the original', async () => {
    const target = world.at('out');
    mkdirSync(target);
    const script = [
      `cd computer/latest${world.at('src')}`,
      'ls',
      `get sub/large ${target}/large`,
      `get letter.txt ${target}/letter`,
      'put /etc/hostname',
      'quit',
    ];
    const child = promisify(execFile)('cadaver', [mounted.url], { env: { ...process.env, HOME: target } });
    child.child.stdin?.end(`${script.join('\n')}\n`);
    const { stdout } = await child;
    expect(stdout).toContain('letter.txt');
    expect(stdout).toMatch(/Uploading .*failed/s);
    expect(readFileSync(`${target}/large`).equals(LARGE)).toBe(true);
    expect(readFileSync(`${target}/letter`, 'utf8')).toBe('Dear Bert');
  });

  it('needs the key', async () => {
    const locked = mount(
      { destination: world.destination, access: world.computer.access },
      { control: new RunControl(), emit: () => undefined },
    );
    await expect(locked).rejects.toMatchObject({ code: 'locked' });
  });

  it('breaks off what turns out to be damaged, and goes on with the rest', async () => {
    // Last, since the packs are gone after it.
    expect(warnings).toEqual([]);
    const packs = filesIn(world.at('repo', 'c', world.computer.clientId, 'p'));
    for (const pack of packs) {
      const bytes = readFileSync(pack);
      for (let at = 2_000_000; at < bytes.length; at += 100_000) bytes[at] = (bytes[at] ?? 0) ^ 1;
      chmodSync(pack, 0o600);
      rmSync(pack);
      writeFileSync(pack, bytes);
    }
    const fresh = await mount(
      { destination: world.destination, access: world.key },
      { control: new RunControl(), emit: (event) => void (event.type === 'message' && warnings.push(event.text)) },
    );
    await mounted.close();
    mounted = fresh;
    const result = await ask('GET', latest('/sub/large')).then(
      ({ status }) => status,
      () => 'cut',
    );
    expect(['cut', 500]).toContain(result);
    expect(warnings).toHaveLength(1);
    expect((await ask('PROPFIND', latest('/'), { depth: '1' })).status).toBe(207);
  });
});

describe('bodies of PROPFIND', () => {
  it.each([
    ['', 'all'],
    ['<propfind xmlns="DAV:"><allprop/></propfind>', 'all'],
    ['<a:propfind xmlns:a="DAV:"><a:allprop/><a:include><a:x/></a:include></a:propfind>', 'all'],
    ['<propfind xmlns="DAV:"><prop><a xmlns=""/><!-- <b/> --><c/></prop></propfind>', ['{}a', '{DAV:}c']],
    ['<propfind xmlns="DAV:"><prop></prop></propfind>', []],
    ['<propfind xmlns="urn:other"><allprop/></propfind>', null],
    ['<propfind xmlns="DAV:">', null],
    ['</propfind>', null],
    ['nothing', null],
    ['<propfind xmlns="&e;"><allprop/></propfind>', null],
  ])('%s', (body, asked) => {
    expect(askedOf(body)).toEqual(asked);
  });
});
