/**
 * Signs one file on Windows with the program that HOLDFAST_WINDOWS_SIGN names. Keys for code lie in hardware or at a
 * signing service, and each has a program of its own (signtool with a token, Azure Trusted Signing, a cloud HSM), so this
 * hook knows none of them: it is called with the file, must sign it in place with SHA-256 and a timestamp, and end with 0.
 */
import { Stop, run, say } from '../../tools.mjs';

/**
 * Called by electron-builder for each executable, the installer and the uninstaller.
 * @param {{ path: string }} configuration
 * @throws {Stop} where signing fails, or a release has nothing to sign with
 */
export default async function sign({ path: file }) {
  const program = process.env.HOLDFAST_WINDOWS_SIGN ?? '';
  if (program === '') {
    if (process.env.HOLDFAST_RELEASE === '1')
      throw new Stop('a release for Windows is signed; HOLDFAST_WINDOWS_SIGN is not set');
    say(`not signed: ${file} (HOLDFAST_WINDOWS_SIGN is not set)`);
    return;
  }
  const { code, output } = await run(program, [file], { quiet: true });
  if (code !== 0) throw new Stop(`${file} could not be signed (exit code ${code}): ${output.trim()}`);
}
