/**
 * Backup: scan and compare, read and seal what is new, name it in the index, look once more, and commit one snapshot
 * (FORMAT.md, "Order and crash safety").
 */
import { statSync } from 'node:fs';
import { mkdir, realpath } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { threadId } from 'node:worker_threads';
import { HoldfastError, toHoldfastError } from '../errors.ts';
import type { Destination } from '../destinations/destination.ts';
import { placeId } from '../destinations/place-id.ts';
import { folderOf } from '../destinations/spec.ts';
import type { BackupInput, BackupOutput, EnginePhase, Skipped } from './api.ts';
import { stopped } from './control.ts';
import { equal, fromHex, toHex } from './format/bytes.ts';
import { fromPath, fsPath, toBytes, displayPath, type ByteString } from './format/byte-path.ts';
import type { Capability } from './format/capability.ts';
import { Kind } from './format/envelope.ts';
import { encodeSnapshot, MAX_SNAPSHOT_ERRORS, type SnapshotError } from './format/snapshot.ts';
import { Followers, type OpenFollower } from './followers.ts';
import { openFor } from './open.ts';
import { chunkerWasm } from './pipeline/assets.ts';
import { loadChunkerModule } from './pipeline/chunker/chunker.ts';
import { Counter, type SkippedEntry } from './pipeline/messages.ts';
import { MetaBlobs } from './pipeline/meta-blobs.ts';
import { readOwners } from './pipeline/owners.ts';
import { PackWriter } from './pipeline/pack-writer.ts';
import { WorkerPool } from './pipeline/pool.ts';
import { isFolder, Publisher } from './pipeline/publisher.ts';
import { ReadStage } from './pipeline/read-stage.ts';
import { toSkipped } from './pipeline/skip-words.ts';
import { errorCode, reasonOf } from './pipeline/scanner.ts';
import { spoolError, systemErrorInfo } from './pipeline/spool-error.ts';
import { removeUnfinished, takeOver } from './pipeline/take-over.ts';
import { buildTrees, type BuiltTrees } from './pipeline/tree-builder.ts';
import { TreeWalk } from './pipeline/tree-walk.ts';
import { Ticker } from './progress-ticker.ts';
import { isStored, listObjects, loadDomain, type Domain } from './repository/domain.ts';
import { keepHead, readHead, succession } from './repository/known-head.ts';
import { noteFilled } from './repository/known-places.ts';
import { checkKnown } from './repository/known-state.ts';
import { cachePath, readCache, writeCache, type CacheContent } from './repository/local-cache.ts';
import { takeLocalLock } from './repository/local-lock.ts';
import { sourceOf } from './repository/pack-source.ts';
import { readRepoFile, Repository } from './repository/repository.ts';
import { damagedSnapshots } from './repository/snapshot-check.ts';
import type { VerbContext } from './verb-context.ts';
import { TOOL_VERSION } from './version.ts';

const DATA_PACK_BYTES = 64 * 1024 * 1024;
/** Where few and large objects serve the storage best. */
const LARGE_PACK_BYTES = 128 * 1024 * 1024;
const METADATA_PACK_BYTES = 8 * 1024 * 1024;
const COMPRESSION_LEVEL = 1;
/** Files touched this close before the last scan may have changed after it without their times telling. */
const TIME_SLACK_MS = 2000;
/** After this long, sleep included, the last look before the snapshot is taken again. */
const LAST_LOOK_MS = 10 * 60_000;

export async function backup(input: BackupInput, context: VerbContext): Promise<BackupOutput> {
  const destination = await openFor(input.destination, context);
  try {
    return await backupTo(destination, input, context);
  } finally {
    await destination.close();
  }
}

/**
 * The same into a destination that is open already; the caller closes it.
 *
 * @param openFollower opens each of `input.also`
 */
export async function backupTo(
  destination: Destination,
  input: BackupInput,
  context: VerbContext,
  openFollower: OpenFollower = openFor,
): Promise<BackupOutput> {
  const repository = await Repository.open(destination, input.access);
  const { capability } = repository;
  if (capability === null) throw new Error('a backup is made with a capability');
  const lock = await takeLocalLock(`${toHex(capability.repoId)}:${toHex(capability.clientId)}`);
  let followers: Followers | null = null;
  try {
    let output: BackupOutput;
    try {
      if ((input.also ?? []).length > 0) {
        followers = new Followers(destination, capability, input, context, openFollower);
      }
      const known = await openKnown(destination, repository, input, context, followers);
      const target = followers?.target ?? destination;
      output = await new BackupRun(input, followers?.context ?? context, target, known, capability).run();
      await noteFilled(input.stateFolder, capability.repoId, input.destination);
    } finally {
      // What followers lack comes from what is stored: the next backup need not wait for them.
      await followers?.beforeRelease();
      await lock.release();
    }
    return followers === null ? output : await followers.complete(output);
  } finally {
    await followers?.close();
  }
}

/**
 * Compares the repository with what this computer has seen of it. A destination that was away while repo.json was
 * changed gets it from another first, where one that has it is there. Errors: repository-rolled-back.
 */
async function openKnown(
  destination: Destination,
  repository: Repository,
  input: BackupInput,
  context: VerbContext,
  followers: Followers | null,
): Promise<Repository> {
  const check = async ({ file }: Repository) => await checkKnown(input.stateFolder, file, input.destination);
  let current = repository;
  let known: Awaited<ReturnType<typeof check>> | null = null;
  try {
    known = await check(current);
  } catch (error) {
    const rolledBack = toHoldfastError(error).code === 'repository-rolled-back';
    if (!rolledBack || followers === null || !(await followers.bringRepoFile())) throw error;
  }
  const brought = known?.behind === true && followers !== null && (await followers.bringRepoFile());
  if (known === null || brought) {
    current = await Repository.open(destination, input.access);
    known = await check(current);
  }
  if (!known.kept) {
    context.emit({
      type: 'message',
      level: 'warning',
      text: `Holdfast cannot write to ${input.stateFolder}: it goes on, but cannot tell later whether the storage was set back to an older state.`,
    });
  }
  return current;
}

class BackupRun {
  readonly #input: BackupInput;
  readonly #context: VerbContext;
  readonly #destination: Destination;
  readonly #repository: Repository;
  readonly #capability: Capability;
  readonly #id: string;
  readonly #skipped: SkippedEntry[] = [];
  readonly #phases: BackupOutput['phases'] = [];
  readonly #ticker: Ticker;
  readonly #startedMs = Date.now();
  /** Where packs are prepared, in short words. */
  #spoolLabel = '';

  constructor(
    input: BackupInput,
    context: VerbContext,
    destination: Destination,
    repository: Repository,
    capability: Capability,
  ) {
    this.#input = input;
    this.#context = context;
    this.#destination = destination;
    this.#repository = repository;
    this.#capability = capability;
    this.#id = toHex(capability.clientId);
    this.#ticker = new Ticker(context.emit);
  }

  async run(): Promise<BackupOutput> {
    this.#ticker.start('scan');
    try {
      return await this.#stages();
    } finally {
      this.#ticker.stop();
    }
  }

  async #stages(): Promise<BackupOutput> {
    const sources = await this.#sources();
    await this.#heal();
    const spoolFolder = await this.#destination.spoolFolder(this.#id);
    this.#spoolLabel = isFolder(this.#destination) ? this.#destination.label : spoolFolder;
    // Before the domain is read: what is published now is found there, as packs that no segment names.
    await takeOver(this.#destination, spoolFolder, this.#capability, this.#context.control);
    const path = cachePath(this.#input.stateFolder, this.#capability, sources);
    const [domain, cache] = await Promise.all([
      loadDomain(this.#repository, this.#id, { skipDoomed: true, room: 1 << 16 }),
      readCache(path, this.#capability),
    ]);
    for (const damage of domain.damage) {
      this.#message('warning', `${damage.object}: ${damage.message} It is left as it is and not relied upon.`);
    }
    await this.#destination.clearSpool(this.#id);

    const usedPacks = new Uint8Array(new SharedArrayBuffer(domain.packs.length));
    const owners = readOwners();
    const publisher = new Publisher(this.#destination, this.#capability, this.#context.control, (error) =>
      pool.abort(this.#explain(error)),
    );
    publisher.adopt(domain.unindexed);
    let complete = false;
    const scannedMs = Date.now();
    const trustBeforeMs = cache === null ? 0 : cache.scannedMs - TIME_SLACK_MS;
    const pool = new WorkerPool({
      index: domain.index.memory,
      control: this.#context.control,
      onPack: ({ pack }) => publisher.add(pack),
      toError: (info) => spoolError(info, this.#spoolLabel),
      data: {
        role: 'backup',
        usedPacks: usedPacks.buffer as SharedArrayBuffer,
        chunkerModule: loadChunkerModule(fileURLToPath(chunkerWasm())),
        ...this.#writerKeys(),
        blobIdKey: this.#capability.keys.blobId,
        chunkerKey: this.#capability.keys.chunker,
        readerPublicKey: this.#repository.readerPublicKey(),
        spoolFolder,
        packBytes: this.#input.packBytes ?? this.#packBytes(),
        compressionLevel: COMPRESSION_LEVEL,
        owners,
        excludes: this.#input.excludes,
        avoid: avoided(this.#ownFolders()),
        cache: cache === null ? null : sharedRecords(cache),
        trustBeforeMs,
      },
    });
    const writer = new PackWriter({
      room: 'm',
      ...this.#writerKeys(),
      readerPublicKey: null,
      spoolFolder,
      targetBytes: METADATA_PACK_BYTES,
      compressionLevel: COMPRESSION_LEVEL,
      thread: threadId,
      takeOrdinal: () => domain.index.takePackOrdinal(),
      onPack: (pack) => publisher.add(pack),
    });
    try {
      const meta = new MetaBlobs(this.#capability.keys.blobId, domain.index, usedPacks, writer);

      const walk = new TreeWalk({
        pool,
        control: this.#context.control,
        cache,
        index: domain.index,
        usedPacks,
        trustBeforeMs,
        skip: (entry) => this.#skip(entry),
      });
      this.#ticker.read = () => ({
        files: walk.totals.files,
        bytes: walk.totals.bytes,
        skipped: this.#skipped.length,
        currentPath: walk.current === null ? null : displayPath(walk.current),
      });
      walk.addSources(sources, owners);
      if (walk.folders.length === 0) throw noSources(this.#input.sources);
      await walk.run();
      this.#endPhase('scan', walk.totals.files, walk.totals.bytes);

      const unchangedFiles = walk.totals.files - walk.totals.pendingFiles;
      this.#ticker.start('compare');
      this.#endPhase('compare', unchangedFiles, walk.totals.bytes - walk.totals.pendingBytes);

      this.#ticker.start('upload');
      const stage = new ReadStage({
        pool,
        control: this.#context.control,
        publisher,
        meta,
        owners,
        skip: (entry) => this.#skip(entry),
      });
      this.#ticker.read = () => ({
        files: pool.total(Counter.files),
        bytes: pool.total(Counter.bytes),
        totalFiles: walk.totals.pendingFiles,
        totalBytes: walk.totals.pendingBytes,
        newBytes: pool.total(Counter.newBytes),
        storedBytes: publisher.storedBytes,
        skipped: this.#skipped.length,
        currentPath: stage.current === null ? null : displayPath(stage.current),
      });
      await stage.run(walk.folders);
      await pool.runInEach({ type: 'close-packs' }, 'closed');
      this.#endPhase('upload', pool.total(Counter.files), pool.total(Counter.bytes));

      this.#ticker.start('finish');
      const built = await buildTrees(walk.folders, meta, cache, () => this.#breathe());
      meta.finish();
      await publisher.finish();
      this.#endPhase('finish', built.files, built.bytes);

      this.#ticker.start('verify');
      const used = domain.packs.filter((_, ordinal) => usedPacks[ordinal] === 1);
      const looked = await this.#lastLook(used, publisher);
      const output = await this.#commit(domain, publisher, {
        sources,
        built,
        walk,
        pool,
        unchangedFiles,
        removedFiles: removed(cache, unchangedFiles, walk),
        looked: async () => {
          if (Date.now() - looked > LAST_LOOK_MS) await this.#lastLook(used, publisher);
        },
        lookAgain: async () => void (await this.#lastLook(used, publisher)),
      });
      this.#endPhase('verify', built.files, built.bytes);
      // Where nothing changed, the cache in place says the same; its earlier scan time only trusts less.
      const asBefore = cache !== null && walk.totals.pendingFiles === 0 && cacheSays(cache, built);
      if (!asBefore) await this.#saveCache(path, scannedMs, built);
      complete = true;
      return output;
    } catch (error) {
      // What has been published stays and is named by the next run.
      if (this.#context.control.state === 'stopped') throw stopped();
      throw this.#explain(error);
    } finally {
      await pool.end();
      // Only when nothing is on its way any more may the spool be cleared, and the lock go to another run.
      await publisher.abandon();
      writer.abandon();
      if (complete || isFolder(this.#destination)) {
        await this.#destination.clearSpool(this.#id).catch(() => undefined);
      } else {
        // Sealed and not sent yet: the next run takes it from here.
        await removeUnfinished(spoolFolder).catch(() => undefined);
      }
    }
  }

  /** Lets messages, timers and finished publishing through; waits while paused. Errors: stopped. */
  async #breathe(): Promise<void> {
    await this.#context.control.check();
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** What the system said where the spool is written from this thread is about the destination, as in the workers. */
  #explain(error: unknown): HoldfastError {
    return error instanceof HoldfastError ? error : spoolError(systemErrorInfo(error), this.#spoolLabel);
  }

  #packBytes(): number {
    return this.#destination.abilities?.largePacks === true ? LARGE_PACK_BYTES : DATA_PACK_BYTES;
  }

  /** Snapshots that cannot be restored whole any more (ids in hex). */
  async #damagedSnapshots(domain: Domain): Promise<string[]> {
    if (domain.missing.length === 0 && domain.damage.length === 0) return [];
    const source = sourceOf(domain, this.#input.destination, this.#context);
    const leave = source?.attend(this.#context);
    try {
      return damagedSnapshots(domain);
    } finally {
      await leave?.();
      await source?.close();
    }
  }

  #writerKeys() {
    const { repoId, clientId, epoch, keys } = this.#capability;
    return { repoId, clientId, epoch, metaKey: keys.meta, hedgeKey: keys.hedge };
  }

  /** Folders of this computer that hold the backup's own files: never backed up into itself. */
  #ownFolders(): string[] {
    const { destination, also, stateFolder } = this.#input;
    const places = [destination, ...(also ?? [])];
    return [stateFolder, ...places.flatMap((place) => [folderOf(place), place.scratch])].filter(
      (folder) => typeof folder === 'string',
    );
  }

  /** Real paths of the sources that are there, none inside another. Errors: source-missing, bad-input. */
  async #sources(): Promise<ByteString[]> {
    const own = await Promise.all(this.#ownFolders().map(realOrNull));
    const found = new Set<ByteString>();
    let insideOwn = false;
    for (const source of this.#input.sources) {
      let path: ByteString;
      try {
        path = portable(await realpath(fsPath(fromPath(source)), 'buffer'));
      } catch (error) {
        if (!(error instanceof Error && 'code' in error)) throw error;
        this.#skip({ path: fromPath(source), reason: reasonOf(error), detail: errorCode(error) });
        continue;
      }
      if (own.some((folder) => folder !== null && isWithin(path, folder))) {
        this.#skip({ path, reason: 'destination-inside', detail: '' });
        insideOwn = true;
        continue;
      }
      found.add(path);
    }
    if (found.size === 0) throw insideOwn ? onlyItself(this.#destination.label) : noSources(this.#input.sources);
    const all = [...found].sort();
    return all.filter((path) => !all.some((other) => other !== path && isWithin(path, other)));
  }

  /** Puts damaged or missing copies of repo.json and the keyring back, from what is whole. */
  async #heal(): Promise<void> {
    const { repoId } = this.#capability;
    const { bytes, unsound, foreign, stale, file } = await readRepoFile(this.#destination, (f) =>
      equal(f.repoId, repoId),
    );
    for (const name of foreign) {
      this.#message('warning', `${name} belongs to another backup and is left alone. Perhaps two folders were mixed.`);
    }
    for (const name of unsound) {
      await this.#destination.put(name, bytes);
      this.#message('warning', `${name} was damaged or missing and has been written again from another copy.`);
    }
    // What a change of repo.json that was interrupted left behind: nothing is wrong with it, and nobody is told.
    for (const name of stale) await this.#destination.put(name, bytes);
    const keyring = `k/${toHex(this.#capability.keyring)}`;
    if (!(await isStored(this.#destination, keyring))) {
      // Every copy of repo.json carries it; where that is another one already, its hash is refused.
      await this.#destination.put(keyring, file.keyring, { sha256: this.#capability.keyring });
      this.#message('warning', 'The keyring was damaged or missing and has been written again.');
    }
  }

  /**
   * The last act before the snapshot: every pack that it refers to is there in its size.
   *
   * @returns when it was taken, ms since the epoch
   */
  async #lastLook(used: { name: string; size: number }[], publisher: Publisher): Promise<number> {
    const now = Date.now();
    const objects = await listObjects(this.#destination, `c/${this.#id}/`);
    const wanted = [...used.map(({ name, size }) => [name, size] as const), ...publisher.published];
    const lost = wanted.filter(([name, size]) => objects.get(name)?.size !== size).map(([name]) => name);
    if (lost.length > 0) {
      throw new HoldfastError(
        'object-missing',
        'Something removed parts of this backup from the storage while it was running.',
        'No snapshot was made of it; earlier snapshots are as they were. Find out what deletes there, then back up again: what is missing is stored anew.',
        { detail: lost.slice(0, 5).join(', ') },
      );
    }
    return now;
  }

  async #commit(
    domain: Domain,
    publisher: Publisher,
    run: {
      sources: ByteString[];
      built: BuiltTrees;
      walk: TreeWalk;
      pool: WorkerPool;
      unchangedFiles: number;
      removedFiles: number;
      /** Sees to it that the last look is no older than it may be. */
      looked: () => Promise<void>;
      lookAgain: () => Promise<void>;
    },
  ): Promise<BackupOutput> {
    const { built, walk, pool } = run;
    const skipped: Skipped[] = this.#skipped.map(toSkipped);
    const { repoId, clientId } = this.#capability;
    const { stateFolder } = this.#input;
    const place = placeId(this.#input.destination);
    const { sequence, previous } = succession(domain, await readHead(stateFolder, repoId, clientId), place);
    const stats = {
      files: built.files,
      folders: built.folderCount,
      others: built.others,
      bytes: built.bytes,
      // What could not be read is not in the snapshot, and so not new in it.
      newFiles: Math.max(0, built.files - run.unchangedFiles - walk.totals.changedFiles),
      changedFiles: walk.totals.changedFiles,
      unchangedFiles: run.unchangedFiles,
      removedFiles: run.removedFiles,
      readBytes: pool.total(Counter.readBytes),
      newBytes: pool.total(Counter.newBytes),
      storedBytes: publisher.storedBytes,
    };
    const data = encodeSnapshot({
      clientId,
      sequence,
      previous,
      live: domain.snapshots.map(({ id, snapshot }) => ({
        sequence: snapshot.sequence,
        hash: fromHex(id) ?? new Uint8Array(32),
      })),
      sources: run.sources.map((source) => new Uint8Array(toBytes(source))),
      root: built.root,
      startedMs: this.#startedMs,
      endedMs: Date.now(),
      stats,
      errors: this.#errors(skipped),
      errorCount: skipped.length,
      partial: false,
      excludes: this.#input.excludes,
      computerName: this.#input.computerName,
      toolVersion: TOOL_VERSION,
      repoFile: this.#repository.file.hash,
      domainEpoch: this.#capability.domainEpoch,
      damaged: (await this.#damagedSnapshots(domain)).map((id) => fromHex(id) ?? new Uint8Array(32)),
    });
    await this.#context.control.check();
    await run.looked();
    const keep = async (hash: Uint8Array, committed: boolean): Promise<void> =>
      void (await keepHead(stateFolder, repoId, clientId, { sequence, id: toHex(hash), place, committed }));
    const before = async (name: Uint8Array): Promise<void> => keep(name, false);
    const hash = await publisher.putObject('s', Kind.snapshot, data, before, run.lookAgain);
    await keep(hash, true);
    return {
      snapshotId: toHex(hash),
      ...stats,
      storedBytes: publisher.storedBytes,
      skipped,
      phases: this.#phases,
      partial: false,
      also: [],
    };
  }

  #errors(skipped: Skipped[]): SnapshotError[] {
    return this.#skipped.slice(0, MAX_SNAPSHOT_ERRORS).map((entry, i) => ({
      path: new Uint8Array(toBytes(entry.path)),
      reason: entry.reason,
      message: skipped[i]?.message ?? '',
    }));
  }

  async #saveCache(path: string, scannedMs: number, built: BuiltTrees): Promise<void> {
    try {
      await mkdir(this.#input.stateFolder, { recursive: true, mode: 0o700 });
      await writeCache(path, this.#capability, { scannedMs, files: built.files, folders: built.folders });
    } catch (error) {
      this.#message(
        'warning',
        `The local cache could not be written: the next backup reads every file again. ${toHoldfastError(error).detail ?? ''}`,
      );
    }
  }

  #skip(entry: SkippedEntry): void {
    this.#skipped.push(entry);
    this.#context.emit({ type: 'skipped', item: toSkipped(entry) });
  }

  #message(level: 'info' | 'warning', text: string): void {
    this.#context.emit({ type: 'message', level, text });
  }

  #endPhase(phase: EnginePhase, files: number, bytes: number): void {
    this.#phases.push({ phase, ms: this.#ticker.end(), files, bytes });
  }
}

const noSources = (sources: string[]): HoldfastError =>
  new HoldfastError(
    'source-missing',
    'None of the folders to back up is there.',
    'Earlier backups are untouched. Connect the disk they are on, or choose other folders.',
    { detail: sources.join(', ') },
  );

/** "device:inode" of folders that are there. */
function avoided(paths: string[]): string[] {
  return paths.flatMap((path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat === undefined ? [] : [`${stat.dev}:${stat.ino}`];
  });
}

function sharedRecords(cache: CacheContent): SharedArrayBuffer {
  const shared = new SharedArrayBuffer(cache.records.length);
  new Uint8Array(shared).set(cache.records);
  return shared;
}

/** True where the cache holds these very trees. */
function cacheSays(cache: CacheContent, built: BuiltTrees): boolean {
  const top = built.folders.at(-1);
  const cached = top === undefined ? undefined : cache.folders.get(top.path);
  return cached !== undefined && equal(cached.tree, built.root) && cache.folders.size === built.folders.length;
}

function removed(cache: CacheContent | null, unchangedFiles: number, walk: TreeWalk): number {
  return cache === null ? 0 : Math.max(0, cache.files - unchangedFiles - walk.totals.changedFiles);
}

const isWithin = (path: ByteString, folder: ByteString): boolean =>
  path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);

/** Null where there is nothing yet. */
const realOrNull = (path: string): Promise<ByteString | null> =>
  realpath(fsPath(fromPath(path)), 'buffer').then(portable, () => null);

const onlyItself = (label: string): HoldfastError =>
  new HoldfastError(
    'bad-input',
    `${label} is where the backup itself is kept: it cannot be backed up into itself.`,
    'Nothing was changed. Choose the folders with your own files.',
  );

/** Real path as bytes with `/` between its components. */
function portable(real: Buffer): ByteString {
  const path = real.toString('latin1');
  return (process.platform === 'win32' ? path.replaceAll('\\', '/') : path) as ByteString;
}
