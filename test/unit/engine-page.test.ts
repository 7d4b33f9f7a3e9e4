/** Which pages wait for which. */
import { expect, test, vi } from 'vitest';
import type { PageInput } from '../../main/engine/api.ts';
import { page } from '../../main/engine/page.ts';
import { HoldfastError } from '../../main/errors.ts';

const opened = vi.hoisted(() => [] as string[]);
vi.mock('../../main/engine/repository/open-trees.ts', () => ({
  openSnapshot: ({ path }: { path: string }, _access: unknown, id: string) => {
    opened.push(`${path} ${id}`);
    if (path === 'dead') return new Promise(() => undefined);
    return Promise.reject(new HoldfastError('snapshot-not-found', 'It is not here.', 'Nothing was changed.'));
  },
  closeSnapshot: () => Promise.resolve(),
  explainMissing: (_: unknown, error: unknown) => Promise.resolve(error),
}));

const from = (path: string): PageInput =>
  ({
    destination: { kind: 'local', path },
    access: { kind: 'key', rootKey: new Uint8Array(32) },
    snapshotId: 'ab',
    path: '',
    order: { sort: 'name', descending: false },
    offset: 0,
    limit: 1,
  }) as PageInput;

test('pages of one snapshot open it one after another; nobody waits for a place that does not answer', async () => {
  void page(from('dead'));
  void page(from('dead'));
  await expect(page(from('here'))).rejects.toMatchObject({ code: 'snapshot-not-found' });
  expect(opened).toEqual(['dead ab', 'here ab']);
  await expect(page(from('here'))).rejects.toMatchObject({ code: 'snapshot-not-found' });
});
