/** How much room an account has. */
import type { SpaceInfo } from '../destination.ts';
import type { DriveClient } from './client.ts';

export interface Storage {
  /** The account's address; empty where Google does not tell. */
  account: string;
  space: SpaceInfo;
}

/** The limit is the account's, and mail and photos count too. No limit: both figures are null. */
export async function storageOf(client: DriveClient, signal: AbortSignal | undefined): Promise<Storage> {
  const about = await client.call('about.get', signal, async ({ drive, options }) => {
    return (await drive.about.get({ fields: 'user(emailAddress),storageQuota' }, options)).data;
  });
  const quota = about.storageQuota;
  const total = bytesOf(quota?.limit);
  const free = total === null ? null : Math.max(0, total - (bytesOf(quota?.usage) ?? 0));
  return {
    account: about.user?.emailAddress ?? '',
    space: { freeBytes: free, totalBytes: total, trashBytes: bytesOf(quota?.usageInDriveTrash) ?? undefined },
  };
}

function bytesOf(text: string | null | undefined): number | null {
  return typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : null;
}
