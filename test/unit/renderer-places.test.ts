import { describe, expect, it } from 'vitest';
import type { PlaceOffers, S3Preset } from '../../preload/contract.ts';
import {
  goingShare,
  goingWords,
  longWords,
  shortWords,
  spaceWords,
  stateWords,
} from '../../renderer/components/places/destination-words.ts';
import { pairs } from '../../renderer/components/places/pairs.ts';
import { kindsOf } from '../../renderer/components/places/kinds.ts';
import {
  EMPTY_SFTP,
  EMPTY_WEBDAV,
  emptyS3,
  endpointOf,
  wholeNumber,
  wrongS3,
  wrongSftp,
  wrongWebDav,
  type Wrong,
} from '../../renderer/components/places/typed.ts';
import { placeRows } from '../../renderer/screens/activity/place-rows.ts';
import { rateOf } from '../../renderer/screens/settings/limit-words.ts';

const PRESET: S3Preset = {
  id: 'wasabi',
  name: 'Wasabi',
  endpoint: 'https://s3.{region}.wasabisys.com',
  regions: ['us-east-1', 'eu-central-1'],
  pathStyle: false,
  objectLock: true,
  storageClasses: [],
  note: null,
};
const OFFERS: PlaceOffers = {
  synced: [{ service: 'nextcloud', name: 'Nextcloud', path: '/home/ada/Nextcloud' }],
  googleClient: true,
  s3: [PRESET],
  sshAgent: false,
};

/** The fields that something is wrong with. */
function fields(wrong: Wrong): string[] {
  return Object.entries(wrong).flatMap(([field, words]) => (words === undefined ? [] : [field]));
}

describe('the kinds of storage', () => {
  it('show the sync folders that were found, and one that is missing only where the system has it', () => {
    const words = (platform: 'linux' | 'darwin' | 'win32'): string[] =>
      kindsOf(OFFERS, platform).map(({ word, missing }) => (missing === null ? word : `no ${word}`));
    const after = ['A disk or folder', 'A NAS or server', 'S3 storage'];
    expect(words('darwin')).toEqual(['Google Drive', 'Nextcloud', 'no iCloud Drive', ...after]);
    expect(words('win32')).toEqual(['Google Drive', 'Nextcloud', 'no OneDrive', 'no iCloud Drive', ...after]);
    const found = { ...OFFERS, synced: [{ service: 'icloud' as const, name: 'iCloud Drive', path: '/i' }] };
    expect(kindsOf(found, 'darwin').map(({ word }) => word)).toEqual(['Google Drive', 'iCloud Drive', ...after]);
  });

  it('say nothing of what is missing before this computer was looked at', () => {
    expect(kindsOf(undefined, 'darwin')).toHaveLength(4);
  });
});

describe('the forms', () => {
  it('of S3 put the region into the address, leave Amazon’s out and ask for others', () => {
    const typed = { ...emptyS3(PRESET), region: ' eu-central-1 ' };
    expect(endpointOf(PRESET, typed)).toBe('https://s3.eu-central-1.wasabisys.com');
    expect(endpointOf({ ...PRESET, endpoint: null }, typed)).toBe(null);
    expect(endpointOf({ ...PRESET, endpoint: '' }, { ...typed, endpoint: ' minio.local:9000 ' })).toBe(
      'minio.local:9000',
    );
  });

  it('of S3 name each field that is wrong', () => {
    const typed = { ...emptyS3(PRESET), bucket: 'backups-of-ada', accessKeyId: 'AK' };
    expect(fields(wrongS3(typed, PRESET, 'secret'))).toEqual([]);
    expect(fields(wrongS3({ ...typed, bucket: 'a_b', accessKeyId: ' ' }, PRESET, ''))).toEqual([
      'bucket',
      'accessKeyId',
      'secret',
    ]);
    expect(fields(wrongS3({ ...typed, lock: 'compliance', lockDays: '0' }, PRESET, 's'))).toEqual(['lockDays']);
    expect(fields(wrongS3(typed, { ...PRESET, endpoint: '' }, 's'))).toEqual(['endpoint']);
  });

  it('of servers take what main takes, and no more', () => {
    expect(fields(wrongWebDav({ ...EMPTY_WEBDAV, url: 'cloud.example.org/dav' }))).toEqual([]);
    for (const url of ['', 'ftp://cloud.example.org', 'https://ada:secret@cloud.example.org', 'https://']) {
      expect(fields(wrongWebDav({ ...EMPTY_WEBDAV, url })), url).toEqual(['url']);
    }
    const sftp = { ...EMPTY_SFTP, host: 'nas.local', user: 'ada' };
    expect(fields(wrongSftp(sftp))).toEqual([]);
    expect(fields(wrongSftp({ ...sftp, host: 'ada@nas', port: '65536', user: '', path: ' ' }))).toEqual([
      'host',
      'port',
      'user',
      'path',
    ]);
  });

  it('read numbers exactly', () => {
    expect(wholeNumber(' 22 ', 1, 65_535)).toBe(22);
    expect([wholeNumber('0', 1, 9), wholeNumber('1.5', 1, 9), wholeNumber('1e3', 1, 9_999)]).toEqual([
      null,
      null,
      null,
    ]);
    expect([rateOf(''), rateOf('2,5'), rateOf('0.001'), rateOf('0.0001'), rateOf('fast'), rateOf('0')]).toEqual([
      null,
      2_500_000,
      1_000,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('show a certificate in pairs, however it was written', () => {
    expect(pairs('0aff10')).toBe('0A:FF:10');
    expect(pairs('0A:FF:10')).toBe('0A:FF:10');
  });
});

describe('a destination in words', () => {
  it('tells only what the storage tells', () => {
    expect(spaceWords({ usedBytes: 2e9, freeBytes: null })).toBe('2 GB used');
    expect(spaceWords({ usedBytes: null, freeBytes: null })).toBe('Space not known');
  });

  it('is called handed over, not up to date, where another program carries the files on', () => {
    expect(stateWords({ kind: 'synced', state: 'up-to-date' }).word).toBe('Handed over');
    expect(stateWords({ kind: 'local', state: 'up-to-date' }).word).toBe('Up to date');
  });

  it('is short in lists and says the rest where there is room, nothing twice', () => {
    const away = { kind: 'local', state: 'away', message: 'Connect it.' } as const;
    expect([shortWords(away), longWords(away)]).toEqual(['Not connected', 'Connect it.']);
    const paused = { kind: 'local', state: 'running', message: 'Paused' } as const;
    expect([shortWords(paused), longWords(paused)]).toEqual(['Paused', '']);
    const out = { kind: 'google-drive', state: 'sign-in', message: 'Google ended the sign-in.' } as const;
    expect([shortWords(out), longWords(out)]).toEqual(['Signed out', 'Google ended the sign-in.']);
  });

  it('tells what a run has brought there and what waits', () => {
    const going = { id: 'a', storedBytes: 3e9, queuedBytes: 1e9, state: 'running' as const };
    expect(goingShare(going)).toBe(0.75);
    expect(goingWords(going)).toBe('3 GB stored, 1 GB waiting');
    expect(goingShare({ ...going, storedBytes: 0, queuedBytes: 0 })).toBe(null);
    expect(goingShare({ ...going, state: 'done' })).toBe(1);
    expect(goingWords({ ...going, state: 'behind' })).toContain('catches up');
  });

  it('stands once in a run’s table, with its requests beside its outcome', () => {
    const error = { code: 'destination-offline', severity: 'fatal' as const, message: 'Not reached.', guidance: '' };
    const rows = placeRows({
      destinations: [
        { id: 'a', name: 'Disk', complete: true, storedBytes: 5, error: null },
        { id: 'b', name: 'NAS', complete: false, storedBytes: 2, error },
      ],
      traffic: [
        { destination: 'NAS', requests: 12, sentBytes: 30, receivedBytes: 4 },
        { destination: 'Elsewhere', requests: 3, sentBytes: 1, receivedBytes: 1 },
      ],
    });
    expect(rows.map(({ name, complete, requests, bytes }) => [name, complete, requests, bytes])).toEqual([
      ['Disk', true, null, null],
      ['NAS', false, 12, 34],
      ['Elsewhere', null, 3, 2],
    ]);
    expect(rows[1]?.why).toBe('Not reached.');
  });
});
