/** The window is never shown without the sandbox of its pages. */
import { HoldfastError } from '../errors.ts';

/**
 * Refuses a start of an installed program with `--no-sandbox`: AppImages ask for that by themselves where the system gives
 * ordinary programs no user namespaces, which the sandbox is made of. A checkout may, for tests as root.
 *
 * @throws HoldfastError `bad-input`
 */
export function assertSandbox({ packaged, noSandbox }: { packaged: boolean; noSandbox: boolean }): void {
  if (!packaged || !noSandbox) return;
  throw new HoldfastError(
    'bad-input',
    'Holdfast does not show its window without the sandbox that keeps what it displays away from your files.',
    'Start it as an ordinary user. Where the system lets programs make no user namespaces, install the deb or rpm instead of the AppImage. Nothing was changed.',
    { detail: 'refused: --no-sandbox' },
  );
}
