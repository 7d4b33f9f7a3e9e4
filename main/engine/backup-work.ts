/** What one backup works with: publisher, workers and writer are started together, and ended together. */
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { HoldfastError } from '../errors.ts';
import type { Destination } from '../destinations/destination.ts';
import type { BackupInput, FileChoice } from './api.ts';
import { avoided, ownFolders } from './backup-sources.ts';
import type { RunControl } from './control.ts';
import type { ByteString } from './format/byte-path.ts';
import { blobIdKeyOf, type Capability } from './format/capability.ts';
import { chunkerWasm } from './pipeline/assets.ts';
import { loadChunkerModule } from './pipeline/chunker/chunker.ts';
import { MetaBlobs } from './pipeline/meta-blobs.ts';
import type { Owners } from './pipeline/node-of.ts';
import { metadataWriter } from './pipeline/own-writer.ts';
import { readOwners } from './pipeline/owners.ts';
import { COMPRESSION_LEVEL, dataPackBytes } from './pipeline/pack-sizes.ts';
import type { PackWriter } from './pipeline/pack-writer.ts';
import type { ProgressSoFar } from './pipeline/progress-so-far.ts';
import { WorkerPool } from './pipeline/pool.ts';
import { Publisher } from './pipeline/publisher.ts';
import { RunJournal } from './pipeline/run-journal.ts';
import { spoolError, systemErrorInfo } from './pipeline/spool-error.ts';
import type { TreeWalk } from './pipeline/tree-walk.ts';
import type { Domain } from './repository/domain.ts';
import type { CacheContent } from './repository/local-cache.ts';
import { RecordSpool } from './repository/record-spool.ts';
import type { RecordSource } from './repository/records.ts';
import { SealedReader, type SealedFileData } from './repository/sealed-reader.ts';

/** What a run works with from its scan to its end. */
export interface Work {
  sources: ByteString[];
  spoolFolder: string;
  owners: Owners;
  domain: Domain;
  cache: CacheContent | null;
  scannedMs: number;
  trustBeforeMs: number;
  journal: RunJournal;
  /** Complete records, until trees and cache are made of them. */
  records: RecordSpool;
  /** One byte a pack that was there before, set where this snapshot needs it. */
  usedPacks: Uint8Array;
  publisher: Publisher;
  pool: WorkerPool;
  writer: PackWriter;
  meta: MetaBlobs;
  /** From the end of the scan until the commit begins: what a stopped run can leave as a partial snapshot. */
  walk: TreeWalk | null;
}

export interface WorkOptions {
  input: BackupInput;
  control: RunControl;
  destination: Destination;
  capability: Capability;
  /** 1,216 bytes. */
  readerPublicKey: Uint8Array;
  sources: ByteString[];
  spoolFolder: string;
  /** Where packs are prepared, in short words. */
  spoolLabel: string;
  domain: Domain;
  journalFile: string;
  progress: ProgressSoFar;
  /** Was started ahead; ends with the work. */
  firstWorker: Worker;
}

/** Starts publisher and workers. */
export function beginWork(o: WorkOptions): Work {
  const { input, control, destination, capability, sources, spoolFolder, spoolLabel, domain } = o;
  const { cache, trustBeforeMs, journalEnd } = o.progress;
  const { suite, repoId, clientId, epoch, keys } = capability;
  const blobIdKey = blobIdKeyOf(capability);
  const usedPacks = new Uint8Array(new SharedArrayBuffer(domain.packs.length));
  const owners = readOwners();
  const scannedMs = Date.now();
  const journal = new RunJournal({
    path: o.journalFile,
    capability,
    scannedMs,
    end: input.dryRun === true ? 0 : journalEnd,
  });
  const publisher = new Publisher(destination, capability, control, (error) =>
    pool.abort(explainSpool(error, spoolLabel)),
  );
  publisher.adopt(domain.unindexed);
  const pool = new WorkerPool({
    first: o.firstWorker,
    index: domain.index.memory,
    control,
    onPack: ({ pack }) => {
      publisher.add(pack);
      journal.packFinished();
    },
    toError: (info) => spoolError(info, spoolLabel),
    data: {
      role: 'backup',
      suite,
      usedPacks: usedPacks.buffer as SharedArrayBuffer,
      chunkerModule: loadChunkerModule(fileURLToPath(chunkerWasm())),
      repoId,
      clientId,
      epoch,
      metaKey: keys.meta,
      hedgeKey: keys.hedge,
      blobIdKey,
      chunkerKey: keys.chunker,
      readerPublicKey: o.readerPublicKey,
      spoolFolder,
      packBytes: input.packBytes ?? dataPackBytes(destination),
      compressionLevel: COMPRESSION_LEVEL,
      owners,
      choice: choiceOf(input),
      avoid: avoided(ownFolders(input)),
      cache: cache === null ? null : sharedRecords(cache.records),
      trustBeforeMs,
    },
  });
  const writer = metadataWriter({ capability, index: domain.index, publisher, spoolFolder });
  const meta = new MetaBlobs(blobIdKey, domain.index, usedPacks, writer);
  return {
    sources,
    spoolFolder,
    domain,
    cache,
    owners,
    scannedMs,
    trustBeforeMs,
    journal,
    records: new RecordSpool(`${o.journalFile}.records`),
    usedPacks,
    publisher,
    pool,
    writer,
    meta,
    walk: null,
  };
}

/** Ends all that a run has started; may be called twice. */
export async function endOf({ pool, publisher, journal, writer }: Work): Promise<void> {
  await pool.end();
  await publisher.abandon();
  await journal.close();
  writer.abandon();
}

/** What the system said where the spool is written from this thread is about the destination, as in the workers. */
export const explainSpool = (error: unknown, label: string): HoldfastError =>
  error instanceof HoldfastError ? error : spoolError(systemErrorInfo(error), label);

/** Workers read the file themselves; what an interrupted run's journal was put together with is shared memory. */
function sharedRecords(records: RecordSource): SharedArrayBuffer | SealedFileData {
  if (records instanceof SealedReader) return records.data;
  const shared = new SharedArrayBuffer(records.length);
  new Uint8Array(shared).set(records.read(0, records.length));
  return shared;
}

/** What of the input says which entries are taken, to be sent to the workers. */
function choiceOf({ excludes, includes, excludeLargerThan, oneFileSystem, keepCaches }: BackupInput): FileChoice {
  return { excludes, includes, excludeLargerThan, oneFileSystem, keepCaches };
}
