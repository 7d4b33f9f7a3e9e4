/** An engine whose verbs are functions of the test: what the jobs ask for and do with the answers is under test. */
import type { EngineClient, EngineEvent, RunControlHandle, Verb, Verbs } from '../../main/engine/api.ts';
import { RunControl } from '../../main/engine/control.ts';
import type { Engines, Keys } from '../../main/jobs/ports.ts';

export type FakeVerbs = {
  [V in Verb]?: (
    input: Verbs[V]['input'],
    context: { control: RunControlHandle; emit: (event: EngineEvent) => void },
  ) => Promise<Verbs[V]['output']>;
};

export class FakeEngines implements Engines {
  readonly calls: { verb: Verb; input: unknown }[] = [];
  started = 0;
  ended = 0;
  readonly #verbs: FakeVerbs;

  constructor(verbs: FakeVerbs) {
    this.#verbs = verbs;
  }

  fresh(): EngineClient {
    this.started++;
    return {
      run: async <V extends Verb>(
        verb: V,
        input: Verbs[V]['input'],
        options: { control?: RunControlHandle; onEvent?: (event: EngineEvent) => void } = {},
      ): Promise<Verbs[V]['output']> => {
        // As postMessage does: the caller may wipe its own copy as soon as the call is made.
        const copy = structuredClone(input);
        this.calls.push({ verb, input: copy });
        const body = this.#verbs[verb];
        if (body === undefined) throw new Error(`the test has no ${verb}`);
        return await body(copy, { control: options.control ?? new RunControl(), emit: options.onEvent ?? (() => {}) });
      },
      end: async () => {
        this.ended++;
      },
    };
  }

  reader(): EngineClient {
    return this.fresh();
  }
}

/** Keys of nothing: right sizes, known bytes. */
export class FakeKeys implements Keys {
  /** Every copy of the root key that was lent. */
  readonly lent: Uint8Array[] = [];

  async writeAccess(): ReturnType<Keys['writeAccess']> {
    return {
      kind: 'capability',
      capability: new Uint8Array(300).fill(7),
      readerPublicKey: new Uint8Array(1216).fill(8),
    };
  }

  readAccess(): ReturnType<Keys['readAccess']> {
    const rootKey = new Uint8Array(32).fill(9);
    this.lent.push(rootKey);
    return { kind: 'key', rootKey };
  }
}
