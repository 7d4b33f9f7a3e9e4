import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { YOUNG_MB } from '../../main/engine/repository/heap-size.ts';
import { startThread } from '../../main/engine/thread.ts';

/** Makes objects that live through some collections and are dropped then, 400 MB in all; tells how large its heap became. */
const CHURN = `
  const { parentPort } = require('node:worker_threads');
  const { getHeapStatistics } = require('node:v8');
  let most = 0;
  for (let round = 0; round < 100; round++) {
    const held = [];
    for (let i = 0; i < 40_000; i++) held.push({ a: i, b: [i, i, i] });
    most = Math.max(most, getHeapStatistics().total_heap_size);
  }
  parentPort.postMessage(most);
`;

describe('The heap of a thread of the engine', () => {
  it('stays near what it holds, whatever passes through it', { timeout: 20_000 }, async () => {
    const thread = startThread(CHURN, { eval: true });
    try {
      expect(thread.resourceLimits?.maxYoungGenerationSizeMb).toBe(YOUNG_MB);
      const [most] = (await once(thread, 'message')) as [number];
      expect(most).toBeLessThan(40 * 2 ** 20);
    } finally {
      await thread.terminate();
    }
  });
});
