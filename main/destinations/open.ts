import type { CallOptions, Destination } from './destination.ts';
import { LocalDestination } from './local/local-destination.ts';
import type { DestinationSpec } from './spec.ts';
import { freeTraffic, type Traffic } from './traffic.ts';

export type { DestinationSpec } from './spec.ts';

export interface OpenOptions extends CallOptions {
  /** Counts, slows and halts what passes; nothing is counted or slowed where it is missing. */
  traffic?: Traffic | undefined;
}

/**
 * Opens a destination without changing anything there. A folder that is absent opens too: `init` can make it, every
 * other call then rejects with `destination-missing`. Adapters are loaded when the first of their kind is opened.
 *
 * @throws HoldfastError `bad-input` (path not absolute, or not a folder; credentials missing), `destination-*`
 */
export async function openDestination(spec: DestinationSpec, options: OpenOptions = {}): Promise<Destination> {
  const adapter = { signal: options.signal, traffic: options.traffic ?? freeTraffic };
  switch (spec.kind) {
    case 'local':
      return await LocalDestination.open(spec.path, adapter);
    case 'synced':
      return await (await import('./synced/synced-destination.ts')).SyncedDestination.open(spec, adapter);
    case 'google-drive':
      return await (await import('./google-drive/drive-destination.ts')).DriveDestination.open(spec, adapter);
    case 's3':
      return await (await import('./s3/s3-destination.ts')).S3Destination.open(spec, adapter);
    case 'webdav':
      return await (await import('./webdav/webdav-destination.ts')).WebDavDestination.open(spec, adapter);
    case 'sftp':
      return await (await import('./sftp/sftp-destination.ts')).SftpDestination.open(spec, adapter);
  }
}
