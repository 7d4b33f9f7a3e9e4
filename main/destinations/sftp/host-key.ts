/** The key by which an SSH server proves who it is, and the fingerprint that people compare. */
import { createHash } from 'node:crypto';
import ssh2 from 'ssh2';
import { HoldfastError } from '../../errors.ts';
import type { CallOptions } from '../destination.ts';
import type { SftpPlace } from '../spec.ts';
import { connectFailed } from './errors.ts';
import { CONNECT_MS, socketTo } from './socket.ts';

/** `SHA256:` and 43 characters of base64, as ssh-keygen -l and OpenSSH's first question show it. */
const FINGERPRINT = /^SHA256:[A-Za-z0-9+/]{43}$/;

/** True for what `fingerprintOf` gives. */
export function isFingerprint(text: string): boolean {
  return FINGERPRINT.test(text);
}

/** @param key the public key as SSH sends it: a string that names its type, then its parts (RFC 4253, 6.6) */
export function fingerprintOf(key: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The type that a public key names, e.g. `ssh-ed25519`. */
export function keyTypeOf(key: Uint8Array): string {
  const bytes = Buffer.from(key);
  return bytes.length < 4 ? '' : bytes.subarray(4, 4 + bytes.readUInt32BE(0)).toString('latin1');
}

/**
 * Reads a server's host key. The server proves that it has the private part; the connection ends before a user name or
 * anything else of the person's is sent.
 *
 * @throws HoldfastError `bad-input` (no host name, no port), `destination-offline`, `destination-failed` (no SSH server)
 */
export async function hostKeyOf(
  host: string,
  port: number,
  options: CallOptions = {},
): Promise<{ hostKey: string; type: string }> {
  assertAddress(host, port);
  const { signal } = options;
  signal?.throwIfAborted();
  const client = new ssh2.Client();
  const socket = socketTo(host, port);
  let stop: () => void = () => undefined;
  try {
    return await new Promise((resolve, reject) => {
      let shown: Buffer | null = null;
      stop = () => reject(signal?.reason);
      signal?.addEventListener('abort', stop, { once: true });
      client.on('error', (error) => reject(connectFailed(error, host, 'password')));
      client.on('close', () => reject(connectFailed(new Error('closed before the handshake'), host, 'password')));
      client.on('handshake', () => {
        if (shown === null) return reject(connectFailed(new Error('no host key was shown'), host, 'password'));
        resolve({ hostKey: fingerprintOf(shown), type: keyTypeOf(shown) });
        socket.destroy();
      });
      const hostVerifier = (key: Buffer): boolean => {
        shown = Buffer.from(key);
        return true;
      };
      client.connect({ sock: socket, username: '', readyTimeout: CONNECT_MS, hostVerifier });
    });
  } finally {
    signal?.removeEventListener('abort', stop);
    socket.destroy();
  }
}

/** @throws HoldfastError `bad-input` where the place cannot be one: no address, no accepted host key, no path or user */
export function assertPlace(place: SftpPlace): void {
  assertAddress(place.host, place.port);
  if (isFingerprint(place.hostKey) && place.user !== '' && !/\0/.test(place.user + place.path)) return;
  throw new HoldfastError(
    'bad-input',
    'This destination is not described whole: a user name and the server’s accepted key are needed.',
    'Nothing was changed. Set it up again; a key reads like SHA256: and 43 letters and digits.',
    { detail: JSON.stringify([place.hostKey.slice(0, 100), place.user.slice(0, 100)]) },
  );
}

/** @throws HoldfastError `bad-input` */
export function assertAddress(host: string, port: number): void {
  const named = host !== '' && !/[\s/@\0]/.test(host);
  if (named && Number.isInteger(port) && port > 0 && port < 65_536) return;
  throw new HoldfastError(
    'bad-input',
    'This is not the address of a server.',
    'Nothing was changed. Give its name alone, for example nas.local, and its port as a number (22 is usual).',
    { detail: JSON.stringify([host.slice(0, 200), port]) },
  );
}
