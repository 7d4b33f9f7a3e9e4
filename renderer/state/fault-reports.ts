/** Tells main of faults of the page: what kind they are, and where in the program. What they say stays here. */
import { api } from './bridge.ts';
import { UserError } from './user-error.ts';

const MAX_STACK = 20_000;

/** Called once, when the window opens. */
export function listenToFaults(window: Window): void {
  window.addEventListener('error', ({ error }: ErrorEvent) => reportFault(error));
  window.addEventListener('unhandledrejection', ({ reason }) => reportFault(reason));
}

/** Nothing where main itself has said what went wrong: it knows. */
export function reportFault(thrown: unknown): void {
  if (!(thrown instanceof Error) || thrown instanceof UserError) return;
  // The lines before the frames hold the message.
  const frames = (thrown.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const stack = frames.join('\n').slice(0, MAX_STACK);
  api.faults.report({ name: thrown.name.slice(0, 100), stack }).catch(() => undefined);
}
