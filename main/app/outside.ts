/** Addresses that may be handed to the system's browser; whole addresses, so that nothing can be added to one. */

export const LICENCE = 'https://www.apache.org/licenses/LICENSE-2.0';

/** The pane of macOS' settings in which a program is allowed to read every folder. */
export const MAC_ACCESS = 'x-apple.systempreferences:com.apple.preference.security?Privacy_AllFiles';

const ALLOWED: ReadonlySet<string> = new Set([LICENCE, MAC_ACCESS]);

export function isAllowedOutside(address: string): boolean {
  return ALLOWED.has(address);
}

/** Where Google asks who one is: the only page that holds what this program adds to it. */
const GOOGLE_SIGN_IN = { origin: 'https://accounts.google.com', path: '/o/oauth2/v2/auth' };

/** @param own origin of a stand-in, in builds for development */
export function isSignInPage(address: string, own?: string): boolean {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return false;
  }
  if (url.username !== '' || url.password !== '') return false;
  if (url.origin === GOOGLE_SIGN_IN.origin) return url.pathname === GOOGLE_SIGN_IN.path;
  return own !== undefined && own !== '' && url.origin === new URL(own).origin;
}
