/** Search, differences and mount on storage behind a line. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Access } from '../../../main/engine/api.ts';
import { backup } from '../../../main/engine/backup.ts';
import { RunControl } from '../../../main/engine/control.ts';
import { create } from '../../../main/engine/create.ts';
import { diff } from '../../../main/engine/diff.ts';
import { enrol } from '../../../main/engine/enrol.ts';
import { closeFind, find } from '../../../main/engine/find.ts';
import { mount } from '../../../main/engine/mount.ts';
import { MIB, noise } from '../../support/crash-world.ts';
import { RemoteS3 } from '../../support/remote-s3.ts';

let folder: string;
let storage: RemoteS3;
let access: Extract<Access, { kind: 'capability' }>;
const rootKey = new Uint8Array(createHash('sha256').update('a root key').digest());
const FILM = noise('film', 20 * MIB);
const context = () => ({ control: new RunControl(), emit: (): void => undefined });

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'holdfast-read-remote-'));
  storage = await RemoteS3.start();
  await create({ destination: storage.spec, rootKey });
  const { capability, readerPublicKey } = await enrol({ destination: storage.spec, rootKey });
  access = { kind: 'capability', capability, readerPublicKey };
  writeFileSync(path.join(folder, 'film'), FILM);
  await backUp();
});
afterAll(async () => {
  closeFind();
  await storage.stop();
  rmSync(folder, { recursive: true, force: true });
});

const backUp = async () =>
  await backup(
    {
      destination: storage.spec,
      access,
      stateFolder: path.join(folder, 'state'),
      sources: [path.join(folder, 'film')],
      excludes: [],
      computerName: 'test',
    },
    context(),
  );

it('finds without a pack of contents, and the second time without any', async () => {
  const input = { destination: storage.spec, access, stateFolder: path.join(folder, 'state'), query: 'film' };
  await storage.reset();
  expect((await find(input, context())).total).toBe(1);
  const { ranges } = await storage.count();
  expect(ranges.filter(({ key }) => key.includes('/p/'))).toEqual([]);
  closeFind();
  await storage.reset();
  expect((await find(input, context())).total).toBe(1);
  const again = await storage.count();
  expect(again.ranges.filter(({ key }) => /[/][pmi][/]/.test(key))).toEqual([]);
  const disk = { kind: 'disk', content: true } as const;
  expect(await diff({ destination: storage.spec, access, from: 'latest', to: disk }, context())).toMatchObject({
    added: { files: 0 },
    changed: { files: 0 },
  });
});

it('gives a part of a large file without fetching all of it, and all of it in few requests', async () => {
  const mounted = await mount({ destination: storage.spec, access: { kind: 'key', rootKey } }, context());
  try {
    const url = `${mounted.url}test/latest${path.join(folder, 'film')}`;
    await storage.reset();
    const from = 15 * MIB;
    const part = await fetch(url, { headers: { range: `bytes=${from}-${from + 99}` } });
    expect(Buffer.from(await part.arrayBuffer()).equals(FILM.subarray(from, from + 100))).toBe(true);
    const one = (await storage.count()).ranges.filter(({ key }) => key.includes('/p/'));
    expect(one.length).toBeLessThanOrEqual(2);
    await storage.reset();
    const whole = await fetch(url);
    expect(Buffer.from(await whole.arrayBuffer()).equals(FILM)).toBe(true);
    const all = (await storage.count()).ranges.filter(({ key }) => key.includes('/p/'));
    expect(all.length).toBeLessThanOrEqual(6);
  } finally {
    await mounted.close();
  }
});
