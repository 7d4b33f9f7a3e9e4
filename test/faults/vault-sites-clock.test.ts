/** The wall clock of a site jumps while it looks for the others. */
import { expect, it, vi } from 'vitest';
import { openEtcdStore } from '../../vault/store/etcd.ts';

it('a clock that is put back meanwhile lets nobody wait for members that are away', async () => {
  const wall = Date.now.bind(Date);
  const start = wall();
  // Each look at the clock finds it an hour earlier than the one before.
  let looks = 0;
  vi.spyOn(Date, 'now').mockImplementation(() => wall() - 3_600_000 * looks++);
  const endpoints = ['http://127.0.0.1:1', 'http://127.0.0.1:2', 'http://127.0.0.1:3'];
  await expect(openEtcdStore({ endpoints, prefix: 'holdfast/' })).rejects.toMatchObject({ code: 'no-quorum' });
  expect(wall() - start).toBeLessThan(10_000);
}, 15_000);
