/** Calls of the engine that need the root key: the copy made for the call is wiped as soon as it is posted. */
import type { Access, EngineEvent, RunControlHandle, Verb, Verbs } from '../engine/api.ts';
import type { Engines, Keys } from './ports.ts';

type ReadingVerb = { [V in Verb]: Verbs[V]['input'] extends { access: Access } ? V : never }[Verb];
interface Options {
  control?: RunControlHandle;
  onEvent?: (event: EngineEvent) => void;
}

/**
 * Runs a verb in the reader thread with the root key, which both leave memory when the app is locked.
 * @throws HoldfastError `locked`, `stopped` where it was locked meanwhile, or the verb's own
 */
export function runWithKey<V extends Verb>(
  { engines, keys }: { engines: Engines; keys: Pick<Keys, 'readAccess'> },
  verb: V,
  makeInput: (rootKey: Uint8Array) => Verbs[V]['input'],
  options: Options = {},
): Promise<Verbs[V]['output']> {
  const { rootKey } = keys.readAccess();
  try {
    return engines.reader().run(verb, makeInput(rootKey), options);
  } finally {
    rootKey.fill(0);
  }
}

/** As `runWithKey`, for verbs that read with a key or without. */
export function readWithKey<V extends ReadingVerb>(
  parts: { engines: Engines; keys: Pick<Keys, 'readAccess'> },
  verb: V,
  makeInput: (access: Extract<Access, { kind: 'key' }>) => Verbs[V]['input'],
  options: Options = {},
): Promise<Verbs[V]['output']> {
  return runWithKey(parts, verb, (rootKey) => makeInput({ kind: 'key', rootKey }), options);
}
