/** Where Google answers; tests let it be somewhere else. */

export interface Endpoints {
  /** Root of the APIs, ends with `/`: `drive/v3/…` and `upload/drive/v3/…` follow. */
  api: string;
  /** The page that asks for consent. */
  auth: string;
  token: string;
  revoke: string;
}

const GOOGLE: Endpoints = {
  api: 'https://www.googleapis.com/',
  auth: 'https://accounts.google.com/o/oauth2/v2/auth',
  token: 'https://oauth2.googleapis.com/token',
  revoke: 'https://oauth2.googleapis.com/revoke',
};

/** All endpoints on one server. `origin`: `http://127.0.0.1:<port>`. */
export function endpointsAt(origin: string): Endpoints {
  return {
    api: `${origin}/`,
    auth: `${origin}/o/oauth2/v2/auth`,
    token: `${origin}/token`,
    revoke: `${origin}/revoke`,
  };
}

/**
 * Google's endpoints. Builds for development and tests take another server from HOLDFAST_GOOGLE_ENDPOINT; in a release
 * the bundler has replaced NODE_ENV, and no environment can send a token elsewhere.
 */
export function googleEndpoints(): Endpoints {
  if (process.env.NODE_ENV === 'production') return GOOGLE;
  const origin = process.env['HOLDFAST_GOOGLE_ENDPOINT'] ?? '';
  return origin === '' ? GOOGLE : endpointsAt(origin.replace(/\/$/, ''));
}
