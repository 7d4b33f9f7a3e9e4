/**
 * Names of one file in a restore: the first that is restored gets the contents, the others become links to it when all
 * files are there, whatever part of them was chosen.
 */
import { createHash } from 'node:crypto';
import { linkSync, lstatSync, unlinkSync } from 'node:fs';
import { fsPath, type ByteString } from '../format/byte-path.ts';
import type { NodeExtras } from '../format/node-extras.ts';
import type { TreeNode } from '../format/tree.ts';
import type { RestoreFile, RestoreOutcome } from './messages.ts';
import { place, temporaryBeside, type Placement } from './restore-writer.ts';
import type { LeafStep } from './restore-walk.ts';
import { errorCode } from './scanner.ts';

interface Group {
  /** Where the first name was restored; null as long as it is not, or where it could not be. */
  path: ByteString | null;
  extras: NodeExtras;
}

export class RestoreLinks {
  readonly #groups = new Map<string, Group>();
  /** Steps of further names, in the order in which they came. */
  readonly later: { step: LeafStep; key: string }[] = [];

  /** The group that a file belongs to; null where it has one name. */
  static keyOf(node: TreeNode): string | null {
    if (node.link === undefined) return null;
    const hash = createHash('sha256').update(node.link).update(node.content).update(node.lists);
    const { size, mode, uid, gid, mtime } = node;
    return hash.update(JSON.stringify([size, mode, uid, gid, mtime.s, mtime.ns])).digest('base64');
  }

  /** True where another name of the same file comes first: this one is kept for the end. */
  takes(step: LeafStep): boolean {
    const key = RestoreLinks.keyOf(step.node);
    if (key === null) return false;
    if (this.#groups.has(key)) {
      this.later.push({ step, key });
      return true;
    }
    const { flags } = step.node;
    this.#groups.set(key, { path: null, extras: flags === undefined ? {} : { flags } });
    return false;
  }

  /** Notes where a file of a group is. */
  settle({ group }: RestoreFile, outcome: RestoreOutcome): void {
    const known = group === null ? undefined : this.#groups.get(group);
    if (known === undefined || outcome.state === 'failed') return;
    known.path ??= outcome.path ?? null;
  }

  /** True where a path is one more name of the group's file already. */
  isOf(key: string, target: ByteString): boolean {
    const path = this.#groups.get(key)?.path ?? null;
    if (path === null) return false;
    const [one, other] = [path, target].map((at) => lstatSync(fsPath(at), { throwIfNoEntry: false }));
    return one !== undefined && other !== undefined && one.ino === other.ino && one.dev === other.dev;
  }

  /**
   * Gives a file one more name. Null where it has to be restored as a file of its own: the first name is not there, or
   * the disk has no links.
   */
  make(
    key: string,
    file: Pick<RestoreFile, 'target' | 'policy' | 'exists' | 'fresh'>,
    suffix: string,
  ): Placement | null {
    const path = this.#groups.get(key)?.path ?? null;
    if (path === null) return null;
    const temporary = temporaryBeside(file.target);
    try {
      linkSync(fsPath(path), fsPath(temporary));
    } catch (error) {
      if (NO_LINKS.has(errorCode(error))) return null;
      throw error;
    }
    try {
      return place(temporary, file, suffix);
    } catch (error) {
      unlinkSync(fsPath(temporary));
      throw error;
    }
  }

  /** Flags of the files of groups, which can be set only when every name is there. */
  *flagged(): Iterable<{ path: ByteString; extras: NodeExtras }> {
    for (const { path, extras } of this.#groups.values()) {
      if (path !== null && extras.flags !== undefined) yield { path, extras };
    }
  }
}

/** No links at all, no more of them, not across disks, or not of this file. */
const NO_LINKS = new Set(['EPERM', 'EXDEV', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL']);
