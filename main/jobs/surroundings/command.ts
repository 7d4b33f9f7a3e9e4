/** Runs a program of the system and gives what it says; one that is not there, fails or takes too long says nothing. */
import { execFile } from 'node:child_process';

const LIMIT_MS = 5_000;
const MAX_BYTES = 256 * 1024;

export type Run = (program: string, args: readonly string[]) => Promise<string>;

/** stdout, empty where there is none. Never rejects. No shell, and the program's words in English. */
export const runProgram: Run = async (program, args) =>
  await new Promise((resolve) => {
    // One that cannot even be ended (it hangs in the kernel) is not waited for: the scheduler would stand still with it.
    const late = setTimeout(() => resolve(''), 2 * LIMIT_MS);
    const options = {
      timeout: LIMIT_MS,
      killSignal: 'SIGKILL' as const,
      maxBuffer: MAX_BYTES,
      windowsHide: true,
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    };
    execFile(program, [...args], options, (error, stdout) => {
      clearTimeout(late);
      resolve(error === null ? stdout : '');
    });
  });
