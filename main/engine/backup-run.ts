/** The stages of one backup: scan and compare, read and seal, trees and index, last look, commit, local cache. */
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { HoldfastError, inDetail } from '../errors.ts';
import { text, type Text, told } from '../text.ts';
import type { Destination } from '../destinations/destination.ts';
import type { BackupInput, BackupOutput, EnginePhase } from './api.ts';
import { healRepoFile } from './backup-heal.ts';
import { keepPartialOrSay, type StoppedRun } from './backup-partial.ts';
import { cacheSays, damagedSnapshots, saveCache, statsOf } from './backup-result.ts';
import { findSources, noSources } from './backup-sources.ts';
import { beginWork, endOf, explainSpool, type Work } from './backup-work.ts';
import { commitSnapshot } from './commit.ts';
import { stopped } from './control.ts';
import { toHex } from './format/bytes.ts';
import { displayPath, type ByteString } from './format/byte-path.ts';
import type { Capability } from './format/capability.ts';
import { LastLook } from './last-look.ts';
import type { WriterWatch } from './markers.ts';
import { Counter, type SkippedEntry } from './pipeline/messages.ts';
import { startWorker } from './pipeline/pool.ts';
import { openProgress, type OpenProgress } from './pipeline/progress-so-far.ts';
import { isFolder } from './pipeline/publisher.ts';
import { ReadStage } from './pipeline/read-stage.ts';
import { journalPath } from './pipeline/run-journal.ts';
import { toSkipped } from './pipeline/skip-words.ts';
import { removeUnfinished, takeOver } from './pipeline/take-over.ts';
import { buildTrees, type BuiltTrees } from './pipeline/tree-builder.ts';
import { TreeWalk } from './pipeline/tree-walk.ts';
import { Ticker } from './progress-ticker.ts';
import { refuseWithoutNote } from './repository/adoption.ts';
import { loadDomain, type Domain } from './repository/domain.ts';
import { besidesToTell } from './repository/known-besides.ts';
import { readHead } from './repository/known-head.ts';
import { cachePath } from './repository/local-cache.ts';
import type { Held } from './repository/records.ts';
import { readRemoved } from './repository/removed-packs.ts';
import type { Repository } from './repository/repository.ts';
import type { VerbContext } from './verb-context.ts';

export class BackupRun {
  readonly #input: BackupInput;
  readonly #context: VerbContext;
  readonly #destination: Destination;
  readonly #repository: Repository;
  readonly #capability: Capability;
  readonly #watch: WriterWatch;
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
    watch: WriterWatch,
  ) {
    this.#watch = watch;
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
    const firstWorker = startWorker('holdfast-backup-0');
    try {
      return await this.#prepareAndStore(firstWorker);
    } finally {
      this.#ticker.stop();
      await firstWorker.terminate();
    }
  }

  async #prepareAndStore(firstWorker: Worker): Promise<BackupOutput> {
    const destination = this.#destination;
    const skip = (entry: SkippedEntry): void => this.#skip(entry);
    const sources = await findSources(this.#input, destination.label, skip);
    const { stateFolder } = this.#input;
    const dryRun = this.#input.dryRun === true;
    if (!dryRun) {
      await healRepoFile(destination, this.#capability, stateFolder, (words) => this.#message('warning', words));
    }
    const spoolFolder = await destination.spoolFolder(this.#id);
    this.#spoolLabel = isFolder(destination) && !dryRun ? destination.label : spoolFolder;
    // Before the domain is read: what is published now is found there, as packs that no segment names.
    await takeOver(destination, spoolFolder, this.#capability, this.#context.control);
    const path = cachePath(this.#input.stateFolder, this.#capability, sources);
    const removed = await readRemoved(stateFolder, this.#capability.repoId, this.#capability.clientId);
    const opening = openProgress(path, this.#capability);
    try {
      const [domain, progress] = await Promise.all([
        loadDomain(this.#repository, this.#id, { skipDoomed: true, removed, room: 1 << 16, treesOnly: true }),
        opening,
      ]);
      await this.#checkDomain(domain);
      await destination.clearSpool(this.#id);
      // What a dry run notes goes with its spool.
      const journalFile = dryRun ? join(spoolFolder, 'journal') : journalPath(path);
      const work = beginWork({
        input: this.#input,
        control: this.#context.control,
        destination,
        capability: this.#capability,
        readerPublicKey: this.#repository.readerPublicKey(),
        sources,
        spoolFolder,
        spoolLabel: this.#spoolLabel,
        domain,
        journalFile,
        progress,
        firstWorker,
      });
      return await this.#storeAndEnd(work, path, progress, removed);
    } finally {
      (await opening).close();
    }
  }

  /** Says what is damaged. Errors: those of a domain that this computer may not write to (any more). */
  async #checkDomain(domain: Domain): Promise<void> {
    const { stateFolder } = this.#input;
    refuseWithoutNote(domain);
    for (const damage of domain.damage) {
      // Whoever repaired the backup was told then; and what nothing that counts names, nothing needs.
      if (damage.unowned === true || domain.lost.has(damage.object.slice(damage.object.lastIndexOf('/') + 1))) continue;
      this.#message(
        'warning',
        text`${damage.object}: ${inDetail(damage.error)} It is left as it is and not relied upon.`,
      );
    }
    const besides =
      this.#input.dryRun === true ? null : await besidesToTell(stateFolder, this.#capability.repoId, domain);
    if (besides !== null) this.#message('warning', besides);
    const head = await readHead(stateFolder, this.#capability.repoId, this.#capability.clientId);
    await this.#watch.check(domain, this.#repository.file, head);
  }

  async #storeAndEnd(
    work: Work,
    path: string,
    progress: OpenProgress,
    removed: ReadonlySet<string>,
  ): Promise<BackupOutput> {
    const destination = this.#destination;
    const dryRun = this.#input.dryRun === true;
    let complete = false;
    try {
      const { output, built, pendingFiles } = await this.#store(work);
      // Where nothing changed, the cache in place says the same; its earlier scan time only trusts less.
      const asBefore = dryRun || (!progress.resumed && pendingFiles === 0 && cacheSays(progress.cache, built));
      if (asBefore || (await this.#saveCache(path, work.scannedMs, built, progress))) await work.journal.remove();
      complete = true;
      return output;
    } catch (error) {
      // What has been published stays and is named by the next run.
      if (this.#context.control.state !== 'stopped') throw explainSpool(error, this.#spoolLabel);
      await endOf(work);
      throw (await this.#keepPartial(work, removed)) ? stoppedInPart() : stopped();
    } finally {
      // Only when nothing is on its way any more may the spool be cleared, and the lock go to another run.
      await endOf(work);
      work.records.close();
      if (complete || isFolder(destination)) {
        await destination.clearSpool(this.#id).catch(() => undefined);
      } else {
        // Sealed and not sent yet: the next run takes it from here.
        await removeUnfinished(work.spoolFolder).catch(() => undefined);
      }
    }
  }

  /** True where what is complete of a stopped run is kept as a snapshot. */
  async #keepPartial({ walk, cache, sources, pool }: Work, removed: ReadonlySet<string>): Promise<boolean> {
    if (walk === null || this.#input.dryRun === true) return false;
    const run: StoppedRun = {
      input: this.#input,
      capability: this.#capability,
      sources,
      startedMs: this.#startedMs,
      walk,
      cache,
      removed,
      skipped: this.#skipped,
      readBytes: pool.total(Counter.readBytes),
      newBytes: pool.total(Counter.newBytes),
    };
    return await keepPartialOrSay(run, (words) => this.#message('warning', words));
  }

  async #store(work: Work): Promise<{ output: BackupOutput; built: BuiltTrees; pendingFiles: number }> {
    const { domain, cache, publisher, meta, usedPacks, records } = work;
    const walk = await this.#scan(work);
    work.walk = walk;
    this.#ticker.start('compare');
    this.#endPhase(
      'compare',
      walk.totals.files - walk.totals.pendingFiles,
      walk.totals.bytes - walk.totals.pendingBytes,
    );
    await this.#read(work, walk);

    this.#ticker.start('finish');
    const keep = (complete: Buffer): Held => records.keep(complete);
    const built = await buildTrees(walk.folders, meta, cache, () => this.#breathe(), keep);
    meta.finish();
    await publisher.finish();
    this.#endPhase('finish', built.files, built.bytes);

    work.walk = null;
    this.#ticker.start('verify');
    const used = domain.packs.filter((_, ordinal) => usedPacks[ordinal] === 1);
    const look = new LastLook({
      destination: this.#destination,
      domain,
      wanted: () => [...used.map(({ name, size }) => [name, size] as const), ...publisher.published],
      also: async (objects) => await this.#watch.lookAgain(objects),
    });
    await look.take();
    const stats = statsOf(work, walk, built);
    const snapshotId = await commitSnapshot(
      {
        input: this.#input,
        destination: this.#destination,
        control: this.#context.control,
        capability: this.#capability,
        repoFile: this.#repository.file.hash,
        domain,
        publisher,
        look,
        sources: work.sources,
        startedMs: this.#startedMs,
      },
      {
        root: built.root,
        stats,
        skipped: this.#skipped,
        damaged: await damagedSnapshots(domain, this.#repository, this.#input.destination, this.#context),
        partial: false,
      },
    );
    this.#endPhase('verify', built.files, built.bytes);
    const output: BackupOutput = {
      snapshotId: this.#input.dryRun === true ? '' : snapshotId,
      ...stats,
      storedBytes: publisher.storedBytes,
      skipped: this.#skipped.map(toSkipped),
      phases: this.#phases,
      partial: false,
      also: [],
    };
    return { output, built, pendingFiles: walk.totals.pendingFiles };
  }

  async #scan({ sources, owners, cache, domain, usedPacks, records, trustBeforeMs, pool }: Work): Promise<TreeWalk> {
    const walk = new TreeWalk({
      pool,
      control: this.#context.control,
      cache,
      index: domain.index,
      usedPacks,
      trustBeforeMs,
      keep: (scanned) => records.keep(scanned),
      skip: (entry) => this.#skip(entry),
    });
    this.#ticker.read = () => ({
      files: walk.totals.files,
      bytes: walk.totals.bytes,
      skipped: this.#skipped.length,
      currentPath: shown(walk.current),
    });
    walk.addSources(sources, owners);
    if (walk.folders.length === 0) throw noSources(this.#input.sources);
    await walk.run();
    this.#endPhase('scan', walk.totals.files, walk.totals.bytes);
    return walk;
  }

  async #read({ pool, publisher, meta, owners, cache, journal, records }: Work, walk: TreeWalk): Promise<void> {
    this.#ticker.start('upload');
    const stage = new ReadStage({
      pool,
      control: this.#context.control,
      publisher,
      meta,
      owners,
      cache,
      keep: (complete) => records.keep(complete),
      skip: (entry) => this.#skip(entry),
      onRecords: (folder, done) => journal.add(folder, done),
    });
    this.#ticker.read = () => ({
      files: pool.total(Counter.files),
      bytes: pool.total(Counter.bytes),
      totalFiles: walk.totals.pendingFiles,
      totalBytes: walk.totals.pendingBytes,
      newBytes: pool.total(Counter.newBytes),
      storedBytes: publisher.storedBytes,
      skipped: this.#skipped.length,
      currentPath: shown(stage.current),
    });
    await stage.run(walk.folders);
    await pool.runInEach({ type: 'close-packs' }, 'closed');
    // Trees and cache are made without them, and take the memory that they held.
    await pool.end();
    this.#endPhase('upload', pool.total(Counter.files), pool.total(Counter.bytes));
  }

  /** Lets messages, timers and finished publishing through; waits while paused. Errors: stopped. */
  async #breathe(): Promise<void> {
    await this.#context.control.check();
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** @returns false where it could not be written, which the user is told */
  async #saveCache(
    path: string,
    scannedMs: number,
    built: BuiltTrees,
    { close }: Pick<OpenProgress, 'close'>,
  ): Promise<boolean> {
    const failed = await saveCache(path, this.#input.stateFolder, this.#capability, scannedMs, built, close);
    if (failed === null) return true;
    this.#message(
      'warning',
      text`The local cache could not be written: the next backup reads every file again. ${failed.detail ?? ''}`,
    );
    return false;
  }

  #skip(entry: SkippedEntry): void {
    this.#skipped.push(entry);
    this.#context.emit({ type: 'skipped', item: toSkipped(entry) });
  }

  #message(level: 'info' | 'warning', words: string | Text): void {
    this.#context.emit({ type: 'message', level, ...told(words) });
  }

  #endPhase(phase: EnginePhase, files: number, bytes: number): void {
    this.#phases.push({ phase, ms: this.#ticker.end(), files, bytes });
  }
}

const stoppedInPart = (): HoldfastError =>
  new HoldfastError(
    'stopped',
    'The run was stopped. The files that were stored whole are kept as a partial backup.',
    'Everything that was already stored stays; the next run continues from there.',
  );

const shown = (path: ByteString | null): string | null => (path === null ? null : displayPath(path));
