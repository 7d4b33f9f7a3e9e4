/** The thread that looks into files of strangers: its limits hold, whoever starts it. */
import { describe, expect, it } from 'vitest';
import { type Source, sourceOf } from '../../main/messages/source.ts';
import { Attachments } from '../../main/preview/attachments.ts';
import { PreviewThread } from '../../main/preview/client.ts';

/** Answers what it is asked with the limits that it was started with. */
const TELLS_LIMITS = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort, resourceLimits } from 'node:worker_threads';
    parentPort.on('message', ({ id }) => parentPort.postMessage({ type: 'answer', id, output: resourceLimits }));
  `)}`,
);
const nothing = async () => ({ bytes: new Uint8Array(0), size: 0 });

describe('The thread of a preview', () => {
  it('has a heap of 512 MB and no more', async () => {
    const thread = new PreviewThread(TELLS_LIMITS, nothing, { after: () => () => undefined });
    try {
      expect(await thread.ask('look', { name: 'a', size: 0 })).toMatchObject({ maxOldGenerationSizeMb: 512 });
    } finally {
      await thread.end();
    }
  });
});

describe('Attachments', () => {
  it('are opened one after the other, those looked at last are kept, and one that fails fails alone', async () => {
    const opened: number[] = [];
    let now = 0;
    let most = 0;
    const attachments = new Attachments(async (ref): Promise<Source> => {
      opened.push(ref);
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
      if (ref === 2) throw new Error('damaged');
      return sourceOf(new Uint8Array(ref));
    });
    const all = await Promise.allSettled([0, 1, 2, 3, 3, 4].map((ref) => attachments.get(ref)));
    expect(all.map((one) => (one.status === 'fulfilled' ? one.value.size : null))).toEqual([0, 1, null, 3, 3, 4]);
    expect(most).toBe(1);
    expect(opened).toEqual([0, 1, 2, 3, 4]);
    await attachments.get(4);
    expect(opened).toHaveLength(5);
    await expect(attachments.get(2)).rejects.toThrow('damaged');
    expect(opened).toHaveLength(6);
  });
});
