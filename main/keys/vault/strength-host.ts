/** Entry of the thread that judges one password (strength-thread.ts), and ends with it. */
import { parentPort } from 'node:worker_threads';
import { toHoldfastError, type ErrorInfo } from '../../errors.ts';
import { checkPassword } from './strength.ts';

/** What the thread is asked. */
export interface StrengthQuestion {
  password: string;
  known: readonly string[];
}

/** Null for a password that is good enough. */
export type StrengthAnswer = ErrorInfo | null;

const port = parentPort;
if (port === null) throw new Error('strength-host.ts runs in a worker thread only');

port.once('message', ({ password, known }: StrengthQuestion) => {
  checkPassword(password, known).then(
    () => port.postMessage(null satisfies StrengthAnswer),
    (error: unknown) => port.postMessage(toHoldfastError(error).toInfo() satisfies StrengthAnswer),
  );
});
