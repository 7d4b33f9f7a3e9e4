import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RecordSpool } from '../../main/engine/repository/record-spool.ts';
import { bytesOf, lengthOf } from '../../main/engine/repository/records.ts';
import { randomData } from '../support/made-data.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(path.join(tmpdir(), 'holdfast-spool-'))));
afterEach(() => rmSync(folder, { recursive: true }));

function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return ''; // It was the listing's own.
  }
}

const some = (i: number): Buffer => Buffer.from(randomData(1000 + i, i));

it('gives back all that it was given, and holds no more in memory than it may', () => {
  const spool = new RecordSpool(path.join(folder, 'below', 'records'), 10_000);
  const given = Array.from({ length: 50 }, (_, i) => some(i));
  const held = given.map((records) => spool.keep(records));
  const inMemory = held.filter((one) => Buffer.isBuffer(one)).reduce((sum, one) => sum + lengthOf(one), 0);
  expect(inMemory).toBeGreaterThan(0);
  expect(inMemory).toBeLessThanOrEqual(10_000);
  for (const [i, one] of [...held.entries()].reverse()) {
    expect(lengthOf(one)).toBe(1000 + i);
    expect(Buffer.compare(bytesOf(one), some(i))).toBe(0);
  }
  spool.close();
  const last = held.at(-1);
  expect(() => last !== undefined && bytesOf(last)).toThrow(expect.objectContaining({ code: 'object-damaged' }));
  spool.close();
});

it.runIf(process.platform === 'linux')(
  'leaves no file behind, whatever ends the process, and no plaintext in it',
  () => {
    const spool = new RecordSpool(path.join(folder, 'records'), 0);
    const word = 'a name that nobody else may read';
    writeFileSync(path.join(folder, 'records'), 'what a killed run left');
    spool.keep(Buffer.from(word.repeat(100)));
    expect(readdirSync(folder)).toEqual([]);
    const open = readdirSync('/proc/self/fd')
      .map((fd) => `/proc/self/fd/${fd}`)
      .filter((fd) => targetOf(fd).startsWith(path.join(folder, 'records')))
      .map((fd) => readFileSync(fd));
    expect(open.length).toBe(1);
    expect(open[0]?.length).toBe(100 * word.length + 16);
    expect(open[0]?.includes(word)).toBe(false);
    spool.close();
  },
);

it('keeps all in memory where its file cannot be written', () => {
  mkdirSync(path.join(folder, 'records'));
  const spool = new RecordSpool(path.join(folder, 'records'), 0);
  const held = [1, 2, 3].map((i) => spool.keep(some(i)));
  expect(held.map((one) => Buffer.isBuffer(one))).toEqual([true, true, true]);
  expect(held.map((one) => lengthOf(one))).toEqual([1001, 1002, 1003]);
  spool.close();
});
