/** Data sets A, C and E: the same bytes on every machine, from fixed seeds. */
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readFileSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { SeededBytes, SeededNumbers } from './random.ts';

const MIB = 2 ** 20;
/** An old time, so that no tool takes a file for one that has just been touched (s since the epoch). */
const OLD = 1_700_000_000;

/** A: 8 files of equal size that no compression and no deduplication can shrink. */
export function buildIncompressible(folder: string, bytes: number): void {
  for (let index = 0; index < 8; index += 1) {
    writeStream(path.join(folder, `random-${index}.bin`), `A${index}`, Math.floor(bytes / 8));
  }
}

/** C: what a home folder holds: photos, videos, logs, copies of some photos, and a video with a few bytes put in. */
export function buildMixed(folder: string, scale: number): void {
  const numbers = new SeededNumbers('C');
  const count = (full: number): number => Math.max(1, Math.round(full * scale));
  const [photos, videos, logs, copies] = ['photos', 'videos', 'logs', 'copies'].map((name) => {
    const made = path.join(folder, name);
    mkdirSync(made);
    return made;
  }) as [string, string, string, string];
  const jpeg = Buffer.from('ffd8ffe000104a46494600', 'hex');
  const mp4 = Buffer.from('000000206674797069736f6d', 'hex');
  for (let index = 0; index < count(120); index += 1) {
    const photo = path.join(photos, `IMG_${String(index).padStart(4, '0')}.jpg`);
    writeStream(photo, `photo${index}`, (2 + numbers.below(7)) * MIB + numbers.below(MIB), jpeg);
    if (index % 4 === 0) copy(photo, path.join(copies, path.basename(photo)));
  }
  const videoBytes = count(150) * MIB;
  for (let index = 0; index < 2; index += 1) {
    writeStream(path.join(videos, `video-${index}.mp4`), `video${index}`, videoBytes, mp4);
  }
  insertInto(path.join(videos, 'video-0.mp4'), path.join(copies, 'video-0 edited.mp4'), Math.floor(videoBytes / 3));
  for (let index = 0; index < 8; index += 1) {
    writeLog(path.join(logs, `service-${index}.log`), numbers, count(40) * MIB);
  }
}

/** E: many files of a few bytes to about 700 bytes, 100 to a folder. */
export function buildTiny(folder: string, files: number): void {
  const numbers = new SeededNumbers('E');
  for (let index = 0; index < files; index += 1) {
    const number = Math.floor(index / 100);
    const place = path.join(folder, `group-${Math.floor(number / 50)}`, `folder-${number % 50}`);
    if (index % 100 === 0) mkdirSync(place, { recursive: true });
    const words = Array.from({ length: 1 + numbers.below(60) }, () => `x${numbers.below(2 ** 30)}`);
    const file = path.join(place, `note-${index % 100}.txt`);
    writeFileSync(file, `${index}: ${words.join(' ')}\n`);
    utimesSync(file, OLD + index, OLD + index);
  }
}

function writeStream(file: string, seed: string, bytes: number, head: Buffer = Buffer.alloc(0)): void {
  const stream = new SeededBytes(seed);
  const fd = openSync(file, 'w');
  try {
    writeSync(fd, head);
    for (let left = bytes; left > 0; left -= MIB) writeSync(fd, stream.next(Math.min(MIB, left)));
  } finally {
    closeSync(fd);
  }
  utimesSync(file, OLD, OLD);
}

function writeLog(file: string, numbers: SeededNumbers, bytes: number): void {
  const verbs = ['opened', 'closed', 'read', 'wrote', 'refused', 'retried', 'expired', 'renewed'];
  const things = ['session', 'socket', 'document', 'thumbnail', 'mailbox', 'lease', 'index', 'queue'];
  const fd = openSync(file, 'w');
  let time = OLD * 1000;
  try {
    for (let written = 0; written < bytes;) {
      let text = '';
      for (let line = 0; line < 500; line += 1) {
        time += numbers.below(900);
        text +=
          `${new Date(time).toISOString()} host${numbers.below(9)} service[${numbers.below(9900) + 100}]: ` +
          `${numbers.pick(verbs)} ${numbers.pick(things)} id=${numbers.below(2 ** 32).toString(16)} ` +
          `status=${numbers.pick([200, 200, 200, 404, 500])} ms=${numbers.below(10_000) / 10}\n`;
      }
      written += writeSync(fd, text);
    }
  } finally {
    closeSync(fd);
  }
  utimesSync(file, OLD, OLD);
}

function copy(from: string, to: string): void {
  copyFileSync(from, to);
  utimesSync(to, OLD, OLD);
}

/** Everything behind the offset moves by a length that is no multiple of any block size. */
function insertInto(from: string, to: string, offset: number): void {
  const bytes = readFileSync(from);
  writeFileSync(to, Buffer.concat([bytes.subarray(0, offset), Buffer.from('edited here'), bytes.subarray(offset)]));
  utimesSync(to, OLD, OLD);
}
