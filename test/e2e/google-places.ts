/** What a plan of several places is made of in window tests: the command line of the same computer, and its processes. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { root, type Computer } from '../support/app.ts';

export interface Ran {
  code: number;
  out: string;
  err: string;
}

/** The command line as the person of this computer runs it, beside the app: with its plan and its keychain. */
export async function commandLine(computer: Computer, env: Record<string, string>, args: string[]): Promise<Ran> {
  const options = { env: { ...process.env, ...env, HOME: computer.folder, HOLDFAST_HOME: computer.home } };
  return await new Promise((resolve) => {
    execFile(process.execPath, [path.join(root, 'dist', 'cli.js'), ...args], options, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}
