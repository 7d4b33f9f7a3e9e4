/** Starts the program anew once the one that runs has ended. */
import { programOf } from './autostart-file.ts';
import { HIDDEN } from './login-item.ts';

/**
 * What to start: an AppImage by its own file, for the folder that it runs from is gone then; and with a window, also where
 * the system had started it at login without one.
 * @param argv of this process, the program's own path first
 */
export function startedAgain(
  environment: Readonly<Record<string, string | undefined>>,
  argv: readonly string[],
): { execPath: string; args: string[] } {
  const [execPath = '', ...words] = argv;
  return { execPath: programOf(environment, execPath), args: words.filter((word) => word !== HIDDEN) };
}
