/**
 * Writes chunker.json beside this file: cut lists of the chunker gear-1. An implementation of its own, straight from
 * the closed formula of FORMAT.md and sharing no code with the product, so that the vectors test the product instead of
 * repeating it. Takes some seconds: node test/vectors/make-chunker.mjs
 *
 * Keys are 32-byte big-endian integers. Data are made from {seed, symbols, period, length}:
 *   x = seed; for each byte: x ^= x << 13; x ^= x >>> 17; x ^= x << 5 (32 bits, unsigned); byte = (x >>> 24) mod symbols
 * and where period is not 0, only the first `period` bytes are made so and repeated up to length.
 * {byte, length} is a run of one byte.
 */
import { createHash, createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';

const MIN = 262144;
const TARGET = 1048576;
const MAX = 4194304;
const MASK = (1n << 64n) - 1n;

function makeKey(number) {
  const key = Buffer.alloc(32);
  key.writeUInt32BE(number, 28);
  return key;
}

function makeTable(key) {
  const blocks = [];
  for (let i = 0; i < 64; i++) {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(i);
    blocks.push(createHmac('sha256', key).update('holdfast/v1/gear').update(counter).digest());
  }
  return Buffer.concat(blocks);
}

function makeData({ seed, symbols, period, byte, length }) {
  const data = Buffer.alloc(length);
  if (byte !== undefined) return data.fill(byte);
  let x = seed;
  for (let i = 0; i < length; i++) {
    if (period && i >= period) {
      data[i] = data[i - period];
      continue;
    }
    x = (x ^ (x << 13)) >>> 0;
    x = (x ^ (x >>> 17)) >>> 0;
    x = (x ^ (x << 5)) >>> 0;
    data[i] = (x >>> 24) % symbols;
  }
  return data;
}

/** The hash is a function of the last 64 bytes alone, so it is rolled through the whole file without a reset. */
function makeCuts(tableBytes, data) {
  const table = Array.from({ length: 256 }, (_, i) => tableBytes.readBigUInt64BE(i * 8));
  const cuts = [];
  let start = 0;
  let hash = 0n;
  for (let end = 1; end <= data.length; end++) {
    hash = ((hash << 1n) + table[data[end - 1]]) & MASK;
    const length = end - start;
    const due = length >= MIN && hash >> (length < TARGET ? 42n : 46n) === 0n;
    if (due || length === MAX || end === data.length) {
      cuts.push(length);
      start = end;
    }
  }
  return cuts;
}

const cases = [
  ['random', 1, { seed: 1, symbols: 256, length: 16_000_000 }],
  ['random, another key', 2, { seed: 1, symbols: 256, length: 16_000_000 }],
  ['two symbols', 3, { seed: 2, symbols: 2, length: 8_000_000 }],
  ['four symbols', 4, { seed: 3, symbols: 4, length: 8_000_000 }],
  ['sixteen symbols', 5, { seed: 4, symbols: 16, length: 8_000_000 }],
  ['periodic, no cut but by size', 6, { seed: 5, symbols: 256, period: 1000, length: 9_000_001 }],
  ['periodic, long period', 7, { seed: 6, symbols: 256, period: 3_000_000, length: 9_000_000 }],
  ['zeros', 8, { byte: 0, length: 9_000_000 }],
  ['run of a byte that cuts from the target on', 183, { byte: 235, length: 3_000_000 }],
  ['run of a byte that cuts from the minimum on', 7443, { byte: 94, length: 1_000_000 }],
  ...[0, 1, 63, 64, MIN - 1, MIN, MIN + 1].map((length) => [`${length} bytes`, 7443, { byte: 94, length }]),
  ...[TARGET - 1, TARGET, TARGET + 1].map((length) => [`${length} bytes`, 183, { byte: 235, length }]),
  ...[MAX - 1, MAX, MAX + 1].map((length) => [`${length} bytes`, 8, { byte: 0, length }]),
].map(([name, key, data]) => {
  const bytes = makeData(data);
  const table = makeTable(makeKey(key));
  return {
    name,
    key: makeKey(key).toString('hex'),
    tableSha256: createHash('sha256').update(table).digest('hex'),
    data,
    dataSha256: createHash('sha256').update(bytes).digest('hex'),
    cuts: makeCuts(table, bytes),
  };
});

const about =
  'Cut lists of the chunker gear-1 (lengths in bytes). Made by make-chunker.mjs, which describes how keys and data are ' +
  'made; tableSha256 is over the 2,048 bytes of T.';
const lines = cases.map((one) => `    ${JSON.stringify(one)}`).join(',\n');
writeFileSync(
  new URL('chunker.json', import.meta.url),
  `{\n  "about": ${JSON.stringify(about)},\n  "cases": [\n${lines}\n  ]\n}\n`,
);
