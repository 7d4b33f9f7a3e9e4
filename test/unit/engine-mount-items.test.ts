/** What the server of snapshots shows of folders that no honest computer wrote. */
import { expect, it } from 'vitest';
import { NodeType, type TreeNode } from '../../main/engine/format/tree.ts';
import { memoryOf, topFolder, type Computer } from '../../main/engine/mount/items.ts';
import type { StoredSnapshot } from '../../main/engine/repository/domain.ts';
import type { OpenDomain } from '../../main/engine/repository/open-domains.ts';
import { treeNode } from '../support/tree-node.ts';

const node = (name: string, type: NodeType, more: Partial<TreeNode> = {}): TreeNode =>
  treeNode(name, { type, ...more });
const link = (name: string, target: string): TreeNode => node(name, NodeType.symlink, { target: Buffer.from(target) });

/** Names that a snapshot with one folder shows. */
async function shown(nodes: TreeNode[]): Promise<string[]> {
  const open = { trees: { folder: () => nodes } } as unknown as OpenDomain;
  const snapshot = { endedMs: 0, domainEpoch: 0, root: new Uint8Array(32) };
  const stored = { id: 'a', snapshot } as unknown as StoredSnapshot;
  const computer: Computer = { name: 'c', snapshots: [stored], latest: stored, open: async () => open };
  const folder = await (await asFolder(topFolder([computer]), 'c')).child(Buffer.from('latest'));
  if (folder?.kind !== 'folder') throw new Error('no folder');
  return (await folder.children()).map(({ name }) => Buffer.from(name).toString());
}
async function asFolder(folder: ReturnType<typeof topFolder>, name: string) {
  const child = await folder.child(Buffer.from(name));
  if (child?.kind !== 'folder') throw new Error('no folder');
  return child;
}

it('shows a folder in which links have targets without end', async () => {
  const file = node('file', NodeType.file);
  const endless = link('endless', `${'/'.repeat(2_000_000)}file`);
  const toEndless = link('to endless', 'endless');
  const long = link('long', `${'./'.repeat(2000)}file`);
  expect(await shown([endless, file, long, toEndless])).toEqual(['file', 'long']);
});

it('weighs a folder by what its entries hold', () => {
  const few = memoryOf([node('a', NodeType.file)]);
  expect(memoryOf([node('a', NodeType.file), node('b', NodeType.file)])).toBeGreaterThan(1.3 * few);
  expect(memoryOf([link('a', 'x'.repeat(1_000_000))])).toBeGreaterThan(1_000_000);
  expect(memoryOf([node('a', NodeType.file, { content: new Uint8Array(1_000_000) })])).toBeGreaterThan(1_000_000);
  const large = [{ name: Buffer.from('user.a'), size: 1, content: new Uint8Array(1_000_000) }];
  expect(memoryOf([node('a', NodeType.file, { large })])).toBeGreaterThan(1_000_000);
});
