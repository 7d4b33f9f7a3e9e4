/**
 * First code of the program: the app, or with `--cli` the command line. Awaited at the top level, because Electron brings
 * up Chromium's own parts only when this module is through: the command line runs before them and ends the process, so
 * it needs no display, opens no window and starts no page.
 */
import { allWritten, commandLineWords } from './command-line.ts';

const words = commandLineWords(process.argv);
if (words === null) {
  await import('./app/main.ts');
} else {
  process.argv = [process.execPath, 'holdfast', ...words];
  await import('./cli/entry.ts');
  await allWritten([process.stdout, process.stderr]);
  process.exit(process.exitCode ?? 0);
}
