/** The app's own scheme: serves the page's files, each with the security policy, and nothing else. */
import { readFile } from 'node:fs/promises';
import { protocol, type Session } from 'electron';
import { PREVIEW_SCHEME } from '../ipc/preview-address.ts';
import { APP_SCHEME } from '../ipc/sender.ts';
import { pageFile } from './page-files.ts';

/** No network, no inline script or style, no frames but previews (preview-scheme.ts), no forms, no strings that become code. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "worker-src 'self'",
  `frame-src ${PREVIEW_SCHEME}:`,
  "connect-src 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types default',
].join('; ');

/** Must be called before the app is ready. */
export function declareScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: false, corsEnabled: false } },
    // Players ask for ranges of what they stream.
    {
      scheme: PREVIEW_SCHEME,
      privileges: { standard: true, secure: true, supportFetchAPI: false, corsEnabled: false, stream: true },
    },
  ]);
}

/** Serves the page in `root` to the windows of `session`. */
export function serveScheme(session: Session, root: string): void {
  session.protocol.handle(APP_SCHEME, async (request) => {
    const found = request.method === 'GET' ? await pageFile(root, request.url) : null;
    if (found === null) return new Response(null, { status: 404, headers: securityHeaders('text/plain') });
    return new Response(new Uint8Array(await readFile(found.file)), { headers: securityHeaders(found.type) });
  });
}

/** Headers of every answer of the scheme. */
export function securityHeaders(type: string): Record<string, string> {
  return {
    'Content-Type': type,
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'X-Content-Type-Options': 'nosniff',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
  };
}
