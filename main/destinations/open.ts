/** Opens a destination of any kind, in the decorators that its kind needs. */
import path from 'node:path';
import { LimitDestination } from './decorators/limit.ts';
import { ReadCacheDestination } from './decorators/read-cache.ts';
import { RetryDestination, retrying, type Patience, type RetryOptions } from './decorators/retry.ts';
import type { CallOptions, Destination } from './destination.ts';
import { Limits } from './limits.ts';
import { LocalDestination } from './local/local-destination.ts';
import { MeteredTraffic } from './meter.ts';
import { folderOf, type DestinationSpec } from './spec.ts';
import type { Traffic } from './traffic.ts';

export type { Patience, Wait } from './decorators/retry.ts';
export type { DestinationSpec } from './spec.ts';

/** For questions to which a person awaits the answer: a failure that lasts is to be told, not waited out. */
export const WHILE_WATCHED: Patience = { busyMs: 20_000, offlineMs: 5_000 };

/** `patience`, `onWait` and `halt` are those of the retries; a folder that nothing synchronises has none. */
export interface OpenOptions extends CallOptions, Pick<RetryOptions, 'patience' | 'onWait' | 'halt'> {
  /** Counts, slows and halts what passes. Where it is missing, only the spec's limits and `halt` act, and none counts. */
  traffic?: Traffic | undefined;
  /** What of the read cache is used, where the spec has a place for one (decorators/read-cache.ts). Default `use`. */
  cache?: 'use' | 'refresh' | undefined;
}

/**
 * Opens a destination without changing anything there. A folder that is absent opens too: `init` can make it, every
 * other call then rejects with `destination-missing`. Adapters are loaded when the first of their kind is opened.
 *
 * What is not a folder of this computer comes with its limits (adapter → limit → retry → read cache): temporary failures
 * are waited out for as long as `patience` says, those of opening too.
 *
 * @throws HoldfastError `bad-input` (path not absolute, or not a folder; credentials missing), `destination-*`
 */
export async function openDestination(spec: DestinationSpec, options: OpenOptions = {}): Promise<Destination> {
  const limits = Limits.of(spec);
  const traffic = options.traffic ?? new MeteredTraffic({ limits, halt: options.halt });
  const open = async (): Promise<Destination> => await openAdapter(spec, { signal: options.signal, traffic });
  // A file that a sync service has taken away comes back after a while, which is waited for like a busy server.
  if (folderOf(spec) !== null)
    return spec.kind === 'synced' ? new RetryDestination(await open(), options) : await open();
  const adapter = await retrying('open', options.signal, options, open);
  const limited = limits === undefined ? adapter : new LimitDestination(adapter, limits);
  const patient = new RetryDestination(limited, options);
  if (spec.scratch === undefined) return patient;
  return new ReadCacheDestination(patient, { folder: path.join(spec.scratch, 'objects'), mode: options.cache });
}

async function openAdapter(
  spec: DestinationSpec,
  given: { signal: AbortSignal | undefined; traffic: Traffic },
): Promise<Destination> {
  const options = { ...given, stallMs: spec.stallMs };
  switch (spec.kind) {
    case 'local':
      return await LocalDestination.open(spec.path, { signal: given.signal });
    case 'synced':
      return await (await import('./synced/synced-destination.ts')).SyncedDestination.open(spec, options);
    case 'google-drive':
      return await (await import('./google-drive/drive-destination.ts')).DriveDestination.open(spec, options);
    case 's3':
      return await (await import('./s3/s3-destination.ts')).S3Destination.open(spec, options);
    case 'webdav':
      return await (await import('./webdav/webdav-destination.ts')).WebDavDestination.open(spec, options);
    case 'sftp':
      return await (await import('./sftp/sftp-destination.ts')).SftpDestination.open(spec, options);
  }
}
