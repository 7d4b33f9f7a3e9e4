/** Compares a snapshot with what this computer's disk holds now. */
import { lstatSync, readdirSync, readlinkSync, type BigIntStats } from 'node:fs';
import type { ChangedField } from './api.ts';
import { ContentCheck } from './diff-content.ts';
import { below, TOP, type DiffReport, type ToldNode, type ToldPath } from './diff-report.ts';
import { ExcludeMatcher } from './excludes.ts';
import { displayPath, fromBytes, fsPath, join, toBytes, type ByteString } from './format/byte-path.ts';
import { equal } from './format/bytes.ts';
import { NodeType, type Time, type TreeNode } from './format/tree.ts';
import { errorCode, isMarkedCache, reasonOf } from './pipeline/scanner.ts';
import { toSkipped } from './pipeline/skip-words.ts';
import { deviceNumbers, typeOf } from './pipeline/node-of.ts';
import { CACHEDIR_TAG } from './excludes.ts';
import type { StoredSnapshot } from './repository/domain.ts';
import { namesOfEntry, namesOfPath, pathNotFound } from './repository/entry-path.ts';
import type { OpenDomain } from './repository/open-domains.ts';
import type { VerbContext } from './verb-context.ts';

export interface DiskDiff {
  open: OpenDomain;
  stored: StoredSnapshot;
  /** Entry path to look at and below; the sources where it is empty. */
  path: string;
  /** Contents are read and compared; else equal sizes and times are taken for equal contents. */
  content: boolean;
  /** "device:inode" of folders that a backup leaves out: where it is kept itself. */
  avoid: ReadonlySet<string>;
  report: DiffReport;
  context: VerbContext;
}

/**
 * The snapshot is the older side. What its excludes leave out counts as not being there. Errors: path-not-found (on
 * neither side, or outside the sources), those of reading trees; what the disk refuses is told and passed over.
 */
export async function diffWithDisk(diff: DiskDiff): Promise<void> {
  const { snapshot } = diff.stored;
  const wanted = namesOfEntry(diff.path);
  let met = false;
  for (const source of snapshot.sources.map(fromBytes)) {
    const names = namesOfPath(source);
    // The wanted path lies in the source, or the source in it.
    const inside = names.every((name, i) => wanted[i] === undefined || equal(name, wanted[i]));
    if (!inside) continue;
    met = true;
    const place = wanted.length > names.length ? wanted : names;
    await new DiskWalk(diff, source, names.length).from(place);
  }
  if (!met) throw pathNotFound();
}

/** An entry of the disk. */
interface DiskEntry extends ToldNode {
  stat: BigIntStats;
}

const FOLDERS_A_BREATH = 64;
const BILLION = 1_000_000_000n;

class DiskWalk {
  readonly #o: DiskDiff;
  readonly #excludes: ExcludeMatcher;
  readonly #source: ByteString;
  readonly #sourceNames: number;
  readonly #contents: ContentCheck | null;
  #opened = 0;

  /** @param sourceNames how many names lead to the source */
  constructor(diff: DiskDiff, source: ByteString, sourceNames: number) {
    this.#o = diff;
    this.#source = source;
    this.#sourceNames = sourceNames;
    this.#excludes = new ExcludeMatcher(diff.stored.snapshot.excludes);
    this.#contents = diff.content ? new ContentCheck(diff.open, diff.stored, diff.context.control) : null;
  }

  async from(names: Uint8Array[]): Promise<void> {
    const { trees } = this.#o.open;
    let node: TreeNode | null = null;
    let tree: Uint8Array | null = this.#o.stored.snapshot.root;
    for (const name of names) {
      node = tree === null ? null : (trees.folder(tree).find((item) => equal(item.name, name)) ?? null);
      tree = node?.subtree ?? null;
    }
    const rest = names.slice(this.#sourceNames);
    const path = rest.reduce((at, name) => join(at, fromBytes(name)), this.#source);
    const disk = this.#look(path);
    const relative = rest.map(fromBytes).join('/') as ByteString;
    if (node === null && disk === null && rest.length > 0) throw pathNotFound();
    await this.#entries(names.reduce(below, TOP), path, relative, node, disk);
  }

  async #entries(
    at: ToldPath,
    path: ByteString,
    relative: ByteString,
    node: TreeNode | null,
    disk: DiskEntry | null,
  ): Promise<void> {
    const { report } = this.#o;
    if (node !== null && disk !== null) report.changed(at, node, disk, await this.#fields(path, node, disk));
    else if (node !== null) report.removed(at, node);
    else if (disk !== null) report.added(at, disk);
    const tree = node?.type === NodeType.folder ? node.subtree : null;
    const isFolder = disk?.type === NodeType.folder;
    if (tree !== null || isFolder) await this.#folders(at, path, relative, tree, isFolder);
  }

  async #folders(
    at: ToldPath,
    path: ByteString,
    relative: ByteString,
    tree: Uint8Array | null,
    onDisk: boolean,
  ): Promise<void> {
    await this.#breathe();
    const names = onDisk ? this.#names(path, relative) : [];
    if (names === null) return; // It cannot be read: what is in it is not known to be gone.
    const left = tree === null ? [][Symbol.iterator]() : this.#o.open.trees.nodes(tree);
    let x: IteratorResult<TreeNode, undefined> = left.next();
    let i = 0;
    while (x.done !== true || i < names.length) {
      const name = x.done === true ? null : fromBytes(x.value.name);
      const other = names[i] ?? null;
      const next = name === null || (other !== null && other < name) ? other : name;
      if (next === null) return;
      const node = next === name && x.done !== true ? x.value : null;
      if (node !== null) x = left.next();
      if (next === other) i++;
      const here = join(path, next);
      const under = (relative === '' ? next : `${relative}/${next}`) as ByteString;
      const disk = next === other ? this.#look(here) : null;
      if (disk !== null && this.#leftOut(here, under, disk)) continue;
      if (node !== null || disk !== null) await this.#entries(below(at, toBytes(next)), here, under, node, disk);
    }
  }

  /** Sorted names of a folder; null where it cannot be read. */
  #names(path: ByteString, relative: ByteString): ByteString[] | null {
    try {
      // One character a byte: sorting by code unit is sorting by byte, as in the trees.
      const names = (readdirSync(fsPath(path), 'latin1') as ByteString[]).sort();
      const marked = relative !== '' && names.includes(CACHEDIR_TAG as ByteString) && isMarkedCache(path);
      return marked ? [CACHEDIR_TAG as ByteString] : names;
    } catch (error) {
      this.#unread(path, error);
      return null;
    }
  }

  #look(path: ByteString): DiskEntry | null {
    try {
      const stat = lstatSync(fsPath(path), { bigint: true });
      const type = typeOf(Number(stat.mode));
      if (type === null) return null;
      return { type, size: type === NodeType.file ? Number(stat.size) : 0, mtime: timeOf(stat.mtimeNs), stat };
    } catch (error) {
      if (reasonOf(error) !== 'vanished') this.#unread(path, error);
      return null;
    }
  }

  #unread(path: ByteString, error: unknown): void {
    this.#o.report.unread(toSkipped({ path, reason: reasonOf(error), detail: errorCode(error) }));
  }

  #leftOut(path: ByteString, relative: ByteString, disk: DiskEntry): boolean {
    const folder = disk.type === NodeType.folder;
    if (folder && this.#o.avoid.has(`${disk.stat.dev}:${disk.stat.ino}`)) return true;
    return this.#excludes.excludes(displayPath(relative), displayPath(path), folder);
  }

  async #fields(path: ByteString, node: TreeNode, disk: DiskEntry): Promise<ChangedField[]> {
    if (node.type !== disk.type) return ['kind'];
    const { stat } = disk;
    const fields: ChangedField[] = [];
    const sameTime = node.mtime.s === disk.mtime.s && node.mtime.ns === disk.mtime.ns;
    if (node.type === NodeType.file) {
      const same = node.size === disk.size && (await this.#sameContent(path, node, sameTime));
      if (!same) fields.push('content');
    }
    if (node.target !== null && !equal(node.target, linkTarget(path))) fields.push('target');
    if (node.device !== null && String(node.device) !== String(deviceNumbers(stat.rdev))) fields.push('device');
    if (node.mode !== (Number(stat.mode) & 0o7777)) fields.push('mode');
    if (node.uid !== Number(stat.uid) || node.gid !== Number(stat.gid)) fields.push('owner');
    if (!sameTime) fields.push('times');
    return fields;
  }

  async #sameContent(path: ByteString, node: TreeNode, sameTime: boolean): Promise<boolean> {
    if (this.#contents === null) return sameTime;
    try {
      return await this.#contents.matches(path, node);
    } catch (error) {
      if (errorCode(error) === '') throw error;
      this.#unread(path, error);
      return sameTime;
    }
  }

  async #breathe(): Promise<void> {
    if (++this.#opened % FOLDERS_A_BREATH !== 0) return;
    await new Promise((resolve) => setImmediate(resolve));
    await this.#o.context.control.check();
  }
}

function timeOf(ns: bigint): Time {
  const rest = ((ns % BILLION) + BILLION) % BILLION;
  return { s: Number((ns - rest) / BILLION), ns: Number(rest) };
}

/** Empty where it cannot be read any more: no link has an empty target. */
function linkTarget(path: ByteString): Uint8Array {
  try {
    return toBytes(readlinkSync(fsPath(path), 'latin1') as ByteString);
  } catch {
    return new Uint8Array(0);
  }
}
