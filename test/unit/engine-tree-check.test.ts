/** What is told of a snapshot's folders where the disk does not give them. */
import { afterEach, expect, test, vi } from 'vitest';
import { HoldfastError } from '../../main/errors.ts';
import { BlobKind } from '../../main/engine/format/blob.ts';
import { encodeLeaves, encodeNode } from '../../main/engine/format/tree.ts';
import type { Domain, StoredSnapshot } from '../../main/engine/repository/domain.ts';
import { IdWords, SharedIndex } from '../../main/engine/repository/shared-index.ts';
import { isWhole } from '../../main/engine/repository/snapshot-check.ts';
import { TreeReader } from '../../main/engine/repository/tree-reader.ts';
import { TreeCheck, type Loss } from '../../main/engine/tree-check.ts';
import { treeNode } from '../support/tree-node.ts';

const ROOT = new Uint8Array(32).fill(1);
const LIST = new Uint8Array(32).fill(2);
const FILE = treeNode('film', { size: 5, lists: LIST });

afterEach(() => {
  vi.restoreAllMocks();
});

const sector = new HoldfastError('object-unreadable', 'The disk does not give a part of the backup.', 'Look at it.');
const stored = { id: 'ab', snapshot: { root: ROOT, domainEpoch: 1 } } as unknown as StoredSnapshot;

function domainWith(ids: Uint8Array[]): Domain {
  const index = SharedIndex.create(2);
  const words = new IdWords();
  for (const id of ids) index.publish(~words.load(id).claimIn(index), { pack: 0, block: 0, offset: 0, length: 1 });
  const keys = { read: { meta: [], readerSecrets: [] }, blobIdFor: () => null };
  return {
    index,
    packs: [{ name: 'c/1/m/ab', path: null }],
    line: null,
    keys,
    lacking: new Map(),
    lost: new Set(),
  } as unknown as Domain;
}

test('a list of contents that the disk does not give ends a check that takes nothing for lost because of it', async () => {
  const [leaf = new Uint8Array(0)] = encodeLeaves([{ name: FILE.name, bytes: encodeNode(FILE) }]);
  vi.spyOn(TreeReader.prototype, 'blob').mockImplementation((_id, kind) => {
    if (kind === BlobKind.tree) return leaf;
    throw sector;
  });
  const check = new TreeCheck({ domain: domainWith([ROOT, LIST]), breathe: () => Promise.resolve() });
  const told: Loss[] = [];
  await expect(
    check.run(stored, (loss) => {
      if (loss.unreadable !== undefined) throw loss.unreadable;
      told.push(loss);
    }),
  ).rejects.toBe(sector);
  expect(told).toEqual([]);
});

test('a snapshot is not marked for good as one that cannot be restored because a disk does not give a part of it', () => {
  const blob = vi.spyOn(TreeReader.prototype, 'blob');
  blob.mockImplementation(() => {
    throw sector;
  });
  expect(isWhole(domainWith([ROOT]), stored)).toBe(true);
  blob.mockRestore();
  expect(isWhole(domainWith([]), stored)).toBe(false);
});
