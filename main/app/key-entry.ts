/** Digits that a person typed: read, judged, and tried on a repository. */
import { together } from '../text.ts';
import { say, sentences } from '../words/say.ts';
import type { DestinationSpec, Engines, RepositoryFacts } from '../jobs/ports.ts';
import { HoldfastError, toHoldfastError } from '../errors.ts';
import type { KeyCheck, Row } from '../ipc/services.ts';
import { parseKeyGroups, type ParsedKey, repairNotice } from '../keys/parse-digits.ts';
import { judgeKey, keyObjection, wrongKey } from '../keys/row-checks.ts';
import { type RootKey, wipe } from '../keys/secret.ts';

/** Errors that are an answer to the digits rather than a failure. */
const ANSWERS: ReadonlySet<string> = new Set(['wrong-key', 'key-typo', 'key-malformed']);

/**
 * Reads digits; the outcome of a call that a person's typing alone can decide.
 * @returns the key, which the caller owns, or the answer to show
 */
export function readDigits(groups: readonly string[]): { parsed: ParsedKey } | { answer: KeyCheck } {
  try {
    return { parsed: parseKeyGroups(groups) };
  } catch (thrown) {
    return { answer: refusal(toHoldfastError(thrown)) };
  }
}

/** The answer for right digits, with what was read as a digit although it was a letter. */
export function accepted(parsed: ParsedKey, message: string): KeyCheck {
  const notice = repairNotice(parsed.repairs);
  return { ok: true, wrongRows: [], message: say(notice === null ? message : together([message, notice])) };
}

/**
 * The answer for digits that were refused.
 * @throws the error itself if it is not about the digits
 */
export function refusal(error: HoldfastError, wrongRows: Row[] = []): KeyCheck {
  if (!ANSWERS.has(error.code)) throw error;
  return { ok: false, wrongRows, message: sentences(error) };
}

/**
 * Tries typed digits on a repository, in a thread that is ended afterwards.
 * @throws HoldfastError `wrong-key`, `key-typo`, `repository-*`, `destination-*`
 */
export async function proveOpens(
  engines: Engines,
  destination: DestinationSpec,
  repoId: string,
  parsed: ParsedKey,
  stateFolder?: string,
): Promise<RepositoryFacts> {
  const verdict = judgeKey(parsed, Buffer.from(repoId, 'hex'));
  const objection = keyObjection(verdict, false);
  if (objection !== null) throw objection;
  try {
    return await openWith(engines, destination, parsed.key, stateFolder);
  } catch (thrown) {
    const error = toHoldfastError(thrown);
    if (error.code !== 'wrong-key') throw error;
    throw keyObjection(verdict, true) ?? wrongKey();
  }
}

/**
 * Opens a repository with a key, in a thread that is ended afterwards.
 * @param stateFolder the engine's: what is found is compared with what this computer has seen, and remembered
 * @returns what the repository says of itself, proven by the key
 * @throws HoldfastError `wrong-key`, `repository-*`, `destination-*`
 */
export async function openWith(
  engines: Engines,
  destination: DestinationSpec,
  key: RootKey,
  stateFolder?: string,
): Promise<RepositoryFacts> {
  const engine = engines.fresh();
  const rootKey = key.copy();
  try {
    const running = engine.run('unlock', { destination, rootKey, stateFolder });
    wipe(rootKey);
    return await running;
  } finally {
    await engine.end();
  }
}
