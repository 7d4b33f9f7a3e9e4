/**
 * Writes zstd.json beside this file: frames made by node:zlib, by the native package and by the zstd program, which every
 * decoder must read. Needs Node 22.15 or later and zstd on the path: node test/vectors/make-zstd.mjs
 *
 * Data are made as in make-chunker.mjs from {seed, symbols, period, length}.
 */
import { Encoder } from '@toondepauw/node-zstd';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import zlib from 'node:zlib';

function makeData({ seed, symbols, period, length }) {
  const data = Buffer.alloc(length);
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

const makers = {
  'node:zlib': (data, level) =>
    zlib.zstdCompressSync(data, { params: { [zlib.constants.ZSTD_c_compressionLevel]: level } }),
  '@toondepauw/node-zstd': (data, level) => new Encoder(level).encodeSync(data),
  'zstd program': (data, level) => execFileSync('zstd', [`-${level}`, '-c', '-q', '--check'], { input: data }),
};
const data = [
  { seed: 1, symbols: 256, length: 0 },
  { seed: 1, symbols: 256, length: 1 },
  { seed: 2, symbols: 256, length: 500 },
  { seed: 3, symbols: 5, length: 2000 },
  { seed: 4, symbols: 16, period: 1500, length: 400_000 },
];

const frames = [];
for (const [maker, make] of Object.entries(makers)) {
  for (const one of data) {
    for (const level of one.length > 1 ? [1, 12] : [1]) {
      const bytes = makeData(one);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      frames.push({ maker, level, data: one, sha256, frame: make(bytes, level).toString('base64') });
    }
  }
}
const lines = frames.map((one) => `    ${JSON.stringify(one)}`).join(',\n');
const about = 'zstd frames that every decoder must read. Made by make-zstd.mjs; data as in chunker.json.';
writeFileSync(
  new URL('zstd.json', import.meta.url),
  `{\n  "about": ${JSON.stringify(about)},\n  "frames": [\n${lines}\n  ]\n}\n`,
);
