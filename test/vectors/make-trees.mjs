/**
 * Writes trees.json and table.json beside this file, straight from FORMAT.md, with a CBOR encoder of its own; it shares
 * no code with the product. Run: node test/vectors/make-trees.mjs
 *
 * Bytes `made(n, seed)`: AES-256-CTR keystream under SHA-256(seed as decimal text), counter 0.
 */
import { createCipheriv, createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';

const hex = (bytes) => Buffer.from(bytes).toString('hex');
const sha256 = (bytes) => createHash('sha256').update(bytes).digest();
const made = (length, seed) =>
  createCipheriv('aes-256-ctr', sha256(Buffer.from(String(seed))), Buffer.alloc(16)).update(Buffer.alloc(length));

/** Head of a CBOR item (RFC 8949, section 3): major type and argument, in the shortest form. */
function head(major, argument) {
  const value = BigInt(argument);
  const type = major << 5;
  if (value < 24n) return Buffer.of(type | Number(value));
  for (const [bytes, code] of [
    [1, 24],
    [2, 25],
    [4, 26],
    [8, 27],
  ]) {
    if (value >> BigInt(8 * bytes) === 0n) {
      return Buffer.from((type | code).toString(16).padStart(2, '0') + value.toString(16).padStart(2 * bytes, '0'), 'hex');
    }
  }
  throw new RangeError('too large');
}

function cbor(value) {
  if (value === null) return Buffer.of(0xf6);
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(cbor)]);
  const pairs = [...value].map(([key, item]) => [cbor(key), cbor(item)]).sort(([a], [b]) => Buffer.compare(a, b));
  return Buffer.concat([head(5, pairs.length), ...pairs.flat()]);
}

function write(name, value) {
  writeFileSync(new URL(name, import.meta.url), `${JSON.stringify(value, null, 2)}\n`);
}

// --- trees. Fields as test/unit/format-tree.test.ts reads them: bytes as hex.

const base = { mode: 0o644, uid: 0, gid: 0, user: '', group: '', mtime: [0, 0], ctime: [0, 0] };
const cases = [
  { ...base, name: hex(Buffer.from('empty')), type: 1, size: 0 },
  {
    ...base,
    name: hex(Buffer.from('large')),
    type: 1,
    mode: 0o4755,
    uid: 1000,
    gid: 100_000,
    user: 'anna',
    group: 'ünï',
    mtime: [1_700_000_000, 123_456_789],
    ctime: [1_700_000_001, 1],
    size: 5_000_000_000,
    content: hex(made(96, 1)),
  },
  { ...base, name: hex(Buffer.from('huge')), type: 1, size: 2 ** 45, lists: hex(made(64, 2)) },
  { ...base, name: 'ff', type: 1, mtime: [-1, 999_999_999], ctime: [-2_147_483_649, 0], size: 23, content: hex(made(32, 3)) },
  { ...base, name: hex(Buffer.from('folder')), type: 2, mode: 0o1777, subtree: hex(made(32, 4)) },
  { ...base, name: hex(Buffer.from('link')), type: 3, mode: 0o777, target: 'ff2ffe' },
  { ...base, name: hex(Buffer.from('pipe')), type: 4 },
  { ...base, name: hex(Buffer.from('disk')), type: 6, device: [8, 65_536] },
];

function node(c) {
  const map = new Map([
    [0, Buffer.from(c.name, 'hex')],
    [1, c.type],
    [2, c.mode],
    [3, [c.uid, c.gid]],
    [5, c.mtime],
    [6, c.ctime],
  ]);
  if (c.user !== '' || c.group !== '') map.set(4, [c.user, c.group]);
  if (c.size !== undefined) map.set(7, c.size);
  for (const [key, field] of [
    [8, 'content'],
    [9, 'lists'],
    [10, 'target'],
    [23, 'subtree'],
  ]) {
    if (c[field] !== undefined) map.set(key, Buffer.from(c[field], 'hex'));
  }
  if (c.device !== undefined) map.set(11, c.device);
  return map;
}

const sorted = [...cases].sort((a, b) => Buffer.compare(Buffer.from(a.name, 'hex'), Buffer.from(b.name, 'hex')));

/** A large folder: where it is cut, by the rule on names alone (its nodes stay far below 1 MiB a leaf). */
const names = Array.from({ length: 10_000 }, (_, i) => `entry ${i}`).sort();
const leaves = [];
let leaf = 0;
for (const name of names) {
  leaf++;
  if ((sha256(Buffer.from(name)).readUInt16BE(0) & 0x7ff) === 0 || leaf === 8192) {
    leaves.push(leaf);
    leaf = 0;
  }
}
if (leaf > 0) leaves.push(leaf);

write('trees.json', {
  about: 'Nodes, a leaf of them, a branch, and the leaves of a folder of "entry 0" to "entry 9999", by make-trees.mjs',
  nodes: cases.map((c) => ({ ...c, cbor: hex(cbor(node(c))) })),
  leaf: hex(cbor([0, sorted.map(node)])),
  branch: { ids: [hex(made(32, 5)), hex(made(32, 6))], cbor: hex(cbor([1, [made(32, 5), made(32, 6)]])) },
  leavesOf10000: leaves,
});

// --- pack table and trailer

const u32 = (value) => Buffer.from(value.toString(16).padStart(8, '0'), 'hex');
const blocks = [
  { offset: 1232, stored: 300_017, raw: 1_000_000, tag: hex(made(16, 10)) },
  { offset: 301_249, stored: 262_161, raw: 262_144, tag: hex(made(16, 11)) },
];
const blobs = [
  { id: hex(made(32, 12)), kind: 1, block: 0, offset: 0, length: 400_000 },
  { id: hex(made(32, 13)), kind: 1, block: 0, offset: 400_000, length: 600_000 },
  { id: hex(made(32, 14)), kind: 1, block: 1, offset: 0, length: 262_144 },
];
const table = Buffer.concat([
  u32(blocks.length),
  u32(blobs.length),
  ...blocks.map((b) => Buffer.concat([u32(b.offset), u32(b.stored), u32(b.raw)])),
  ...blobs.map((b) =>
    Buffer.concat([Buffer.from(b.id, 'hex'), Buffer.of(b.kind), u32(b.block), u32(b.offset), u32(b.length)]),
  ),
  sha256(Buffer.concat(blocks.map((b) => Buffer.from(b.tag, 'hex')))),
]);

function seal(key, index, aad, plaintext) {
  const nonce = Buffer.concat([Buffer.alloc(7), u32(index), Buffer.of(0)]);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(aad);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}
const key = made(32, 20);
const aad = made(32, 21);
const size = 1_048_576;
const sealedTable = seal(key, 0, aad, table);
const tableOffset = size - 64 - sealedTable.length;
const trailer = Buffer.alloc(48);
trailer.writeBigUInt64BE(BigInt(tableOffset), 0);
trailer.writeBigUInt64BE(BigInt(sealedTable.length), 8);
trailer.writeUInt32BE(blocks.length, 16);
trailer.writeUInt32BE(blobs.length, 20);
trailer.writeUInt16BE(1, 24);

write('table.json', {
  about: 'Table and trailer of a data pack of 1 MiB, by make-trees.mjs',
  size,
  blocks,
  blobs,
  table: hex(table),
  key: hex(key),
  aad: hex(aad),
  sealedTable: hex(sealedTable),
  sealedTrailer: hex(seal(key, 1, aad, trailer)),
  tableOffset,
});
