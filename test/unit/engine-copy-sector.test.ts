/** A copy from a disk with a bad sector: the one object does not come, and all others do. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Destination } from '../../main/destinations/destination.ts';
import { toDestinationError } from '../../main/destinations/local/errors.ts';
import { RunControl } from '../../main/engine/control.ts';
import { ObjectMover, type Source } from '../../main/engine/copy-objects.ts';

const bytesOf = (n: number): Uint8Array => Uint8Array.of(n);
const nameOf = (n: number): string => `c/1/s/${createHash('sha256').update(bytesOf(n)).digest('hex')}`;

function copying(isBad: (n: number) => boolean) {
  const [arrived, damaged, lost]: [string[], string[], string[]] = [[], [], []];
  const numbers = new Map(Array.from({ length: 40 }, (_, n) => [nameOf(n), n]));
  const from = {
    label: 'old disk',
    get: (name: string) => {
      const n = numbers.get(name) ?? 0;
      const sector = Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
      return isBad(n) ? Promise.reject(toDestinationError(sector, '/old', 'read')) : Promise.resolve(bytesOf(n));
    },
  } as unknown as Destination;
  const source = { destination: from, failure: null } as unknown as Source;
  const mover = new ObjectMover({
    to: { put: (name: string) => Promise.resolve(void arrived.push(name)) } as unknown as Destination,
    control: new RunControl(),
    owner: '1',
    onDamaged: (name) => void damaged.push(name),
    onLost: () => void lost.push('old disk'),
  });
  const move = (n: number) => mover.move(nameOf(n), [{ source, size: 1 }], 'over');
  return { move, arrived, damaged, lost };
}

test('a bad sector keeps one object back', async () => {
  const { move, arrived, damaged, lost } = copying((n) => n % 2 === 0);
  for (let n = 0; n < 40; n++) expect(await move(n)).toBe(n % 2 === 0 ? null : 1);
  expect([arrived.length, damaged.length, lost]).toEqual([20, 20, []]);
});

test('a disk that gives nothing any more is one that is gone', async () => {
  const { move, damaged, lost } = copying(() => true);
  for (let n = 0; n < 8; n++) expect(await move(n)).toBe(null);
  await expect(move(8)).rejects.toMatchObject({ code: 'destination-failed' });
  expect([damaged.length, lost]).toEqual([8, ['old disk']]);
});
