/** Collects differences: sends them out in batches and sums them up. */
import { createHash } from 'node:crypto';
import type { ChangedField, DiffOutput, Difference, EngineEvent, Skipped, Tally } from './api.ts';
import { KINDS, nanoseconds } from './entry-facts.ts';
import { display } from './format/byte-path.ts';
import { NodeType, type TreeNode } from './format/tree.ts';
import { entryId } from './repository/entry-path.ts';

const BATCH = 256;
/** Items that could not be looked at are listed up to this many, and counted beyond. */
const MAX_UNREAD = 10_000;

/** A path in both forms in which it is told. */
export interface ToldPath {
  path: string;
  entry: string;
}

/** What is told of an entry. Those of the disk have no blob ids. */
export type ToldNode = Pick<TreeNode, 'type' | 'size' | 'mtime'> & Partial<Pick<TreeNode, 'content' | 'lists'>>;

export const TOP: ToldPath = { path: '', entry: '' };

export const below = ({ path, entry }: ToldPath, name: Uint8Array): ToldPath => ({
  path: `${path}/${display(name)}`,
  entry: entry === '' ? entryId(name) : `${entry}/${entryId(name)}`,
});

const nothing = (): Tally => ({ files: 0, folders: 0, others: 0, bytes: 0 });

/** Fields whose change is one of what an entry is for, not about it. */
const OF_CONTENT: readonly ChangedField[] = ['content', 'target', 'device'];

export class DiffReport {
  readonly #emit: (event: EngineEvent) => void;
  readonly #output: DiffOutput;
  #batch: Difference[] = [];

  constructor(emit: (event: EngineEvent) => void, contentsBy: DiffOutput['contentsBy']) {
    this.#emit = emit;
    this.#output = {
      added: nothing(),
      removed: nothing(),
      changed: { files: 0, others: 0, bytesBefore: 0, bytesAfter: 0 },
      metadata: 0,
      kinds: 0,
      equalFolders: 0,
      contentsBy,
      unread: [],
    };
  }

  added(at: ToldPath, node: ToldNode): void {
    count(this.#output.added, node);
    this.#tell('added', at, node, null, []);
  }

  removed(at: ToldPath, node: ToldNode): void {
    count(this.#output.removed, node);
    this.#tell('removed', at, node, null, []);
  }

  equalFolder(): void {
    this.#output.equalFolders++;
  }

  unread(item: Skipped): void {
    if (this.#output.unread.length < MAX_UNREAD) this.#output.unread.push(item);
    this.#emit({ type: 'skipped', item });
  }

  /** Two entries of one name. A folder whose time alone differs is not told. */
  changed(at: ToldPath, before: ToldNode, after: ToldNode, fields: ChangedField[]): void {
    if (fields.length === 0) return;
    if (after.type === NodeType.folder && fields.every((field) => field === 'times')) return;
    if (fields.includes('kind')) {
      this.#output.kinds++;
      this.#tell('kind', at, after, before, fields);
    } else if (fields.some((field) => OF_CONTENT.includes(field))) {
      const { changed } = this.#output;
      if (after.type === NodeType.file) {
        changed.files++;
        changed.bytesBefore += before.size;
        changed.bytesAfter += after.size;
      } else changed.others++;
      this.#tell('content', at, after, before, fields);
    } else {
      this.#output.metadata++;
      this.#tell('metadata', at, after, before, fields);
    }
  }

  /** Sends what is left; call once. */
  finish(): DiffOutput {
    this.#flush();
    return this.#output;
  }

  #tell(
    change: Difference['change'],
    at: ToldPath,
    node: ToldNode,
    before: ToldNode | null,
    fields: ChangedField[],
  ): void {
    this.#batch.push({
      change,
      ...at,
      ...shortFacts(node),
      before: before === null ? null : shortFacts(before),
      fields,
      contents: before === null ? contentsOf(node) : undefined,
    });
    if (this.#batch.length === BATCH) this.#flush();
  }

  #flush(): void {
    if (this.#batch.length > 0) this.#emit({ type: 'differences', items: this.#batch });
    this.#batch = [];
  }
}

const shortFacts = (node: ToldNode): Pick<Difference, 'kind' | 'size' | 'mtimeNs'> => ({
  kind: KINDS[node.type],
  size: node.size,
  mtimeNs: nanoseconds(node.mtime),
});

/** A hash of the keyed ids of a file's blobs: it tells whether contents are the same, and nothing of them. */
function contentsOf({ type, size, content, lists }: ToldNode): string | undefined {
  if (type !== NodeType.file || size === 0 || content === undefined || lists === undefined) return undefined;
  return createHash('sha256').update(content).update(lists).digest('base64url').slice(0, 22);
}

function count(tally: Tally, node: ToldNode): void {
  if (node.type === NodeType.folder) tally.folders++;
  else if (node.type === NodeType.file) {
    tally.files++;
    tally.bytes += node.size;
  } else tally.others++;
}
