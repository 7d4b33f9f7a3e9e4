import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fromPath } from '../../main/engine/format/byte-path.ts';
import type { RestoreFile } from '../../main/engine/pipeline/messages.ts';
import { PackOrder } from '../../main/engine/pipeline/pack-order.ts';
import { IdWords, SharedIndex } from '../../main/engine/repository/shared-index.ts';

const idOf = (n: number): Uint8Array => new Uint8Array(Buffer.alloc(32, Buffer.from(`blob ${n} `)));

it('files come in the order of their packs, each once, and those of one block in one task', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ blob: fc.nat(60), size: fc.nat(9_000_000) }), { maxLength: 900 }), (list) => {
      const index = SharedIndex.create(64);
      const words = new IdWords();
      // Half of the blobs are known; three lie in one block.
      const placeOf = (n: number) => ({ pack: 7 - (n % 8), block: Math.floor(n / 3) % 5, offset: n, length: 1 });
      for (let n = 0; n < 30; n++) index.publish(~words.load(idOf(n)).claimIn(index), placeOf(n));
      const order = new PackOrder(index);
      const files = list.map(({ blob, size }, i) => {
        const content = blob === 60 ? new Uint8Array(0) : idOf(blob);
        return { target: fromPath(`/${i}`), content, size, blob } as unknown as RestoreFile & { blob: number };
      });
      for (const file of files) expect(order.add(file)).toBe(false);
      const tasks = [...order.take()] as (RestoreFile & { blob: number })[][];
      const got = tasks.flat();
      expect(got.map(({ target }) => target).sort()).toEqual(files.map(({ target }) => target).sort());
      const key = ({ blob }: { blob: number }): number[] => {
        if (blob >= 30) return [-1, 0, 0];
        const { pack, block, offset } = placeOf(blob);
        return [pack, block, offset];
      };
      const keys = got.map(key);
      const byPlace = (a: number[], b: number[]): number => a.map((x, i) => x - (b[i] ?? 0)).find((d) => d !== 0) ?? 0;
      expect(keys).toEqual([...keys].sort(byPlace));
      for (const task of tasks) {
        expect(task.length).toBeLessThanOrEqual(512);
        expect(new Set(task.map((file) => key(file).slice(0, 2).join())).size).toBeLessThanOrEqual(48);
      }
      expect([...order.take()]).toEqual([]);
    }),
    { numRuns: 50 },
  );
});
