/**
 * Connections to a vault: TLS 1.3 only, and not one byte of a request before whoever answers was admitted. A vault's own
 * certificate need not come from a public authority: its key is named in the bundle.
 */
import { createHash } from 'node:crypto';
import { Agent } from 'node:https';
import type { Duplex } from 'node:stream';
import { connect, createSecureContext, type ConnectionOptions, type TLSSocket } from 'node:tls';

/** What TLS has shown of the other side. */
export interface Peer {
  /** SHA-256 of its public key as SubjectPublicKeyInfo (RFC 5280), 32 bytes. */
  keyHash: Uint8Array;
  /** True where a public certificate authority vouches for the key and the host's name. */
  trusted: boolean;
}

/** The other side did not prove to be the vault; nothing of a request was sent. */
export class NotAdmitted extends Error {
  constructor() {
    super('the TLS key is neither in the bundle nor vouched for by a public authority');
    this.name = 'NotAdmitted';
  }
}

/** ms that a TCP and TLS handshake may take. */
const CONNECT_MS = 5_000;

/** Against who records traffic today to read it with a quantum computer: hybrid key exchange first, where there is one. */
const GROUPS = 'X25519MLKEM768:X25519:P-256';
const groups = offers(GROUPS) ? { ecdhCurve: GROUPS } : {};

function offers(curves: string): boolean {
  try {
    createSecureContext({ ecdhCurve: curves });
    return true;
  } catch {
    return false;
  }
}

const peers = new WeakMap<Duplex, Peer>();

/** Who answers at the other end of a connection of a VaultAgent. */
export function peerOf(socket: Duplex): Peer | null {
  return peers.get(socket) ?? null;
}

/** Keeps connections for the next call; those that wait do not keep the process alive. */
export class VaultAgent extends Agent {
  readonly #admits: (peer: Peer) => boolean;

  /** @param admits decides by the key alone whether a request may be sent at all */
  constructor(admits: (peer: Peer) => boolean, options: { keepAlive: boolean }) {
    // Resumed TLS sessions show no certificate: every connection proves itself anew.
    super({ keepAlive: options.keepAlive, maxSockets: 4, maxCachedSessions: 0 });
    this.#admits = admits;
  }

  override createConnection(
    options: ConnectionOptions,
    done: (error: Error | null, socket?: Duplex) => void,
  ): undefined {
    const { host, port, servername } = options;
    const socket = connect({
      ...(host === undefined ? {} : { host }),
      ...(port === undefined ? {} : { port }),
      ...(servername === undefined || servername === '' ? {} : { servername }),
      ...groups,
      minVersion: 'TLSv1.3',
      ALPNProtocols: ['http/1.1'],
      // Looked at below, where a key of the bundle counts as much as an authority's word.
      rejectUnauthorized: false,
    });
    const fail = (error: Error): void => {
      socket.destroy();
      done(error);
    };
    const timer = setTimeout(() => fail(new Error('no TLS connection in time')), CONNECT_MS);
    socket.once('error', fail);
    socket.once('secureConnect', () => {
      clearTimeout(timer);
      socket.removeListener('error', fail);
      const peer = look(socket);
      if (peer === null || !this.#admits(peer)) return fail(new NotAdmitted());
      peers.set(socket, peer);
      done(null, socket);
    });
    socket.once('close', () => clearTimeout(timer));
    return undefined;
  }
}

function look(socket: TLSSocket): Peer | null {
  const key = socket.getPeerX509Certificate()?.publicKey;
  if (key === undefined) return null;
  const spki = key.export({ type: 'spki', format: 'der' });
  return { keyHash: new Uint8Array(createHash('sha256').update(spki).digest()), trusted: socket.authorized };
}
