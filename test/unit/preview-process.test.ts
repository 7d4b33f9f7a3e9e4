/** The process that looks into files of strangers, seen from the app: it may die, and is ended where it takes too long. */
import { describe, expect, it } from 'vitest';
import { type Source, sourceOf } from '../../main/messages/source.ts';
import { Attachments } from '../../main/preview/attachments.ts';
import type { FromProcess, Host, ToProcess } from '../../main/preview/api.ts';
import { PreviewProcess } from '../../main/preview/client.ts';

/** A process that does with each message what the test says. */
class FakeHost implements Host {
  ended = false;
  readonly sent: ToProcess[] = [];
  #message: (message: FromProcess) => void = () => undefined;
  #end = (): void => undefined;
  readonly #does: (host: FakeHost) => void;

  constructor(does: (host: FakeHost) => void = () => undefined) {
    this.#does = does;
  }
  send(message: ToProcess): void {
    this.sent.push(message);
    setImmediate(() => this.#does(this));
  }
  onMessage(listener: (message: FromProcess) => void): void {
    this.#message = listener;
  }
  onEnd(listener: () => void): void {
    this.#end = listener;
  }
  end(): void {
    this.ended = true;
    setImmediate(this.#end);
  }
  says(message: FromProcess): void {
    this.#message(message);
  }
  dies(): void {
    this.#end();
  }
}
/** Asks for bytes again and again, and never answers. */
const neverAnswers = (): FakeHost =>
  new FakeHost((host) => host.says({ type: 'read', id: 1, beside: null, from: 0, to: 1 }));

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

describe('The process of a preview', () => {
  it('that dies, whatever killed it, is an answer with a sentence', async () => {
    const host = new FakeHost();
    const one = new PreviewProcess(host, nothing, new FakeTimers());
    const first = one.ask('look', { name: 'a', size: 0 });
    host.dies();
    await expect(first).rejects.toThrow('more memory or time');
    await expect(one.ask('text', { from: 0 })).rejects.toThrow('more memory or time');
  });

  it('is ended with the preview', async () => {
    const host = new FakeHost();
    const one = new PreviewProcess(host, nothing, new FakeTimers());
    const first = one.ask('look', { name: 'a', size: 0 });
    one.end();
    await expect(first).rejects.toMatchObject({ code: 'stopped' });
    expect(host.ended).toBe(true);
  });

  it('is given the bytes that it asked for, and not what they lie in', async () => {
    const host = neverAnswers();
    const all = new Uint8Array(1_000).fill(7);
    const one = new PreviewProcess(host, async () => ({ bytes: all.subarray(10, 20), size: 1_000 }), new FakeTimers());
    void one.ask('look', { name: 'a', size: 1_000 }).catch(() => undefined);
    await expect.poll(() => host.sent.find(({ type }) => type === 'bytes')).toBeDefined();
    const given = host.sent.find((message) => message.type === 'bytes');
    expect(given?.bytes.buffer.byteLength).toBe(10);
    one.end();
  });
});

describe('The watch over it', () => {
  it('ends one that works for long, whatever else it is asked', async () => {
    const timers = new FakeTimers();
    const host = neverAnswers();
    const thread = new PreviewProcess(host, () => new Promise(() => undefined), timers);
    const first = thread.ask('look', { name: 'a', size: 0 });
    timers.pass(15_000);
    const second = thread.ask('text', { from: 0 });
    timers.pass(5_000);
    await expect(first).rejects.toThrow('more memory or time');
    await expect(second).rejects.toThrow('more memory or time');
    expect(host.ended).toBe(true);
  });

  it('ends one that reads on and on without an answer; waiting for bytes is not counted', async () => {
    const timers = new FakeTimers();
    let reads = 0;
    /** 15 s of work once the thread has been given its bytes, and before anything that it sends can arrive. */
    const worksOn = async (): Promise<void> => {
      for (let i = 0; i < 20; i++) await Promise.resolve();
      timers.pass(15_000);
    };
    const thread = new PreviewProcess(
      neverAnswers(),
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
