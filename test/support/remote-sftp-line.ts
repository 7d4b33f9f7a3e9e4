/**
 * OpenSSH's own file transfer with a fault at a chosen request. What SSH carries cannot be looked into from outside, so
 * this stands behind it: the SSH server passes the file transfer to this port (remote-sftp-pipe.cjs), where requests are
 * counted, and `sftp-server` answers them. Packets: draft-ietf-secsh-filexfer-02, section 3.
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Trouble } from './remote-places.ts';

const SFTP_SERVER = '/usr/lib/openssh/sftp-server';
const INIT = 1;
const VERSION = 2;
const WRITE = 6;
const STATUS = 101;
const PERMISSION_DENIED = 3;
const FAILURE = 4;

/** What the SSH server runs (`ForceCommand`) so that its file transfer goes through a line at this port. */
export function transferThrough(port: number): string {
  return `'${process.execPath}' '${fileURLToPath(new URL('remote-sftp-pipe.cjs', import.meta.url))}' ${port}`;
}

/** Packets of a direction, put together from what the network gave. */
class Packets {
  #rest: Buffer = Buffer.alloc(0);

  /** Whole packets, their length in front. */
  take(bytes: Buffer): Buffer[] {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const packets: Buffer[] = [];
    while (this.#rest.length >= 4 && this.#rest.length >= 4 + this.#rest.readUInt32BE(0)) {
      const end = 4 + this.#rest.readUInt32BE(0);
      packets.push(this.#rest.subarray(0, end));
      this.#rest = this.#rest.subarray(end);
    }
    return packets;
  }
}

const typeOf = (packet: Buffer): number => packet[4] ?? 0;
/** The answer has the number of its request; the first packets of the two sides have none, and get this one. */
const idOf = (packet: Buffer): number => (typeOf(packet) <= VERSION ? -1 : packet.readUInt32BE(5));

function status(id: number, code: number): Buffer {
  const message = Buffer.from('injected');
  const packet = Buffer.alloc(4 + 1 + 4 + 4 + 4 + message.length + 4);
  packet.writeUInt32BE(packet.length - 4, 0);
  packet[4] = STATUS;
  packet.writeUInt32BE(id, 5);
  packet.writeUInt32BE(code, 9);
  packet.writeUInt32BE(message.length, 13);
  message.copy(packet, 17);
  return packet;
}

export class SftpLine {
  readonly #server: Server;
  readonly #sessions = new Set<{ socket: Socket; server: ChildProcessWithoutNullStreams }>();
  readonly #next: (request: string) => Trouble | null;

  private constructor(next: (request: string) => Trouble | null) {
    this.#next = next;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  /** @param next says what happens to each request; called in their order */
  static async start(next: (request: string) => Trouble | null): Promise<SftpLine> {
    const line = new SftpLine(next);
    await new Promise<void>((resolve) => line.#server.listen(0, '127.0.0.1', resolve));
    return line;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const { socket } of this.#sessions) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #serve(socket: Socket): void {
    const server = spawn(SFTP_SERVER, ['-e'], { stdio: 'pipe' });
    const session = { socket, server };
    this.#sessions.add(session);
    const end = (): void => {
      this.#sessions.delete(session);
      socket.destroy();
      // It finishes what it has been asked for, and ends with its input.
      server.stdin.end();
    };
    socket.on('error', end).on('close', end);
    for (const stream of [server.stdin, server.stdout, server.stderr]) stream.on('error', end);
    server.on('error', end).on('exit', end);
    server.stderr.resume();
    const asked = new Packets();
    const answered = new Packets();
    /** The request whose answer is in trouble, and how. */
    let hit: { id: number; trouble: Trouble } | null = null;
    let silent = false;
    socket.on('data', (bytes) => {
      for (const packet of asked.take(bytes)) {
        const type = typeOf(packet);
        const id = idOf(packet);
        const trouble = this.#next(`packet of type ${type}`);
        if (trouble === null) server.stdin.write(packet);
        else if (type === INIT && trouble !== 'stall') return end();
        else if (trouble === 'denied') socket.write(status(id, PERMISSION_DENIED));
        else if (trouble === 'before') socket.write(status(id, FAILURE));
        else if (trouble === 'short' && type === WRITE) {
          server.stdin.write(packet.subarray(0, packet.length >> 1));
          return end();
        } else {
          hit = { id, trouble };
          server.stdin.write(packet);
        }
      }
    });
    server.stdout.on('data', (bytes: Buffer) => {
      for (const packet of answered.take(bytes)) {
        if (silent) return;
        if (hit === null || idOf(packet) !== hit.id) socket.write(packet);
        else if (hit.trouble === 'after') {
          socket.write(status(hit.id, FAILURE));
          hit = null;
        } else if (hit.trouble === 'stall') silent = true;
        else {
          if (hit.trouble === 'short') socket.write(packet.subarray(0, packet.length >> 1));
          return void socket.end(end);
        }
      }
    });
  }
}
