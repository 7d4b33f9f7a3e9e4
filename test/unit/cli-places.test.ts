import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { credentialsFromEnvironment, credentialsFromFile, fitting } from '../../main/cli/credentials.ts';
import { placeOf } from '../../main/cli/place.ts';
import { sumUp } from '../../main/cli/stats-command.ts';

const KEY = `SHA256:${'a+/'.repeat(14)}Q`;
const bad = expect.objectContaining({ code: 'bad-input' }) as Error;

describe('addresses of the command line', () => {
  it.each([
    ['s3:ada-backups', { bucket: 'ada-backups', prefix: '', endpoint: null, region: 'us-east-1', pathStyle: false }],
    ['s3:ada-backups/laptop?region=eu-west-1', { prefix: 'laptop/', region: 'eu-west-1' }],
    [
      's3:https://s3.example.org:9000/ada-backups/a/b?region=x',
      { endpoint: 'https://s3.example.org:9000', bucket: 'ada-backups', prefix: 'a/b/', region: 'x', pathStyle: true },
    ],
    ['s3:https://s3.example.org/ada-backups?pathStyle=false', { pathStyle: false }],
    ['s3:ada-backups?lock=compliance:30', { lock: { mode: 'compliance', days: 30 } }],
  ])('%s', (address, expected) => {
    expect(placeOf(address, {})).toMatchObject({ kind: 's3', ...expected });
  });

  it.each([
    ['webdav:https://ada@cloud.example.org/dav', 'https://cloud.example.org/dav/', 'ada'],
    ['webdav:cloud.example.org/dav/', 'https://cloud.example.org/dav/', ''],
    ['webdav:http://127.0.0.1:8080/', 'http://127.0.0.1:8080/', ''],
  ])('%s', (address, url, user) => {
    expect(placeOf(address, {})).toEqual({ kind: 'webdav', url, user, certificate: null });
  });

  it.each([
    ['/volume1/holdfast', '/volume1/holdfast', 2222],
    ['/~/holdfast', 'holdfast', 22],
  ])('sftp with the path %s', (given, expected, port) => {
    const address = `sftp://ada@nas.local${port === 22 ? '' : `:${port}`}${given}?hostKey=${KEY}`;
    expect(placeOf(address, {})).toEqual({
      kind: 'sftp',
      host: 'nas.local',
      port,
      user: 'ada',
      path: expected,
      hostKey: KEY,
      login: 'agent',
    });
  });

  it('is a folder otherwise, also one with a drive letter', () => {
    expect(placeOf('backups', {})).toEqual({ kind: 'local', path: path.resolve('backups') });
    expect(placeOf('C:/backups', {}).kind).toBe('local');
  });

  it.each([
    'ftp://x/y',
    's3:',
    's3:ada-backups?lock=30',
    'sftp://ada@nas.local/x',
    `sftp://ada:secret@nas.local/x?hostKey=${KEY}`,
    'webdav:https://ada:secret@cloud.example.org/',
  ])('%s is refused, and no message repeats a password', (address) => {
    expect(() => placeOf(address, {})).toThrow(bad);
    try {
      placeOf(address, {});
    } catch (error) {
      expect(String(error)).not.toContain('secret');
    }
  });

  it('takes region and host key from the environment', () => {
    expect(placeOf('s3:ada-backups', { AWS_REGION: 'eu-north-1' })).toMatchObject({ region: 'eu-north-1' });
    expect(placeOf('sftp://ada@nas/x', { HOLDFAST_SFTP_HOST_KEY: KEY, HOLDFAST_SFTP_KEY_FILE: '/k' })).toMatchObject({
      hostKey: KEY,
      login: 'key',
    });
  });
});

describe('what opens a destination', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'holdfast-credentials-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('comes from a file that only its owner may read', async () => {
    const file = path.join(folder, 'nas.json');
    await writeFile(file, '{"kind":"webdav","password":"p"}', { mode: 0o600 });
    expect(await credentialsFromFile(file)).toEqual({ kind: 'webdav', password: 'p' });
    await chmod(file, 0o644);
    await expect(credentialsFromFile(file)).rejects.toThrow(bad);
  });

  it.each(['', 'secret', '{"kind":"webdav"}', '{"kind":"webdav","password":"secret","more":1}', '{"kind":"ftp"}'])(
    'is refused where the file holds %j, without repeating it',
    async (text) => {
      const file = path.join(folder, 'x.json');
      await writeFile(file, text, { mode: 0o600 });
      const error: unknown = await credentialsFromFile(file).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'bad-input' });
      expect(JSON.stringify(error)).not.toContain('secret');
    },
  );

  it('comes from the environment, and only whole', () => {
    const s3 = placeOf('s3:ada-backups', {});
    expect(credentialsFromEnvironment(s3, { AWS_ACCESS_KEY_ID: 'a' })).toBeNull();
    expect(credentialsFromEnvironment(s3, { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' })).toEqual({
      kind: 's3',
      accessKeyId: 'a',
      secretAccessKey: 'b',
    });
  });

  it('is asked for where a server needs it, and never for a folder', () => {
    expect(fitting(placeOf('/backups', {}), { kind: 'webdav', password: 'p' })).toBeNull();
    expect(() => fitting(placeOf('s3:ada-backups', {}), null)).toThrow(bad);
    expect(() => fitting(placeOf('s3:ada-backups', {}), { kind: 'webdav', password: 'p' })).toThrow(bad);
  });
});

describe('requests of past runs', () => {
  const line = {
    at: 1,
    verb: 'backup',
    destination: 'Drive',
    bytes: 2 ** 30,
    sentBytes: 5,
    receivedBytes: 1,
    units: 50,
  };

  it('are added up by destination and verb', () => {
    const sums = sumUp([
      { ...line, requests: { create: 2, list: 1 } },
      { ...line, requests: { create: 3 } },
      { ...line, verb: 'restore', requests: { read: 7 } },
    ]);
    expect(sums).toHaveLength(2);
    expect(sums[0]).toMatchObject({
      runs: 2,
      bytes: 2 ** 31,
      requests: { create: 5, list: 1 },
      allRequests: 6,
      units: 100,
    });
    expect(sums[1]).toMatchObject({ verb: 'restore', allRequests: 7 });
  });
});
