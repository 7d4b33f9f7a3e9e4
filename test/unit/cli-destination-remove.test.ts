/** When the consent at Google is withdrawn with a destination that is removed. */
import { describe, expect, it } from 'vitest';
import { sharingConsent } from '../../main/cli/destination-commands.ts';
import type { KnownDestination } from '../../main/cli/known-destinations.ts';
import { placeOf } from '../../main/cli/place.ts';

const drive = (id: string, account: string, clientId: string | null, by: 'app' | 'cli' = 'cli'): KnownDestination => {
  const folder = { folderId: `folder-${id}`, folderName: 'Holdfast', driveId: null };
  return { id, name: `name-${id}`, by, place: { kind: 'google-drive', ...folder, account, clientId } };
};
const removed = drive('1', 'anna@example.com', null);
const nas: KnownDestination = { id: '9', name: 'nas', by: 'cli', place: placeOf('s3:backups', {}) };

describe('the consent at Google', () => {
  it('stays while another destination of the account and client needs it, the app’s too', () => {
    const app = drive('2', 'Anna@Example.com', null, 'app');
    const own = drive('3', 'anna@example.com', null);
    expect(sharingConsent(removed, [app, removed, own, nas]).map(({ id }) => id)).toEqual(['2', '3']);
  });

  it('goes with the last one: other accounts and other clients have their own', () => {
    const others = [drive('2', 'ben@example.com', null), drive('3', 'anna@example.com', 'own-client'), nas, removed];
    expect(sharingConsent(removed, others)).toEqual([]);
    expect(sharingConsent(nas, [nas, removed, { ...nas, id: '8' }])).toEqual([]);
  });
});
