/**
 * After signing on macOS: Apple looks at the program and staples its answer to it. Credentials come from the environment
 * (App Store Connect API key) and are never written anywhere:
 *
 *   APPLE_API_KEY        path of the key, AuthKey_XXXXXXXXXX.p8
 *   APPLE_API_KEY_ID     its ten characters
 *   APPLE_API_ISSUER     UUID of the issuer
 */
import path from 'node:path';
import { Stop, say } from '../../tools.mjs';

const NAMES = ['APPLE_API_KEY', 'APPLE_API_KEY_ID', 'APPLE_API_ISSUER'];

/**
 * Called by electron-builder.
 * @throws {Stop} where a release lacks the credentials: Gatekeeper refuses what was not notarised
 */
export default async function notarise({ electronPlatformName, appOutDir, packager }) {
  if (electronPlatformName !== 'darwin') return;
  const missing = NAMES.filter((name) => (process.env[name] ?? '') === '');
  if (missing.length > 0) {
    if (process.env.HOLDFAST_RELEASE === '1')
      throw new Stop(`a release for macOS is notarised; missing: ${missing.join(', ')}`);
    say(`not notarised: ${missing.join(', ')} not set`);
    return;
  }
  const { notarize } = await import('@electron/notarize');
  await notarize({
    appPath: path.join(appOutDir, `${packager.appInfo.productFilename}.app`),
    appleApiKey: process.env.APPLE_API_KEY,
    appleApiKeyId: process.env.APPLE_API_KEY_ID,
    appleApiIssuer: process.env.APPLE_API_ISSUER,
  });
}
