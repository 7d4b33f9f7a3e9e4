/**
 * A release server on this computer: a folder with signed channels and files, served over HTTP with ranges. And programs to serve: shell scripts in the shape of an AppImage, for none can be made here.
 */
import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { publicText, signRelease } from '../../build/sign-release.mjs';

export interface Offered {
  version: string;
  channel?: 'stable' | 'beta';
  minimum?: string;
  rollout?: number;
  notes?: string;
  issued?: Date;
  keys?: KeyObject[];
}

export class UpdateServer {
  readonly folder: string;
  readonly key = generateKeyPairSync('ed25519').privateKey;
  /** Bytes of bodies that were sent, by file name. */
  readonly sent = new Map<string, number>();
  /** A file of which bytes come without end, or after its first bytes none; its length is not told. */
  evil: { name: string; does: 'endless' | 'silent' } | null = null;
  /** Headers of every request. */
  readonly heard: IncomingMessage['headers'][] = [];
  readonly #server: Server;

  private constructor(folder: string, server: Server) {
    this.folder = folder;
    this.#server = server;
    server.on('request', (request, response) => void this.#answer(request, response));
  }

  static async start(folder: string): Promise<UpdateServer> {
    await mkdir(folder, { recursive: true });
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new UpdateServer(folder, server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** As HOLDFAST_UPDATE_KEYS takes it. */
  get publicKey(): string {
    return publicText(this.key);
  }

  /** Signs what lies in the folder. */
  async offer(what: Offered): Promise<void> {
    await signRelease({
      folder: this.folder,
      channel: what.channel ?? 'stable',
      version: what.version,
      minimum: what.minimum ?? '0.1.0',
      rollout: what.rollout ?? 100,
      notes: what.notes ?? '',
      keys: what.keys ?? [this.key],
      ...(what.issued === undefined ? {} : { issued: what.issued }),
    });
  }

  async end(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.heard.push(request.headers);
    const name = path.basename(new URL(request.url ?? '/', this.url).pathname);
    if (this.evil?.name === name) {
      response.writeHead(200);
      const send = (): void => {
        if (!response.destroyed) response.write(Buffer.alloc(64 * 1024), send);
      };
      if (this.evil.does === 'endless') send();
      else response.write('#!/bin/sh');
      return;
    }
    const file = path.join(this.folder, name);
    const size = await stat(file).then(
      (facts) => facts.size,
      () => null,
    );
    if (size === null) return void response.writeHead(404).end();
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    const start = range === null ? 0 : Number(range[1]);
    const end = Math.min(range === null ? size - 1 : Number(range[2]), size - 1);
    if (start > end) return void response.writeHead(416).end();
    const length = end - start + 1;
    this.sent.set(name, (this.sent.get(name) ?? 0) + length);
    response.writeHead(range === null ? 200 : 206, {
      'content-length': length,
      'accept-ranges': 'bytes',
      ...(range === null ? {} : { 'content-range': `bytes ${start}-${end}/${size}` }),
    });
    createReadStream(file, { start, end }).pipe(response);
  }
}

const BLOCK = 8 * 1024;

/**
 * A program in the shape of an AppImage: it can be executed, and its block map stands at its end. Started to be tried it
 * ends at once; else it adds its version as a line to the file that HOLDFAST_STAND_IN names.
 * @param blocks what follows the script, in blocks of 8 KiB that are the same for the same text
 */
export async function writeStandIn(
  file: string,
  version: string,
  blocks: readonly string[],
  options: { broken?: boolean; hangs?: boolean } = {},
): Promise<void> {
  const script = [
    '#!/bin/sh',
    ...(options.hangs === true ? ['exec tail -f /dev/null'] : []),
    options.broken === true ? 'exit 3' : '[ "$APPIMAGE_EXIT_AFTER_INSTALL" = true ] && exit 0',
    `[ -n "$HOLDFAST_STAND_IN" ] && echo ${version} >> "$HOLDFAST_STAND_IN"`,
    'exit 0',
    '',
  ].join('\n');
  const parts = [Buffer.alloc(BLOCK, script.padEnd(BLOCK, '\n')), ...blocks.map((text) => Buffer.alloc(BLOCK, text))];
  const checksums = parts.map((part) => createHash('sha256').update(part).digest('base64'));
  const map = deflateRawSync(
    JSON.stringify({
      version: '2',
      files: [{ name: 'file', offset: 0, checksums, sizes: parts.map((part) => part.length) }],
    }),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32BE(map.length);
  await writeFile(file, Buffer.concat([...parts, map, length]), { mode: 0o755 });
}
