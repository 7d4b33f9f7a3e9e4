import { describe, expect, it } from 'vitest';
import { collectNow } from '../../main/engine/repository/native-memory.ts';

describe('a collection that is asked for', () => {
  it('of all objects takes those that have become old, which one of the young does not', async () => {
    const held: { bytes: Uint8Array | null } = { bytes: new Uint8Array(1024 * 1024) };
    const weak = new WeakRef(held.bytes as Uint8Array);
    // What a weak reference was made for or gave lives until the turn is over.
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    for (let i = 0; i < 3; i++) {
      await turn();
      expect(collectNow('minor')).toBe(true);
    }
    held.bytes = null;
    await turn();
    collectNow('minor');
    await turn();
    expect(weak.deref() !== undefined).toBe(true);
    await turn();
    collectNow('major');
    await turn();
    expect(weak.deref() === undefined).toBe(true);
  });
});
