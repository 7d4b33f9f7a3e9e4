/** Calls of the engine that need the root key: the copy made for the call is wiped as soon as it is posted. */
import type { Access, EngineEvent, RunControlHandle, Verb, Verbs } from '../engine/api.ts';
import type { Engines, Keys } from './ports.ts';

type ReadingVerb = { [V in Verb]: Verbs[V]['input'] extends { access: Access } ? V : never }[Verb];

/**
 * Runs a verb in the reader thread with the root key.
 * @throws HoldfastError `locked`, or the verb's own
 */
export function readWithKey<V extends ReadingVerb>(
  parts: { engines: Engines; keys: Keys },
  verb: V,
  makeInput: (access: Extract<Access, { kind: 'key' }>) => Verbs[V]['input'],
  options: { control?: RunControlHandle; onEvent?: (event: EngineEvent) => void } = {},
): Promise<Verbs[V]['output']> {
  const access = parts.keys.readAccess();
  try {
    return parts.engines.reader().run(verb, makeInput(access), options);
  } finally {
    access.rootKey.fill(0);
  }
}
