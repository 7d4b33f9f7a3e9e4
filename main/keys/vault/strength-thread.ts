/**
 * Judges a new password in a thread of its own, so that the app goes on drawing meanwhile. For Electron: in Node 20 a
 * thread may not be ended while it is being optimized (main/engine/thread.ts).
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { HoldfastError } from '../../errors.ts';
import type { StrengthAnswer, StrengthQuestion } from './strength-host.ts';

/**
 * As `checkPassword`, half a second or so later. The thread ends with the answer, and its dictionaries and the password
 * leave memory with it.
 *
 * @param script the built strength-host.ts
 * @throws HoldfastError password-weak; internal where the thread does not run
 */
export async function checkPasswordInThread(
  script: string | URL,
  password: string,
  known: readonly string[],
): Promise<void> {
  const worker = new Worker(script, { name: 'holdfast-strength' });
  try {
    worker.postMessage({ password, known } satisfies StrengthQuestion);
    const [answer] = (await once(worker, 'message')) as [StrengthAnswer];
    if (answer !== null) throw HoldfastError.fromInfo(answer);
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    throw new HoldfastError(
      'internal',
      'Holdfast could not judge how easily your password is guessed, and did not take it.',
      'Nothing was changed. Try again, or start Holdfast anew.',
      { detail: error instanceof Error ? error.message : String(error), cause: error },
    );
  } finally {
    await worker.terminate();
  }
}
