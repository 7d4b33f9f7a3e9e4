/**
 * Restore: plan by walking the snapshot, then folders, files by the workers, links, and last the folders' own metadata.
 */
import { chmodSync, lchownSync, lstatSync, mkdirSync, renameSync, symlinkSync, unlinkSync } from 'node:fs';
import { mkdir, realpath, statfs } from 'node:fs/promises';
import { happened, HoldfastError, saidAs, type Sentences, sentencesOf, toHoldfastError } from '../errors.ts';
import { phrase, plural, text, type Text, told } from '../text.ts';
import type { RestoreInput, RestoreOutput, RestorePlanOutput, Skipped } from './api.ts';
import { displayPath, fromBytes, fromPath, fsPath, join, toBytes, type ByteString } from './format/byte-path.ts';
import { holeBytes, type NodeExtras } from './format/node-extras.ts';
import { NodeType, type TreeNode } from './format/tree.ts';
import { Counter, type RestoreFile, type RestoreOutcome } from './pipeline/messages.ts';
import { setPathTimes } from './pipeline/file-times.ts';
import { GiveBack, words, withoutWords, type Values } from './pipeline/give-back.ts';
import { PackOrder } from './pipeline/pack-order.ts';
import { WorkerPool } from './pipeline/pool.ts';
import { finishFolder } from './pipeline/restore-folder.ts';
import { RestoreLinks } from './pipeline/restore-links.ts';
import { makeSpecial } from './pipeline/restore-special.ts';
import { besideName, fileError, temporaryBeside } from './pipeline/restore-writer.ts';
import {
  diskName,
  leadsToFolder,
  outcomeWords,
  RestoreWalk,
  type FolderStep,
  type LeafStep,
  type Placed,
  type Root,
  type Step,
} from './pipeline/restore-walk.ts';
import { platformAttributes } from './platform/attributes.ts';
import { isUnfinished, removeUnfinishedFiles, UNFINISHED_FOLDER } from './pipeline/restored-before.ts';
import { Ticker } from './progress-ticker.ts';
import { namesOfEntry, namesOfPath, nodesTo } from './repository/entry-path.ts';
import { closeSnapshot, explainMissing, openSnapshot, type OpenSnapshot } from './repository/open-trees.ts';
import { takeLocalLock } from './repository/local-lock.ts';
import { collectNow } from './repository/native-memory.ts';
import { ReadingPlan } from './repository/reading-plan.ts';
import { endsReading, isUnreadable, mayBeGone } from './repository/storage-failure.ts';
import type { VerbContext } from './verb-context.ts';

const SAMPLES = 20;
/** Entries of a plan from one collection to the next: each has been an object for a moment. */
const COLLECT_STEPS = 16_384;
/** Items that came back without some attributes and are named one by one; the rest is counted. */
const WITHOUT_NAMED = 1000;

/** @param options `flags`: false leaves out flags such as immutable, for what is removed again right after */
export async function restore(
  input: RestoreInput,
  context: VerbContext,
  options: { flags: boolean } = { flags: true },
): Promise<RestoreOutput> {
  try {
    const open = await openSnapshot(input.destination, input.access, input.snapshotId, context);
    try {
      return await new RestoreRun(input, context, open, options.flags).run();
    } finally {
      await open.leave();
    }
  } catch (error) {
    void closeSnapshot();
    const place = input.target.kind === 'folder' ? input.target.path : '/';
    throw fileError(await explainMissing(input.destination, error, context), fromPath(place));
  }
}

class RestoreRun {
  readonly #input: RestoreInput;
  readonly #context: VerbContext;
  readonly #open: OpenSnapshot;
  readonly #suffix = `restored ${stamp(new Date())}`;
  readonly #problems: Skipped[] = [];
  readonly #ticker: Ticker;
  readonly #giveBack: GiveBack;
  readonly #setOwners = process.getuid?.() === 0;
  readonly #flags: boolean;
  readonly #links = new RestoreLinks();
  #without = 0;
  /** What the files take on the disk: holes take nothing, and names of one file take it once. */
  #neededBytes = 0;
  /** Held while no other restore goes into the same place; null where one does. */
  #lock: Awaited<ReturnType<typeof lockTarget>> = null;
  /** Folders above an original place that this run had to make. */
  readonly #above: { path: ByteString; node: TreeNode }[] = [];

  constructor(input: RestoreInput, context: VerbContext, open: OpenSnapshot, flags: boolean) {
    this.#flags = flags;
    this.#input = input;
    this.#context = context;
    this.#open = open;
    this.#ticker = new Ticker(context.emit);
    const values: Values = {
      read: (content, size) => open.trees.value(content, size),
      lost: (error) => {
        if (endsReading(error)) return null;
        return isUnreadable(error) ? happened(error) : text`it is not in the storage any more`;
      },
    };
    this.#giveBack = new GiveBack(platformAttributes(), values, this.#setOwners);
  }

  async run(): Promise<RestoreOutput> {
    this.#ticker.start('scan');
    try {
      const base = await this.#base();
      if (!this.#input.dryRun) this.#lock = await lockTarget(base.path);
      const roots = this.#roots(base);
      const walk = new RestoreWalk({ trees: this.#open.trees, policy: this.#input.conflict, suffix: this.#suffix });
      const plan = await this.#plan(walk, roots, base);
      const nothing = { restoredFiles: 0, restoredBytes: 0, skippedExisting: 0, keptBoth: 0, problems: this.#problems };
      this.#ticker.end();
      if (this.#input.dryRun) return { ...plan, ...nothing };
      if (plan.freeBytes !== null && this.#neededBytes > plan.freeBytes) {
        throw noRoom(this.#neededBytes, plan.freeBytes, displayPath(base.path));
      }
      return { ...plan, ...(await this.#execute(walk, roots, plan)) };
    } finally {
      this.#ticker.stop();
      await this.#lock?.release();
    }
  }

  /** The folder that everything goes below. */
  async #base(): Promise<Placed> {
    const { target } = this.#input;
    if (target.kind === 'original')
      return { path: (process.platform === 'win32' ? '' : '/') as ByteString, fresh: false };
    const path = fromPath(process.platform === 'win32' ? target.path.replaceAll('\\', '/') : target.path);
    try {
      const real = fromBytes(await realpath(fsPath(path), 'buffer'));
      if (!leadsToFolder(real)) throw unsafe(path);
      return { path: real, fresh: false };
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw fileError(error, path);
    }
    if (this.#input.dryRun) return { path, fresh: true };
    try {
      await mkdir(fsPath(path), { recursive: true });
      return { path: fromBytes(await realpath(fsPath(path), 'buffer')), fresh: false };
    } catch (error) {
      throw fileError(error, path);
    }
  }

  /** What was chosen, each with the folder that it goes into. */
  #roots(base: Placed): Root[] {
    const { snapshot } = this.#open.stored;
    const chosen =
      this.#input.paths.length > 0
        ? this.#input.paths.map(namesOfEntry)
        : snapshot.sources.map((source) => namesOfPath(fromBytes(source)));
    // Each once, and none that lies inside another.
    const outermost = chosen.filter(
      (names, at) =>
        !chosen.some(
          (other, i) =>
            startsWith(names, other) && (other.length < names.length || (other.length === names.length && i < at)),
        ),
    );
    const taken = new Set<string>();
    return outermost.flatMap((names): Root[] => {
      const nodes = nodesTo(this.#open.trees, snapshot.root, names);
      const node = nodes.at(-1);
      if (node === undefined) {
        // The whole file system was backed up: its entries stand for it.
        return this.#open.trees.folder(snapshot.root).map((child) => ({ node: child, parent: base }));
      }
      if (this.#input.layout === 'full' || this.#input.target.kind === 'original') {
        return [{ node, parent: this.#pathAbove(base, nodes.slice(0, -1)) }];
      }
      return [{ node, parent: base, name: freeName(fromBytes(node.name), taken) }];
    });
  }

  /** The folders above an entry: existing ones are used as they are, missing ones made with their metadata. */
  #pathAbove(base: Placed, nodes: TreeNode[]): Placed {
    let place = base;
    for (const node of nodes) {
      const path = join(place.path, diskName(fromBytes(node.name), place.path));
      const stat = place.fresh ? undefined : lstatSync(fsPath(path), { throwIfNoEntry: false });
      if (stat === undefined) {
        // A dry run makes nothing, so what is below such a folder is as fresh as the folder.
        if (!this.#input.dryRun) makeFolder(path);
        this.#above.push({ path, node });
        place = { path, fresh: this.#input.dryRun };
        continue;
      }
      if (isUnfinished(stat)) this.#above.push({ path, node });
      // On the way to an original place, this computer's own links (a moved home folder) are right.
      const ownLink = stat.isSymbolicLink() && this.#input.target.kind === 'original' && leadsToFolder(path);
      if (!stat.isDirectory() && !ownLink) throw unsafe(path);
      place = { path, fresh: false };
    }
    return place;
  }

  async #plan(walk: RestoreWalk, roots: Root[], base: Placed): Promise<RestorePlanOutput> {
    const plan: RestorePlanOutput = {
      files: 0,
      folders: 0,
      others: 0,
      bytes: 0,
      conflicts: 0,
      conflictSamples: [],
      freeBytes: await freeBytes(base.path),
    };
    this.#ticker.read = () => ({ files: plan.files, bytes: plan.bytes });
    let seen = 0;
    const seenLinks = new Set<string>();
    for (const root of roots) {
      for (const step of walk.steps(root)) {
        if (++seen % 1024 === 0) await this.#breathe();
        if (seen % COLLECT_STEPS === 0) collectNow('minor');
        count(plan, step, this.#input.conflict, this.#suffix);
        this.#neededBytes += this.#needs(step, seenLinks);
      }
    }
    return plan;
  }

  #needs(step: Step, seenLinks: Set<string>): number {
    if (step.type !== 'file' || step.alike || (step.exists && this.#input.conflict === 'skip')) return 0;
    const key = RestoreLinks.keyOf(step.node);
    if (key !== null && seenLinks.has(key)) return 0;
    if (key !== null) seenLinks.add(key);
    return step.node.size - holeBytes(step.node.holes);
  }

  async #execute(walk: RestoreWalk, roots: Root[], plan: RestorePlanOutput) {
    const { domain, stored, source } = this.#open;
    const blobIdKey = domain.keys.blobIdFor(stored.snapshot.domainEpoch);
    if (blobIdKey === null) throw new Error('the key reaches every epoch of the keyring');
    this.#ticker.start('restore');
    const pool = new WorkerPool({
      index: domain.index.memory,
      control: this.#context.control,
      data: {
        role: 'read',
        packs: domain.packs,
        keys: domain.keys.read,
        blobIdKey,
        suffix: this.#suffix,
        setOwners: this.#setOwners,
      },
      newLine: source === null ? undefined : () => source.newLine(),
    });
    const reading = new ReadingPlan(domain, source);
    const done = { restoredFiles: 0, restoredBytes: 0, skippedExisting: 0, keptBoth: 0 };
    let current: ByteString | null = null;
    this.#ticker.read = () => ({
      files: pool.total(Counter.files),
      bytes: pool.total(Counter.bytes),
      totalFiles: plan.files,
      totalBytes: plan.bytes,
      skipped: this.#problems.length,
      currentPath: current === null ? null : displayPath(current),
    });
    const folders: { path: ByteString; node: TreeNode }[] = [...this.#above];
    const links: LeafStep[] = [];
    const running = new Set<Promise<void>>();
    let failure: unknown = null;
    const order = new PackOrder(domain.index);
    const start = async (files: RestoreFile[]): Promise<void> => {
      if (failure !== null) throw failure;
      current = files[0]?.target ?? current;
      const planned = reading.add(files);
      const work = pool
        .run({ type: 'restore', files }, 'restored')
        .then(async ({ outcomes }) => {
          await this.#checkStorage(outcomes);
          outcomes.forEach((outcome, i) => this.#settle(files[i], outcome, done));
        })
        .catch((error: unknown) => {
          failure ??= error;
        })
        .finally(() => {
          planned();
          running.delete(work);
        });
      running.add(work);
      if (running.size >= pool.size * 3) await Promise.race(running);
    };
    const flush = async (): Promise<void> => {
      for (const files of order.take()) await start(files);
      // Of young objects only: to look through all of them for each window took a quarter more processor time.
      collectNow('minor');
    };
    const add = async (step: LeafStep, group: string | null): Promise<void> => {
      const file = this.#fileOf(step, group);
      if (file === null) return;
      if (order.add(file)) await flush();
    };
    try {
      for (const root of roots) {
        for (const step of walk.steps(root)) {
          if (step.type === 'folder') {
            if (this.#makeFolder(step)) folders.push({ path: step.place.path, node: step.node });
          } else if (step.type === 'file') {
            if (!this.#links.takes(step)) await add(step, RestoreLinks.keyOf(step.node));
          } else if (step.type === 'blocked') done.skippedExisting++;
          else if (step.type === 'problem') this.#problem(step.target, 'io-error', step);
          else links.push(step);
        }
      }
      await flush();
      await Promise.all(running);
      if (failure !== null) throw failure;
      for (const { step, key } of this.#links.later) if (!this.#linkFile(step, key, done)) await add(step, null);
      await flush();
      await Promise.all(running);
      if (failure !== null) throw failure;
      for (const { path, extras } of this.#flags ? this.#links.flagged() : []) {
        this.#lacks(path, this.#giveBack.last({ path, fd: null, kind: 'file' }, extras));
      }
      // Links come after all files, so that nothing is ever written through one.
      for (const link of links) this.#makeOther(link, done);
      this.#finishFolders(folders);
      if (this.#without > WITHOUT_NAMED) {
        const more = this.#without - WITHOUT_NAMED;
        const words = text`${plural(more, { one: '# more item', other: '# more items' })} came back without some attributes: not named here.`;
        this.#context.emit({ type: 'message', level: 'warning', ...told(words) });
      }
      this.#ticker.end();
      return { ...done, problems: this.#problems };
    } finally {
      await pool.end();
    }
  }

  #makeFolder(step: FolderStep): boolean {
    if (step.unfinished && this.#lock !== null) removeUnfinishedFiles(step.place.path);
    if (!step.place.fresh) return step.unfinished || this.#input.conflict === 'replace';
    try {
      if (step.replaces) unlinkSync(fsPath(step.place.path));
      makeUnfinished(step.place.path);
      return true;
    } catch (error) {
      // Two names that this disk takes for one (upper and lower case): both go into the folder, and files of one name
      // are put beside each other.
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
      const known = fileError(error, step.place.path);
      if (endsReading(known)) throw known;
      this.#problem(step.place.path, 'denied', known);
      return false;
    }
  }

  #fileOf(step: LeafStep, group: string | null): RestoreFile | null {
    const { node, target, fresh } = step;
    try {
      return {
        target,
        content: this.#open.trees.content(node),
        size: node.size,
        mode: node.mode,
        uid: node.uid,
        gid: node.gid,
        mtime: node.mtime,
        policy: this.#input.conflict,
        fresh,
        exists: step.exists,
        extras: extrasOf(node, this.#flags),
        group,
      };
    } catch (error) {
      if (endsReading(error)) throw error;
      const known = toHoldfastError(error);
      this.#problem(target, 'io-error', known);
      return null;
    }
  }

  /** Where parts are missing: errors as destination-missing if the whole storage is. */
  async #checkStorage(outcomes: RestoreOutcome[]): Promise<void> {
    if (!outcomes.some((outcome) => outcome.state === 'failed' && mayBeGone(outcome.code))) return;
    const error = new HoldfastError('object-missing', 'A part of the backup is missing.', 'Nothing was changed.');
    const explained = await explainMissing(this.#input.destination, error, this.#context);
    if (explained !== error) throw explained;
  }

  #settle(
    file: RestoreFile | undefined,
    outcome: RestoreOutcome,
    done: { restoredFiles: number; restoredBytes: number; skippedExisting: number; keptBoth: number },
  ): void {
    if (file === undefined) return;
    if (outcome.state === 'failed') {
      this.#problem(file.target, outcome.reason, outcome);
      return;
    }
    if (outcome.state === 'skipped') {
      done.skippedExisting++;
      this.#links.settle(file, outcome);
      return;
    }
    if (outcome.state === 'kept-both') done.keptBoth++;
    done.restoredFiles++;
    done.restoredBytes += outcome.bytes;
    this.#links.settle(file, outcome);
    this.#lacks(outcome.path, outcome.missing);
  }

  /** Gives a restored file one more name. False where it has to be restored as a file of its own. */
  #linkFile(
    step: LeafStep,
    key: string,
    done: { restoredFiles: number; skippedExisting: number; keptBoth: number },
  ): boolean {
    const { target, fresh, exists } = step;
    const policy = this.#input.conflict;
    try {
      if (!fresh && exists && (policy === 'skip' || this.#links.isOf(key, target))) {
        done.skippedExisting++;
        return true;
      }
      // Whether it is the same inside is for a worker to find out; one that may be replaced becomes a link anyway.
      if (step.alike && policy !== 'replace') return false;
      const made = this.#links.make(key, { target, fresh, exists, policy }, this.#suffix);
      if (made === null) {
        this.#lacks(target, [text`being one file with its other names (it is a copy)`]);
        return false;
      }
      if (made.state === 'skipped') done.skippedExisting++;
      else done.restoredFiles++;
      if (made.state === 'kept-both') done.keptBoth++;
    } catch (error) {
      const known = fileError(error, target);
      if (known.code === 'target-full') throw known;
      this.#problem(target, 'denied', known);
    }
    return true;
  }

  /** Lists an item that was restored, but not with all that it had. */
  #lacks(path: ByteString, missing: readonly Text[]): void {
    if (missing.length === 0) return;
    if (++this.#without > WITHOUT_NAMED) return;
    this.#problem(path, 'attributes', withoutWords(missing));
  }

  /** Makes a symlink, a FIFO or a device under a name by the policy. */
  #makeOther(step: LeafStep, done: { skippedExisting: number; keptBoth: number }): void {
    const { node, exists } = step;
    let { target } = step;
    try {
      if (exists && (step.alike || this.#input.conflict === 'skip')) {
        done.skippedExisting++;
        return;
      }
      if (exists && this.#input.conflict === 'replace') {
        const temporary = temporaryBeside(target);
        if (!this.#make(node, temporary, target)) return;
        try {
          // A folder stays, and nothing is left behind.
          renameSync(fsPath(temporary), fsPath(target));
        } catch (error) {
          unlinkSync(fsPath(temporary));
          throw error;
        }
        return;
      }
      for (let n = 1; lstatSync(fsPath(target), { throwIfNoEntry: false }) !== undefined; n++) {
        target = besideName(step.target, this.#suffix, n);
      }
      if (this.#make(node, target, target) && target !== step.target) done.keptBoth++;
    } catch (error) {
      const known = fileError(error, target);
      if (known.code === 'target-full') throw known;
      this.#problem(target, 'denied', known);
    }
  }

  /**
   * Makes a symlink or special file, complete with what it had.
   *
   * @param shown where it will be
   * @returns false where it cannot be made, which is listed then
   */
  #make(node: TreeNode, path: ByteString, shown: ByteString): boolean {
    if (node.target !== null) {
      symlinkSync(Buffer.from(node.target), fsPath(path));
      if (this.#setOwners) lchownSync(fsPath(path), node.uid, node.gid);
      this.#lacks(shown, this.#giveBack.attributes({ path, fd: null, kind: 'symlink' }, node));
      setPathTimes(toBytes(path), node.mtime);
      return true;
    }
    const made = makeSpecial(node, path, this.#setOwners, platformAttributes(), this.#giveBack);
    if (Array.isArray(made)) {
      this.#lacks(shown, made);
      return true;
    }
    const kind = SPECIAL_WORDS.get(node.type) ?? text`A special file`;
    this.#problem(shown, 'unsupported', saidAs(text`${kind} was not made again: ${words(made)}.`, NOTHING_TO_DO));
    return false;
  }

  /** Modes and times of the folders that this run made, innermost first: writing into one changes its times. */
  #finishFolders(folders: { path: ByteString; node: TreeNode }[]): void {
    for (const { path, node } of folders.reverse()) {
      try {
        const given = this.#flags ? node : { ...node, flags: undefined };
        this.#lacks(path, finishFolder(path, given, this.#setOwners, this.#giveBack));
      } catch (error) {
        const known = fileError(error, path);
        this.#problem(path, 'denied', known);
      }
    }
  }

  #problem(path: ByteString, reason: Skipped['reason'], words: Sentences): void {
    const item = { path: displayPath(path), reason, ...sentencesOf(words) };
    this.#problems.push(item);
    this.#context.emit({ type: 'skipped', item });
  }

  /** Lets timers and messages through while a large tree is walked. */
  async #breathe(): Promise<void> {
    await this.#context.control.check();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Null where another restore into the same place is running: what is unfinished there is its own. */
async function lockTarget(path: ByteString): Promise<Awaited<ReturnType<typeof takeLocalLock>> | null> {
  try {
    return await takeLocalLock(`restore:${path}`);
  } catch (error) {
    if (toHoldfastError(error).code === 'busy') return null;
    throw error;
  }
}

/** A folder that the run which goes on with an interrupted one knows again. */
function makeUnfinished(path: ByteString): void {
  mkdirSync(fsPath(path), { mode: UNFINISHED_FOLDER });
  // Not every system lets a new folder have this mode.
  if (process.platform === 'darwin') chmodSync(fsPath(path), UNFINISHED_FOLDER);
}

function makeFolder(path: ByteString): void {
  try {
    makeUnfinished(path);
  } catch (error) {
    throw fileError(error, path);
  }
}

const NOTHING_TO_DO = phrase('Nothing to do: it holds no content, and programs make it anew.');

const SPECIAL_WORDS = new Map<TreeNode['type'], Text>([
  [NodeType.fifo, text`A pipe`],
  [NodeType.socket, text`A socket`],
  [NodeType.block, text`A device`],
  [NodeType.char, text`A device`],
]);

/** What of a node is passed to the thread that restores it. */
function extrasOf({ birth, small, large, flags, holes }: TreeNode, withFlags: boolean): NodeExtras {
  // Assigned one by one: five spreads for every file cost more than all the rest of its message.
  const extras: NodeExtras = {};
  if (birth !== undefined) extras.birth = birth;
  if (small !== undefined) extras.small = small;
  if (large !== undefined) extras.large = large;
  if (flags !== undefined && withFlags) extras.flags = flags;
  if (holes !== undefined) extras.holes = holes;
  return extras;
}

function count(plan: RestorePlanOutput, step: Step, policy: RestoreInput['conflict'], suffix: string): void {
  if (step.type === 'problem') return;
  if (step.type === 'folder') {
    plan.folders++;
    return;
  }
  const alike = step.type !== 'blocked' && step.alike;
  if (alike) plan.alreadyThere = (plan.alreadyThere ?? 0) + 1;
  const conflict = !alike && (step.type === 'blocked' || step.exists);
  if (conflict) {
    plan.conflicts++;
    if (plan.conflictSamples.length < SAMPLES) {
      plan.conflictSamples.push({ path: displayPath(step.target), outcome: outcomeWords(policy, step, suffix) });
    }
  }
  if (step.type === 'blocked') return;
  if (step.type !== 'file') {
    plan.others++;
    return;
  }
  plan.files++;
  if (!alike && !(conflict && policy === 'skip')) plan.bytes += step.node.size;
}

/** Free bytes where a path is or will be; null where the system does not tell. */
async function freeBytes(path: ByteString): Promise<number | null> {
  for (let at: string = path; ; at = at.slice(0, at.lastIndexOf('/'))) {
    try {
      const stat = await statfs(fsPath((at === '' ? '/' : at) as ByteString));
      return stat.bavail * stat.bsize;
    } catch {
      if (at === '' || at === '/') return null;
    }
  }
}

const startsWith = (names: Buffer[], prefix: Buffer[]): boolean =>
  prefix.every((name, i) => names[i] !== undefined && name.equals(names[i]));

/** "Photos", then "Photos (2)": two chosen entries of one name. */
function freeName(name: ByteString, taken: Set<string>): ByteString {
  let free = name;
  for (let n = 2; taken.has(free); n++) free = `${name} (${n})` as ByteString;
  taken.add(free);
  return free;
}

/** "2026-11-23 18.40", local time; a colon is not allowed in names everywhere. */
function stamp(date: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}.${two(date.getMinutes())}`;
}

const noRoom = (needed: number, free: number, target: string): HoldfastError =>
  new HoldfastError(
    'target-full',
    text`There is not enough space in ${target}: ${needed} bytes are needed and ${free} are free.`,
    'Nothing was written, and the backup is untouched. Free some space, choose fewer files or another disk.',
  );

const unsafe = (path: ByteString): HoldfastError =>
  new HoldfastError(
    'target-unsafe',
    text`${displayPath(path)} is in the way: it is a link or a file where a folder has to be.`,
    'Nothing was written through it, and the backup is untouched. Move it away, or restore into an empty folder.',
  );
