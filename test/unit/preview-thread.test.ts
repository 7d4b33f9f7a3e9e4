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
/** Asks for bytes again and again, and never answers. */
const NEVER_ANSWERS = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from 'node:worker_threads';
    parentPort.on('message', () => parentPort.postMessage({ type: 'read', id: 1, beside: null, from: 0, to: 1 }));
  `)}`,
);

/** Time that passes when a test says so. */
class FakeTimers {
  #now = 0;
  #due: { at: number; callback: () => void }[] = [];
  now = (): number => this.#now;
  after = (ms: number, callback: () => void): (() => void) => {
    const one = { at: this.#now + ms, callback };
    this.#due.push(one);
    return () => (this.#due = this.#due.filter((other) => other !== one));
  };
  pass(ms: number): void {
    this.#now += ms;
    for (const { callback } of this.#due.filter(({ at }) => at <= this.#now)) callback();
  }
}

const nothing = async () => ({ bytes: new Uint8Array(0), size: 0 });

describe('The thread of a preview', () => {
  it('has a heap of 512 MB and no more', async () => {
    const thread = new PreviewThread(TELLS_LIMITS, nothing, new FakeTimers());
    try {
      expect(await thread.ask('look', { name: 'a', size: 0 })).toMatchObject({ maxOldGenerationSizeMb: 512 });
    } finally {
      await thread.end();
    }
  });
});

describe('The watch over it', () => {
  it('ends one that works for long, whatever else it is asked', async () => {
    const timers = new FakeTimers();
    const thread = new PreviewThread(NEVER_ANSWERS, () => new Promise(() => undefined), timers);
    const first = thread.ask('look', { name: 'a', size: 0 });
    timers.pass(15_000);
    const second = thread.ask('text', { from: 0 });
    timers.pass(5_000);
    await expect(first).rejects.toThrow('more memory or time');
    await expect(second).rejects.toThrow('more memory or time');
  });

  it('ends one that reads on and on without an answer; waiting for bytes is not counted', async () => {
    const timers = new FakeTimers();
    let reads = 0;
    /** 15 s of work once the thread has been given its bytes, and before anything that it sends can arrive. */
    const worksOn = async (): Promise<void> => {
      for (let i = 0; i < 20; i++) await Promise.resolve();
      timers.pass(15_000);
    };
    const thread = new PreviewThread(
      NEVER_ANSWERS,
      async () => {
        timers.pass(100_000); // a slow place
        void worksOn();
        reads++;
        return { bytes: new Uint8Array(1), size: 1 };
      },
      timers,
    );
    await expect(thread.ask('look', { name: 'a', size: 0 })).rejects.toThrow('more memory or time');
    expect(reads).toBe(4);
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
