/** Certificates of servers that no authority signed: shown to the person once, and from then on only that one will do. */
import { createHash } from 'node:crypto';
import { Agent as HttpsAgent } from 'node:https';
import { isIP } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { Duplex } from 'node:stream';
import { HoldfastError } from '../../errors.ts';
import { text } from '../../text.ts';
import type { CallOptions } from '../destination.ts';
import { networkError } from '../remote/network-errors.ts';

/** Time in ms for a connection to be made. */
export const CONNECT_MS = 15_000;

/**
 * The certificate that a server shows; nothing but the greeting of TLS is sent. Null for `http:`.
 * `sha256`: of the certificate's DER form, lower-case hexadecimal. `trusted`: an authority vouches for it.
 * @throws HoldfastError `destination-offline`, `destination-failed`, `bad-input`; the signal's reason
 */
export async function certificateOf(
  address: string,
  options: CallOptions = {},
): Promise<{ trusted: boolean; sha256: string; subject: string } | null> {
  options.signal?.throwIfAborted();
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url?.protocol === 'http:') return null;
  if (url?.protocol !== 'https:') {
    throw new HoldfastError(
      'bad-input',
      'That is no address of a WebDAV server.',
      'Nothing was sent. Give the whole address, beginning with https://.',
    );
  }
  const { signal } = options;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const settings = { host, port: Number(url.port || 443), ...(isIP(host) === 0 ? { servername: host } : {}) };
  return await new Promise((resolve, reject) => {
    const socket = connect({ ...settings, rejectUnauthorized: false, timeout: CONNECT_MS });
    const end = (settle: () => void): void => {
      signal?.removeEventListener('abort', onAbort);
      socket.destroy();
      settle();
    };
    const onAbort = (): void => end(() => reject(signal?.reason));
    signal?.addEventListener('abort', onAbort, { once: true });
    socket.on('secureConnect', () => {
      const shown = socket.getPeerCertificate();
      const found = { trusted: socket.authorized, sha256: fingerprint(socket), subject: commonName(shown.subject) };
      end(() => resolve({ ...found, subject: found.subject || host }));
    });
    socket.on('timeout', () => end(() => reject(silent(url.host))));
    socket.on('error', (error) => end(() => reject(networkError(error, url.host) ?? silent(url.host, error))));
  });
}

/** Connections to a server whose certificate must have this SHA-256; checked before anything is sent to it. */
export class PinnedAgent extends HttpsAgent {
  readonly #sha256: string;

  constructor(sha256: string, options: { maxSockets: number }) {
    // A resumed session would show no certificate.
    super({ keepAlive: true, maxCachedSessions: 0, ...options });
    this.#sha256 = sha256.toLowerCase();
  }

  override createConnection(
    options: ConnectionOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    const socket = connect({ ...options, rejectUnauthorized: false });
    let settled = false;
    const settle = (error: Error | null): void => {
      if (settled) return;
      settled = true;
      if (error !== null) socket.destroy();
      callback?.(error, socket);
    };
    socket.once('secureConnect', () =>
      settle(fingerprint(socket) === this.#sha256 ? null : new CertificateChanged('another certificate is shown')),
    );
    socket.once('error', (error: Error) => settle(error));
    socket.once('close', () => settle(new Error('socket hang up')));
  }
}

/** The server shows another certificate than the person accepted. */
export class CertificateChanged extends Error {}

function fingerprint(socket: TLSSocket): string {
  const { raw } = socket.getPeerCertificate();
  return raw === undefined ? '' : createHash('sha256').update(raw).digest('hex');
}

function commonName(subject: { CN?: string | string[]; O?: string | string[] } | undefined): string {
  return [subject?.CN ?? subject?.O ?? ''].flat()[0] ?? '';
}

function silent(host: string, error?: Error): HoldfastError {
  return new HoldfastError(
    error === undefined ? 'destination-offline' : 'destination-failed',
    text`${host} does not answer as a server with a certificate does.`,
    'Nothing was sent to it, and nothing was lost. Check the address and the port.',
    error === undefined ? { retry: { afterMs: null } } : { detail: error.message },
  );
}
