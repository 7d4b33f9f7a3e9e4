/** The preview that is open: what is closed, or locked away, is read no further. */
import { describe, expect, it } from 'vitest';
import type { Connection } from '../../main/jobs/connection.ts';
import { type FromProcess, type Host, Previews } from '../../main/jobs/previews.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FakeEngines, FakeKeys } from '../support/fake-engine.ts';

/** Says that every file is a sound. */
function sounds(): Host {
  let say: (message: FromProcess) => void = () => undefined;
  return {
    send: (message) => {
      const output = { kind: 'audio', what: 'sound', type: 'audio/wav' };
      if (message.type === 'ask') setImmediate(() => say({ type: 'answer', id: message.id, output }));
    },
    onMessage: (listener) => (say = listener),
    onEnd: () => undefined,
    end: () => undefined,
  };
}

function previews(read: () => Promise<{ bytes: Uint8Array; size: number }>): {
  previews: Previews;
  reads: () => number;
} {
  const engines = new FakeEngines({ read });
  const connection = { at: () => ({ kind: 'folder', path: '/d' }) } as unknown as Connection;
  const made = new Previews({ connection, engines, keys: new FakeKeys(), clock: new FakeClock(), startHost: sounds });
  return { previews: made, reads: () => engines.calls.length };
}

describe('A preview', () => {
  it('that is closed while it is being opened ends there', async () => {
    let go = (): void => undefined;
    const size = new Promise<{ bytes: Uint8Array; size: number }>((resolve) => {
      go = () => resolve({ bytes: new Uint8Array(0), size: 5 });
    });
    const { previews: one, reads } = previews(async () => await size);
    const opening = one.open('a1', 'YQ');
    one.clear();
    go();
    await expect(opening).rejects.toMatchObject({ code: 'stopped' });
    expect(reads()).toBe(1);
  });

  it('that was closed is played no further, nor is it known any more', async () => {
    const { previews: one, reads } = previews(async () => ({ bytes: new Uint8Array(2), size: 5 }));
    const { id } = await one.open('a1', 'YQ');
    const playable = one.playable(id, null);
    expect((await playable?.read(0, 2))?.length).toBe(2);
    const before = reads();
    one.close(id);
    await expect(playable?.read(2, 4)).rejects.toMatchObject({ code: 'stopped' });
    expect(reads()).toBe(before);
    expect(one.playable(id, null)).toBeNull();
    await expect(one.text(id, 0)).rejects.toMatchObject({ code: 'stopped' });
  });
});
