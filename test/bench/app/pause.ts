/** How long bytes still reach the storage after somebody pressed Pause, seen at the storage's own door. */
import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { FakeS3 } from '../../support/fake-s3/server.ts';
import { drive, end, setUp, type Computer } from './window.ts';

const MIB = 2 ** 20;
const FILES = 12;
const FILE_MIB = 32;
/** As a good line takes them. */
const BYTES_A_SECOND = 40 * MIB;
/** So long nothing may arrive before it counts as stopped. */
const QUIET_MS = 2_000;

/** A door of so many bytes a second in front of a server: notes when bytes last went in. */
class Door {
  /** performance.now() of the last bytes towards the server, and how many they were so far. */
  last = 0;
  bytes = 0;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async before(port: number): Promise<Door> {
    const server = createServer();
    const door = new Door(server);
    server.on('connection', (incoming) => {
      const outgoing = connect(port, '127.0.0.1');
      const close = (): void => {
        incoming.destroy();
        outgoing.destroy();
      };
      for (const socket of [incoming, outgoing]) socket.on('error', close).on('close', close);
      outgoing.pipe(incoming);
      incoming.on('data', (data: Buffer) => {
        door.last = performance.now();
        door.bytes += data.length;
        outgoing.write(data);
        incoming.pause();
        setTimeout(() => incoming.resume(), (data.length / BYTES_A_SECOND) * 1000);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return door;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async passed(bytes: number): Promise<void> {
    const from = this.bytes;
    while (this.bytes - from < bytes) await wait(5);
  }

  close(): void {
    this.#server.close();
  }
}

/** Pauses a first backup to S3 in its middle, `times` times, and lets it go on in between. */
export async function measurePause(computer: Computer, times: number): Promise<number[]> {
  const source = path.join(computer.folder, 'random');
  mkdirSync(source, { recursive: true });
  for (let i = 0; i < FILES; i += 1) {
    const file = createWriteStream(path.join(source, `part ${String(i)}`));
    file.end(randomFillSync(Buffer.allocUnsafe(FILE_MIB * MIB)));
    await once(file, 'finish');
  }
  const s3 = await FakeS3.start();
  const door = await Door.before(s3.port);
  const driven = await drive(computer);
  const ms: number[] = [];
  try {
    const { accessKeyId, secretAccessKey } = s3.keys;
    const storage = {
      kind: 's3',
      endpoint: `http://127.0.0.1:${String(door.port)}`,
      bucket: s3.bucket,
      region: s3.region,
      id: accessKeyId,
      secret: secretAccessKey,
    } as const;
    await setUp(driven, storage, source);
    for (let i = 0; i < times; i += 1) {
      await door.passed(8 * MIB);
      const pressed = performance.now();
      await driven.page.evaluate(() => void window.holdfast.backup.pause({ until: 'resumed' }));
      let quietSince = performance.now();
      while (quietSince - Math.max(pressed, door.last) < QUIET_MS) {
        await wait(20);
        quietSince = performance.now();
      }
      ms.push(Math.max(0, door.last - pressed));
      await driven.page.evaluate(() => void window.holdfast.backup.resume());
    }
  } finally {
    await end(driven);
    door.close();
    await s3.stop();
  }
  return ms;
}
