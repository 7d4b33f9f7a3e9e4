/** Signing in to Google as a person does in the browser, here by its requests; and out again; folders for backups. */
import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { GoogleSignIn, GoogleSignInOptions } from '../../../main/destinations/connect-types.ts';
import { backupFolders, makeFolder } from '../../../main/destinations/google-drive/folders.ts';
import { english, type Text } from '../../../main/text.ts';
import { Loopback, type CameBack } from '../../../main/destinations/google-drive/loopback.ts';
import { signIn, signOut, type SignInSettings } from '../../../main/destinations/google-drive/sign-in.ts';
import { expectCode } from '../../support/destination-helpers.ts';
import { CLIENT_ID, CLIENT_SECRET, FakeGoogle } from '../../support/fake-google/fake-google.ts';

const ANNA = 'anna@example.com';
const BEN = 'ben@example.com';
const CLIENT = { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET };

let google: FakeGoogle;
beforeEach(async () => {
  google = await FakeGoogle.start();
  google.addAccount(ANNA, 15e9);
  google.addAccount(BEN);
});
afterEach(async () => {
  await google.close();
});

interface Person {
  account?: string;
  answer?: 'allow' | 'deny';
  /** The box for Drive is ticked. */
  drive?: boolean;
  /** Changes the address that the browser comes back to. */
  back?: (url: URL) => void;
}

/** What the browser of the last sign-in shows in the end. */
let visiting: Promise<Response>;
let address: URL | null = null;

/** A browser with a person in front of it. */
function browser(person: Person): (url: string) => Promise<void> {
  return async (url) => {
    address = new URL(url);
    visiting = visit(url, person);
    visiting.catch(() => undefined); // nobody answers where the sign-in was given up
  };
}

async function visit(url: string, { account, answer = 'allow', drive = true, back }: Person): Promise<Response> {
  const page = await (await fetch(url)).text();
  const form = new URLSearchParams();
  for (const [, name = '', value = ''] of page.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)) {
    form.append(
      name,
      value.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code))),
    );
  }
  const chosen = /name="account" value="([^"]+)" checked/.exec(page)?.[1] ?? '';
  form.append('account', account ?? chosen);
  form.append('answer', answer);
  if (drive) form.append('drive', 'yes');
  const answered = await fetch(`${google.origin}/o/consent`, { method: 'POST', body: form, redirect: 'manual' });
  const location = new URL(answered.headers.get('location') ?? '');
  back?.(location);
  return await fetch(location);
}

async function run(
  person: Person,
  options: Partial<GoogleSignInOptions> = {},
  settings: SignInSettings = {},
): Promise<GoogleSignIn> {
  return await signIn(
    { client: CLIENT, openUrl: browser(person), ...options },
    { endpoints: google.endpoints, ...settings },
  );
}

async function pageText(): Promise<string> {
  return await (await visiting).text();
}

describe('signing in', () => {
  test('gives the account, its room, and what opens its Drive', async () => {
    const signed = await run({});
    expect(signed).toMatchObject({ account: ANNA, freeBytes: 15e9, totalBytes: 15e9, sharedDrives: [] });
    expect(signed.credentials).toMatchObject({
      kind: 'google-drive',
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
    });
    expect(google.accounts.grants.map((grant) => grant.refreshToken)).toEqual([signed.credentials.refreshToken]);
    expect(await backupFolders(signed.credentials, null, { endpoints: google.endpoints })).toEqual([]);
  });

  test('asks for the least: the files of this app and the address, with PKCE and a state', async () => {
    await run({});
    expect(Object.fromEntries(address?.searchParams ?? [])).toMatchObject({
      scope: 'https://www.googleapis.com/auth/drive.file openid email',
      response_type: 'code',
      access_type: 'offline',
      prompt: 'consent',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/) as string,
      state: expect.stringMatching(/^[\w-]{43}$/) as string,
      redirect_uri: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/$/) as string,
    });
    const first = address?.searchParams;
    await run({});
    for (const param of ['state', 'code_challenge']) {
      expect(address?.searchParams.get(param)).not.toBe(first?.get(param));
    }
  });

  test('ends with a page of ours that loads and runs nothing', async () => {
    await run({});
    const page = await pageText();
    expect(page).toContain('Holdfast is connected to Google Drive');
    expect(page).toContain('You can close this window.');
    expect(page).not.toContain('<script');
    const { headers } = await visiting;
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-[^']+';/);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  });

  test('closes its address when it is over', async () => {
    await run({});
    await pageText();
    await expect(fetch(address?.searchParams.get('redirect_uri') ?? '')).rejects.toThrow();
  });

  test('with an account expected: it is proposed, in any spelling, and another one is refused', async () => {
    expect(await run({}, { account: 'Ben@Example.com' })).toMatchObject({ account: BEN });
    expect(await run({}, { account: BEN })).toMatchObject({ account: BEN, freeBytes: null, totalBytes: null });
    expect(address?.searchParams.get('login_hint')).toBe(BEN);
    await expectCode(run({ account: ANNA }, { account: BEN }), 'destination-denied');
    expect(await pageText()).toContain(`This is another Google account: ${ANNA}.`);
  });

  test('denied there', async () => {
    await expectCode(run({ answer: 'deny' }), 'destination-denied');
    expect(await pageText()).toContain('Holdfast is not connected');
    expect(google.accounts.grants).toEqual([]);
  });

  test('without the box for Drive', async () => {
    const failure: unknown = await run({ drive: false }).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'destination-denied',
      guidance: expect.stringMatching(/tick the box/) as string,
    });
  });

  test('a wrong state is turned away and changes nothing: the real answer still counts', async () => {
    const rejected: number[] = [];
    const signed = await run({
      back: (url) => {
        const wrong = new URL(url);
        wrong.searchParams.set('state', 'x'.repeat(43));
        wrong.searchParams.set('code', 'stolen');
        void fetch(wrong).then((answer) => rejected.push(answer.status));
      },
    });
    expect(signed.account).toBe(ANNA);
    await expect.poll(() => rejected).toEqual([400]);
  });

  test('other addresses, methods and host names get nothing', async () => {
    const statuses: number[] = [];
    await run({
      back: (url) => {
        const get = async (at: string, init?: RequestInit): Promise<void> => {
          statuses.push((await fetch(new URL(at, url), init)).status);
        };
        void get('/favicon.ico');
        void get(`/${url.search}`, { method: 'POST' });
        void get(`/elsewhere${url.search}`);
      },
    });
    await expect.poll(() => statuses.length).toBe(3);
    expect(statuses).toEqual([404, 404, 404]);
  });

  test('a request that is none is answered, and the real answer still counts', async () => {
    const settled: CameBack[] = [];
    const words = { language: 'ar', direction: 'rtl' as const, say: (said: string | Text) => `«${english(said)}»` };
    const loopback = await Loopback.open(
      'state',
      async (answer) => {
        settled.push(answer);
        return null;
      },
      words,
    );
    const { port, host } = new URL(loopback.address);
    const statusOf = async (target: string, named = host): Promise<number | undefined> =>
      await new Promise((resolve, reject) => {
        const sent = request({ host: '127.0.0.1', port, path: target, headers: { host: named } }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        });
        sent.on('error', reject).end();
      });
    for (const target of ['//', '///', 'http://[', '//%00']) {
      expect([target, await statusOf(target)]).toEqual([target, 400]);
    }
    // The address in the request line is not the one that was asked.
    expect(await statusOf('//elsewhere.example/?state=state&code=c', 'elsewhere.example')).toBe(404);
    expect(settled).toEqual([]);
    const page = await fetch(`${loopback.address}/?state=state&code=c`);
    expect(page.status).toBe(200);
    // In the language of the app, and from the right where it is written so.
    expect(await page.text()).toMatch(/lang="ar" dir="rtl".*«Holdfast is connected to Google Drive».*«You can close/s);
    expect(settled).toEqual([{ code: 'c' }]);
    loopback.close();
  });

  test('a code that Google does not take', async () => {
    await expectCode(run({ back: (url) => url.searchParams.set('code', 'other') }), 'destination-sign-in');
  });

  test('nobody comes back in time', async () => {
    const waiting = run({}, { openUrl: async () => undefined }, { timeoutMs: 20 });
    await expectCode(waiting, 'destination-sign-in');
  });

  test('given up by the person: the reason comes back, and the address is closed', async () => {
    const cancel = new AbortController();
    const reason = new Error('enough');
    let back = '';
    const waiting = run(
      {},
      {
        signal: cancel.signal,
        openUrl: async (url) => {
          back = new URL(url).searchParams.get('redirect_uri') ?? '';
          cancel.abort(reason);
        },
      },
    );
    await expect(waiting).rejects.toBe(reason);
    await expect(fetch(back)).rejects.toThrow();
    await expect(run({}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test('the browser cannot be opened', async () => {
    const openUrl = async (): Promise<void> => {
      throw new Error('no browser');
    };
    await expect(run({}, { openUrl })).rejects.toThrow('no browser');
  });

  test('Google cannot be reached in the end', async () => {
    google.fault = ({ where }) => (where === 'token' ? 'cut' : null);
    const failure: unknown = await run({}).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'destination-offline' });
  });

  test('no client of its own, and none brought', async () => {
    await expectCode(run({}, { client: null }), 'bad-input');
    await expectCode(run({}, { client: { clientId: ' ', clientSecret: '' } }), 'bad-input');
  });

  test('a client of the person’s own, pasted with its spaces', async () => {
    google.accounts.addClient('own.apps.googleusercontent.com', 'own-secret');
    const client = { clientId: ' own.apps.googleusercontent.com\n', clientSecret: 'own-secret ' };
    const { credentials } = await run({}, { client });
    expect(credentials).toMatchObject({ clientId: 'own.apps.googleusercontent.com', clientSecret: 'own-secret' });
    const place = await makeFolder(credentials, ANNA, 'Mine', null, { endpoints: google.endpoints });
    expect(place.clientId).toBe('own.apps.googleusercontent.com');
  });
});

test('signing out withdraws the consent; twice is no error', async () => {
  const { credentials } = await run({});
  const endpoints = google.endpoints;
  await signOut(credentials, { endpoints });
  await expectCode(backupFolders(credentials, null, { endpoints }), 'destination-sign-in');
  await signOut(credentials, { endpoints });
  google.fault = () => 'cut';
  await expectCode(signOut(credentials, { endpoints }), 'destination-offline');
});

describe('folders', () => {
  test('are made at the top, numbered where the name is taken, and found again', async () => {
    const { credentials } = await run({});
    const endpoints = google.endpoints;
    const first = await makeFolder(credentials, ANNA, ' Holdfast ', null, { endpoints });
    const second = await makeFolder(credentials, ANNA, 'Holdfast', null, { endpoints });
    expect([first.folderName, second.folderName]).toEqual(['Holdfast', 'Holdfast 2']);
    expect(first).toMatchObject({ kind: 'google-drive', driveId: null, account: ANNA });
    const drive = google.drive(ANNA);
    expect(drive.files.get(first.folderId)?.parents).toEqual([drive.rootId]);
    const { DriveDestination } = await import('../../../main/destinations/google-drive/drive-destination.ts');
    const { freeTraffic } = await import('../../../main/destinations/traffic.ts');
    const destination = await DriveDestination.open({ ...second, credentials }, { traffic: freeTraffic, endpoints });
    await destination.put('repo.json', new Uint8Array(3));
    await destination.close();
    expect(await backupFolders(credentials, null, { endpoints })).toEqual([
      { id: first.folderId, name: 'Holdfast', hasBackup: false },
      { id: second.folderId, name: 'Holdfast 2', hasBackup: true },
    ]);
    drive.setTrashed(drive.files.get(first.folderId) ?? fail(), true);
    expect(await backupFolders(credentials, null, { endpoints })).toHaveLength(1);
  });

  test.each(['', '  ', '\n', 'x'.repeat(101)])('%j is no name', async (name) => {
    const credentials = google.signedIn(ANNA);
    await expectCode(makeFolder(credentials, ANNA, name, null, { endpoints: google.endpoints }), 'bad-input');
  });
});

function fail(): never {
  throw new Error('not there');
}
