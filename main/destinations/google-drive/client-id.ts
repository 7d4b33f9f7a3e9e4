/** The OAuth client that a build brings, so that people need not make one of their own in Google's console. */
import type { OAuthClient } from '../connect-types.ts';

/**
 * The built-in client, or null where this build has none. In a release the bundler has put in both values, from the
 * environment of the build; in development they come from the environment of the run. Google's type "Desktop app" has no real secret (RFC 8252, section 8.5): PKCE protects the sign-in.
 */
export function builtInClient(): OAuthClient | null {
  const clientId = process.env.HOLDFAST_GOOGLE_CLIENT_ID ?? '';
  const clientSecret = process.env.HOLDFAST_GOOGLE_CLIENT_SECRET ?? '';
  return clientId === '' ? null : { clientId, clientSecret };
}
