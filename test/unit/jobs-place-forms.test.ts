import { describe, expect, it } from 'vitest';
import { Drafts } from '../../main/ipc/drafts.ts';
import { isSignInPage } from '../../main/app/outside.ts';
import { folderPlace, s3Place, sftpPlace, webDavPlace, webDavUrl, type S3Form } from '../../main/jobs/place-forms.ts';

const s3: S3Form = {
  endpoint: null,
  region: 'eu-central-1',
  bucket: 'ada-backups',
  prefix: '',
  pathStyle: false,
  storageClass: null,
  lock: null,
  accessKeyId: ' AKIA ',
  secretAccessKey: ' wJalr ',
};
const HOST_KEY = `SHA256:${'A'.repeat(43)}`;
const bad = expect.objectContaining({ code: 'bad-input' }) as Error;

describe('what people type becomes a place', () => {
  it.each([
    ['', ''],
    ['laptop', 'laptop/'],
    ['/a//b/', 'a//b/'],
    [' / ', ''],
  ])('S3: the folder %j is the prefix %j', (typed, prefix) => {
    const { place, credentials } = s3Place({ ...s3, prefix: typed });
    expect(place).toMatchObject({ kind: 's3', prefix, endpoint: null });
    expect(credentials).toEqual({ kind: 's3', accessKeyId: 'AKIA', secretAccessKey: 'wJalr' });
    expect(JSON.stringify(place)).not.toContain('wJalr');
  });

  it('S3: an endpoint may be typed without its scheme; a name that no bucket has is refused', () => {
    expect(s3Place({ ...s3, endpoint: 's3.example.org/x' }).place).toMatchObject({
      endpoint: 'https://s3.example.org',
    });
    for (const bucket of ['a', 'has space', '-x-', 'x/../y']) expect(() => s3Place({ ...s3, bucket })).toThrow(bad);
    expect(() => s3Place({ ...s3, endpoint: 'ftp://x' })).toThrow(bad);
  });

  it('WebDAV: the address gets what is missing, and holds no password', () => {
    expect(webDavUrl('cloud.example.org/dav')).toBe('https://cloud.example.org/dav/');
    expect(webDavUrl('http://127.0.0.1:8080/?x#y')).toBe('http://127.0.0.1:8080/');
    expect(() => webDavUrl('https://ada:secret@cloud.example.org/')).toThrow(bad);
    expect(() => webDavUrl('nonsense://')).toThrow(bad);
    const { place, name } = webDavPlace({ url: 'cloud.example.org', user: ' ada ', password: 'p', certificate: null });
    expect([place, name]).toEqual([
      { kind: 'webdav', url: 'https://cloud.example.org/', user: 'ada', certificate: null },
      'cloud.example.org',
    ]);
  });

  it('SFTP: only with a host key that was looked at', () => {
    const form = { host: ' nas.local ', port: 22, user: 'ada', path: 'backups', hostKey: HOST_KEY } as const;
    const { place, credentials } = sftpPlace({ ...form, login: { by: 'key', keyFile: '/k', passphrase: '' } });
    expect(place).toMatchObject({ kind: 'sftp', host: 'nas.local', login: 'key' });
    expect(credentials).toEqual({ kind: 'sftp', keyFile: '/k' });
    expect(() => sftpPlace({ ...form, hostKey: 'SHA256:short', login: { by: 'agent' } })).toThrow(bad);
    expect(() => sftpPlace({ ...form, host: 'ada@nas', login: { by: 'agent' } })).toThrow(bad);
  });

  it('a folder is a folder', async () => {
    expect(await folderPlace('/media/disk/Holdfast')).toMatchObject({
      place: { kind: 'local', path: '/media/disk/Holdfast' },
      name: 'Holdfast',
    });
  });
});

describe('places that the window knows by an id', () => {
  const nas = webDavPlace({ url: 'cloud.example.org', user: 'ada', password: 'first', certificate: null });

  it('never tell their secret, and the same place keeps its id with the newest one', () => {
    const drafts = new Drafts();
    const draft = drafts.give(nas);
    expect(JSON.stringify(draft)).not.toContain('first');
    expect(drafts.give({ ...nas, credentials: { kind: 'webdav', password: 'second' } }).cap).toBe(draft.cap);
    expect(drafts.take(draft.cap).credentials).toEqual({ kind: 'webdav', password: 'second' });
    expect(() => drafts.take('made-up-by-a-page')).toThrow(bad);
  });
});

describe('sign-in pages that may be opened in the browser', () => {
  it.each([
    ['https://accounts.google.com/o/oauth2/v2/auth?client_id=x', true],
    ['https://accounts.google.com/elsewhere', false],
    ['https://accounts.google.com.evil.example/o/oauth2/v2/auth', false],
    ['https://ada:x@accounts.google.com/o/oauth2/v2/auth', false],
    ['http://accounts.google.com/o/oauth2/v2/auth', false],
    ['file:///etc/passwd', false],
    ['nonsense', false],
  ])('%s: %s', (address, allowed) => {
    expect(isSignInPage(address)).toBe(allowed);
  });

  it('are those of a stand-in only where one is named', () => {
    expect(isSignInPage('http://127.0.0.1:4000/auth')).toBe(false);
    expect(isSignInPage('http://127.0.0.1:4000/auth', 'http://127.0.0.1:4000')).toBe(true);
    expect(isSignInPage('http://127.0.0.1:4001/auth', 'http://127.0.0.1:4000')).toBe(false);
  });
});
