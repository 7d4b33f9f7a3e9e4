import { describe, expect, it } from 'vitest';
import { BlockCache } from '../../main/engine/repository/block-cache.ts';

/** Puts a block of one value into the cache, as a reader does. */
function put(cache: BlockCache, key: string, length: number): void {
  const block = cache.room(length);
  block.fill(Number(key));
  cache.keep(key, block);
}

const isWhole = (cache: BlockCache, key: string, length: number): boolean => {
  const block = cache.get(key);
  return block?.length === length && block.every((byte) => byte === Number(key));
};

describe('The blocks that were read last', () => {
  it('are whole as long as they are known, whatever lengths come after each other', () => {
    const cache = new BlockCache(1000);
    const lengths = new Map<string, number>();
    let seed = 7;
    for (let n = 1; n <= 80; n++) {
      seed = (seed * 48_271) % 2_147_483_647;
      const length = seed % 400;
      put(cache, String(n), length);
      lengths.set(String(n), length);
      const known = [...lengths].filter(([key]) => cache.get(key) !== undefined);
      expect(known.at(-1)?.[0]).toBe(String(n));
      expect(known.filter(([key, bytes]) => !isWhole(cache, key, bytes))).toEqual([]);
      // Nearly all of the memory is in use: none goes before its place is wanted.
      if (n > 20) expect(known.reduce((sum, [, bytes]) => sum + bytes, 0)).toBeGreaterThan(200);
    }
  });

  it('are in one piece of memory, and one that is larger than all of it is not kept', () => {
    const cache = new BlockCache(100);
    put(cache, '1', 60);
    const { buffer } = cache.get('1') as Uint8Array;
    put(cache, '2', 60);
    expect(cache.get('1')).toBeUndefined();
    expect(cache.get('2')?.buffer).toBe(buffer);
    put(cache, '3', 101);
    expect(cache.get('3')).toBeUndefined();
    expect(isWhole(cache, '2', 60)).toBe(true);
  });

  it('are not known where they could not be read', () => {
    const cache = new BlockCache(100);
    put(cache, '1', 60);
    cache.room(50).fill(9); // and then reading fails
    put(cache, '2', 50);
    expect(cache.get('1')).toBeUndefined();
    expect(isWhole(cache, '2', 50)).toBe(true);
  });
});
