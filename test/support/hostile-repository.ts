/**
 * A backup as somebody would make it who holds the key and means harm: one snapshot whose tree holds whatever is given.
 * Written from FORMAT.md with nothing of the engine, which refuses to write such trees.
 */
import { encode } from 'cborg';
import { createCipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** An entry of the tree: an empty file, a symbolic link, or a folder with entries. */
export interface HostileEntry {
  name: string;
  /** Of a symbolic link: where it points. */
  target?: string;
  /** Of a folder: what it holds. */
  entries?: HostileEntry[];
}

const TREE = 2;

/**
 * Writes the backup into `folder`, with one computer, one metadata pack and one snapshot; no repo.json, no keyring.
 * @param rootKey 32 bytes
 * @returns the metadata pack's file, and the offset of the tag of its only block
 */
export function makeHostileRepository(
  folder: string,
  rootKey: Buffer,
  entries: HostileEntry[],
): { pack: string; tagAt: number } {
  const [repoId, client] = [randomBytes(16), randomBytes(16)];
  const prk = hmac(repoId, rootKey);
  const idKey = derive(prk, 'blob-id', client);
  const blobs: { id: Buffer; bytes: Buffer }[] = [];
  const store = (list: HostileEntry[]): Buffer => {
    const bytes = Buffer.from(encode([0, list.map((entry) => nodeOf(entry, store))]));
    const id = hmac(idKey, Buffer.of(TREE), bytes);
    blobs.push({ id, bytes });
    return id;
  };
  const tree = store(entries);
  const meta = derive(prk, 'meta', client);
  const domain = path.join(folder, 'c', client.toString('hex'));
  const put = (room: string, bytes: Buffer): string => {
    const name = createHash('sha256').update(bytes).digest('hex');
    mkdirSync(path.join(domain, room, name.slice(0, 2)), { recursive: true });
    const file = path.join(domain, room, name.slice(0, 2), name);
    writeFileSync(file, bytes);
    return file;
  };
  const pack = put('m', packOf(envelope(2, repoId, client, meta), blobs));
  const tagAt = 112 + 1 + blobs.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const snapshot: [number, unknown][] = [
    [0, 1],
    [1, client],
    [2, 1],
    [3, null],
    [4, []],
    [5, []],
    [6, tree],
    [7, 1_700_000_000_000],
    [8, 1_700_000_000_001],
    [9, Array.from({ length: 11 }, () => 0)],
    [10, []],
    [11, 0],
    [12, false],
    [13, []],
    [14, 'hostile'],
    [15, '0'],
    [16, randomBytes(32)],
    [17, 0],
    [18, []],
  ];
  const data = Buffer.from(encode(new Map(snapshot)));
  const plain = Buffer.alloc(65_536);
  plain.writeBigUInt64BE(BigInt(data.length));
  data.copy(plain, 8);
  const { header, key, aad } = envelope(4, repoId, client, meta);
  put('s', Buffer.concat([header, seal(key, aad, 0, true, plain)]));
  return { pack, tagAt };
}

function nodeOf(entry: HostileEntry, store: (entries: HostileEntry[]) => Buffer): Map<number, unknown> {
  const type = entry.entries ? 2 : entry.target === undefined ? 1 : 3;
  const node = new Map<number, unknown>([
    [0, Buffer.from(entry.name)],
    [1, type],
    [2, 0o755],
    [3, [process.getuid?.() ?? 0, process.getgid?.() ?? 0]],
    [5, [1_600_000_000, 0]],
    [6, [1_600_000_000, 0]],
  ]);
  if (type === 1) node.set(7, 0);
  if (entry.target !== undefined) node.set(10, Buffer.from(entry.target));
  if (entry.entries) node.set(23, store(entry.entries));
  return node;
}

interface Envelope {
  header: Buffer;
  key: Buffer;
  tableKey: Buffer;
  aad: Buffer;
}

function envelope(kind: number, repoId: Buffer, client: Buffer, meta: Buffer): Envelope {
  const salt = randomBytes(32);
  const start = Buffer.concat([Buffer.from('HOLDFAST'), Buffer.of(1, 1, kind, 0, 0, 0, 0, 0), repoId, client, salt]);
  const prk = hmac(salt, meta);
  const hash = createHash('sha256').update(start).digest();
  const header = Buffer.concat([start, expand(prk, 'holdfast/v1/commit', hash)]);
  const aad = createHash('sha256').update(header).digest();
  return { header, aad, key: expand(prk, 'holdfast/v1/key', hash), tableKey: expand(prk, 'holdfast/v1/table', aad) };
}

/** One metadata pack with all blobs in one stored block. */
function packOf({ header, key, tableKey, aad }: Envelope, blobs: { id: Buffer; bytes: Buffer }[]): Buffer {
  const raw = Buffer.concat(blobs.map(({ bytes }) => bytes));
  const block = seal(key, aad, 0, true, Buffer.concat([Buffer.of(0), raw]));
  let at = 0;
  const rows = blobs.map(({ id, bytes }) => {
    at += bytes.length;
    return Buffer.concat([id, Buffer.of(TREE), u32(0, at - bytes.length, bytes.length)]);
  });
  const tags = createHash('sha256').update(block.subarray(-16)).digest();
  const shape = u32(1, blobs.length, header.length, block.length, raw.length);
  const table = seal(tableKey, aad, 0, false, Buffer.concat([shape, ...rows, tags]));
  const offset = 65_536 - 64 - table.length;
  const padding = Buffer.alloc(offset - header.length - block.length);
  const trailer = Buffer.concat([u32(0, offset, 0, table.length, 1, blobs.length), Buffer.of(0, 1), Buffer.alloc(22)]);
  return Buffer.concat([header, block, padding, table, seal(tableKey, aad, 1, false, trailer)]);
}

function u32(...numbers: number[]): Buffer {
  const bytes = Buffer.alloc(4 * numbers.length);
  numbers.forEach((number, index) => bytes.writeUInt32BE(number, 4 * index));
  return bytes;
}

function seal(key: Buffer, aad: Buffer, index: number, last: boolean, plain: Buffer): Buffer {
  const nonce = Buffer.concat([Buffer.alloc(7), u32(index), Buffer.of(last ? 1 : 0)]);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(aad);
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function hmac(key: Buffer, ...parts: Buffer[]): Buffer {
  return createHmac('sha256', key).update(Buffer.concat(parts)).digest();
}

function expand(prk: Buffer, text: string, info: Buffer): Buffer {
  return hmac(prk, Buffer.from(text), info, Buffer.of(1));
}

function derive(root: Buffer, label: string, client: Buffer): Buffer {
  return expand(root, `holdfast/v1/${label}\0`, client);
}
