/** Which secret opens which place of a command: one that was meant for one server goes to no other. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { destinationOf, destinationsOf, openingOf, sharingFile } from '../../main/cli/destination-of.ts';
import { placeOf } from '../../main/cli/place.ts';
import { Limits } from '../../main/destinations/limits.ts';
import type { DestinationCredentials, DestinationPlace } from '../../main/destinations/spec.ts';

const KEY = `SHA256:${'a+/'.repeat(14)}Q`;
const ONE = 'webdav:https://ada@one.example/dav/';
const OTHER = 'webdav:https://ada@other.example/dav/';
const bad = (text: string): object => ({ code: 'bad-input', message: expect.stringContaining(text) as string });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'holdfast-opening-'));
  vi.stubEnv('HOLDFAST_HOME', folder);
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']) vi.stubEnv(name, undefined);
  for (const name of ['PASSWORD', 'KEY_FILE', 'HOST_KEY']) vi.stubEnv(`HOLDFAST_SFTP_${name}`, undefined);
  vi.stubEnv('HOLDFAST_WEBDAV_PASSWORD', undefined);
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function fileOf(content: DestinationCredentials): Promise<string> {
  const file = path.join(folder, `${content.kind}.json`);
  await writeFile(file, JSON.stringify(content), { mode: 0o600 });
  return file;
}

/** Places that have names on this computer, as `holdfast destination add` writes them. */
async function know(places: Record<string, DestinationPlace>): Promise<void> {
  const destinations = Object.entries(places).map(([name, place]) => ({ id: `id-${name}`, name, place }));
  await writeFile(path.join(folder, 'cli-destinations.json'), JSON.stringify({ version: 1, destinations }));
}

describe('what opens a place', () => {
  const place = placeOf(OTHER, {});
  const kept = async (): Promise<DestinationCredentials> => ({ kind: 'webdav', password: 'kept' });

  it('is its file, else what was kept for it, else the environment', async () => {
    const file = await fileOf({ kind: 'webdav', password: 'file' });
    vi.stubEnv('HOLDFAST_WEBDAV_PASSWORD', 'environment');
    const found = async (...args: Parameters<typeof openingOf>): Promise<unknown> => {
      const { credentials, from } = await openingOf(...args);
      return [credentials?.kind === 'webdav' ? credentials.password : null, from];
    };
    expect(await found(place, file, kept)).toEqual(['file', 'file']);
    expect(await found(place, undefined, kept)).toEqual(['kept', 'keychain']);
    expect(await found(place, undefined, async () => null)).toEqual(['environment', 'environment']);
    expect(await found(place, undefined, null)).toEqual(['environment', 'environment']);
  });

  it('is not the environment’s where the keychain does not answer', async () => {
    vi.stubEnv('HOLDFAST_WEBDAV_PASSWORD', 'environment');
    const locked = new Error('locked');
    await expect(openingOf(place, undefined, async () => await Promise.reject(locked))).rejects.toBe(locked);
  });

  it('is not looked for where the agent has it', async () => {
    const agent = placeOf(`sftp://ada@nas/x?hostKey=${KEY}`, {});
    const locked = async (): Promise<never> => await Promise.reject(new Error('locked'));
    expect(await openingOf(agent, undefined, locked)).toEqual({ credentials: { kind: 'sftp' }, from: 'nowhere' });
  });
});

describe('the environment', () => {
  it.each([
    [ONE, OTHER, ['one.example', 'other.example']],
    ['webdav:https://nas.example/', 'webdav:https://nas.example:8443/', ['nas.example', 'nas.example:8443']],
    ['s3:backups', 's3:https://s3.example/backups', ['Amazon S3', 's3.example']],
    [`sftp://ada@nas/x?hostKey=${KEY}`, `sftp://ada@box/x?hostKey=${KEY}`, ['nas:22', 'box:22']],
  ])('opens not both of %s and %s', async (repo, also, hosts) => {
    vi.stubEnv('HOLDFAST_WEBDAV_PASSWORD', 'canary');
    vi.stubEnv('HOLDFAST_SFTP_PASSWORD', 'canary');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'canary');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'canary');
    const failure: unknown = await destinationsOf({ repo }, { repo: folder }, { repo: also }).catch((e: unknown) => e);
    for (const host of hosts) expect(failure).toMatchObject(bad(host));
    expect(failure).toMatchObject({ guidance: expect.stringContaining('Nothing was sent') as string });
    expect(JSON.stringify(failure)).not.toContain('canary');
    expect((await destinationOf({ repo })).kind).toBe((await destinationOf({ repo: also })).kind);
  });

  it('opens several folders of one host, and one host of each kind', async () => {
    vi.stubEnv('HOLDFAST_WEBDAV_PASSWORD', 'p');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'a');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 's');
    const repos = [ONE, 'webdav:https://one.example/second/', 's3:backups', 's3:others', folder].map((repo) => ({
      repo,
    }));
    const [first = { repo: '' }, ...others] = repos;
    expect((await destinationsOf(first, ...others)).map(({ kind }) => kind)).toEqual([
      ...['webdav', 'webdav', 's3', 's3', 'local'],
    ]);
  });

  it('opens one server beside another one that has a file', async () => {
    vi.stubEnv('HOLDFAST_WEBDAV_PASSWORD', 'environment');
    const credentials = await fileOf({ kind: 'webdav', password: 'file' });
    const [one, other] = await destinationsOf({ repo: ONE, credentials }, { repo: OTHER });
    expect([one.credentials, other?.credentials]).toEqual([
      { kind: 'webdav', password: 'file' },
      { kind: 'webdav', password: 'environment' },
    ]);
  });
});

describe('a file for several places', () => {
  const s3 = 's3:backups';

  it('is for those of its kind only', async () => {
    const file = await fileOf({ kind: 'webdav', password: 'p' });
    expect(await sharingFile([s3, ONE, folder], file)).toEqual([
      { repo: s3 },
      { repo: ONE, credentials: file },
      { repo: folder },
    ]);
    expect(await sharingFile([ONE, s3], undefined)).toEqual([{ repo: ONE }, { repo: s3 }]);
  });

  it('is for an address before a name, which has the keychain', async () => {
    await know({ nas: placeOf(OTHER, {}) });
    const file = await fileOf({ kind: 'webdav', password: 'p' });
    expect(await sharingFile(['@nas', ONE], file)).toEqual([{ repo: '@nas' }, { repo: ONE, credentials: file }]);
    expect(await sharingFile(['@nas', s3], file)).toEqual([{ repo: '@nas', credentials: file }, { repo: s3 }]);
  });

  it('is refused for two hosts, and where it opens none of them', async () => {
    await know({ one: placeOf(ONE, {}), other: placeOf(OTHER, {}) });
    const file = await fileOf({ kind: 'webdav', password: 'canary' });
    for (const repos of [
      [ONE, OTHER],
      ['@one', '@other'],
    ]) {
      await expect(sharingFile(repos, file)).rejects.toMatchObject(bad('one.example and other.example'));
    }
    await expect(sharingFile([s3, folder], file)).rejects.toMatchObject(bad('another kind'));
  });
});

describe('a limit of the command line', () => {
  it('is of all its servers together, and no folder’s', async () => {
    const credentials = await fileOf({ kind: 'webdav', password: 'p' });
    const [first, second, disk] = await destinationsOf(
      { repo: ONE, credentials, limitUpload: '500k' },
      { repo: OTHER, credentials },
      { repo: path.join(folder, 'disk') },
    );
    expect(first.line).toBeDefined();
    expect(second?.line).toBe(first.line);
    expect(disk).not.toHaveProperty('line');
    const line = new Limits(first.line);
    expect(line.take('send', 1e6, 0).taken).toBe(100_000); // 200 ms of it
    expect(line.take('receive', 1e6, 0).taken).toBe(1e6);
    expect(await destinationOf({ repo: ONE, credentials })).not.toHaveProperty('line');
  });

  it.each(['fast', '0', '999'])('%s is refused', async (limitDownload) => {
    await expect(destinationOf({ repo: ONE, limitDownload })).rejects.toMatchObject({ code: 'bad-input' });
  });
});
