/** The thread that looks into files of strangers: its limits hold, whoever starts it. */
import { describe, expect, it } from 'vitest';
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
