/** The TCP connection below SSH. */
import { connect, type Socket } from 'node:net';

/** So many ms a server has for the connection, the handshake and the sign-in together. */
export const CONNECT_MS = 30_000;

/** Requests are small and wait for answers: they must not be held back to be joined (Nagle's algorithm). */
export function socketTo(host: string, port: number): Socket {
  return connect({ host, port, noDelay: true });
}
