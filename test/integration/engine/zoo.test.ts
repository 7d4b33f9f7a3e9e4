/** Damaged repositories: what each says, that nothing stored is changed by looking, and that a backup heals it. */
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Access } from '../../../main/engine/api.ts';
import { decodeCbor, encodeCbor, type Cbor } from '../../../main/engine/format/cbor.ts';
import { deriveKey, ed25519PublicKey, ed25519Sign, rootOf } from '../../../main/engine/format/keys.ts';
import { RunControl } from '../../../main/engine/control.ts';
import { create } from '../../../main/engine/create.ts';
import { enrol } from '../../../main/engine/enrol.ts';
import { inspect } from '../../../main/engine/inspect.ts';
import { list } from '../../../main/engine/list.ts';
import { takeLocalLock } from '../../../main/engine/repository/local-lock.ts';
import { closeSnapshot } from '../../../main/engine/repository/open-trees.ts';
import { restore } from '../../../main/engine/restore.ts';
import { unlock } from '../../../main/engine/unlock.ts';
import { verify } from '../../../main/engine/verify.ts';
import type { ErrorCode } from '../../../main/errors.ts';
import { mountDisk, unmount } from '../../support/destination-local.ts';
import { expectCode } from '../../support/destination-helpers.ts';
import { filesIn, flipFile, hashOf, World } from '../../support/engine.ts';
import { randomData } from '../../support/made-data.ts';
import { compareTrees } from '../../support/tree.ts';

let world: World;
beforeEach(async () => {
  world = await World.make();
  world.write({ 'src/big': randomData(600_000, 1), 'src/sub/small': 'small', 'src/sub/deep/other': 'other' });
});
afterEach(() => {
  vi.useRealTimers();
  closeSnapshot();
  world.dispose();
});

const later = (): void => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10_000 });
};
const backup = () => {
  later();
  return world.backup([world.at('src')]);
};
const warnings = (): string[] =>
  world.events.flatMap((e) => (e.type === 'message' && e.level === 'warning' ? [e.text] : []));
const otherKey: Access = { kind: 'key', rootKey: new Uint8Array(randomBytes(32)) };

/** Everything that only looks; none of it may change a byte. */
async function look(access: Access): Promise<Record<string, ErrorCode | null>> {
  const code = (call: Promise<unknown>): Promise<ErrorCode | null> =>
    call.then(
      () => null,
      (error: unknown) => (error as { code: ErrorCode }).code,
    );
  const { destination } = world;
  closeSnapshot();
  const before = hashOf(world.repo);
  const result = {
    snapshots: await code(world.snapshots(access)),
    list: await code(list({ destination, access, snapshotId: 'latest', path: '' })),
    verify: await code(world.verify(3, access)),
    restore: await code(world.restore(world.at('looked'), { access })),
    ...(access.kind === 'key' ? { unlock: await code(unlock({ destination, rootKey: access.rootKey })) } : {}),
  };
  expect(hashOf(world.repo)).toBe(before);
  return result;
}
const everywhere = (code: ErrorCode | null) => ({
  snapshots: code,
  list: code,
  verify: code,
  restore: code,
  unlock: code,
});

/** Back to whole: the newest snapshot restores to what the source holds. */
async function expectHealed(): Promise<void> {
  const target = world.at(`healed-${randomBytes(4).toString('hex')}`);
  expect((await world.restore(target, { layout: 'selection' })).problems).toEqual([]);
  expect(await compareTrees(world.at('src'), `${target}/src`)).toEqual([]);
  const newest = (await world.snapshots()).at(-1);
  const damaged = (await world.verify(3)).damage.map(({ object }) => object);
  expect(damaged.filter((object) => object.endsWith(newest?.id ?? '?'))).toEqual([]);
}

/** Writes all copies of repo.json anew with a changed payload, signed by the owner. */
function resign(change: (map: Map<string, Cbor>) => void, names = ['repo.json', 'repo.1.json', 'repo.2.json']): void {
  const outer = JSON.parse(readFileSync(world.at('repo/repo.json'), 'utf8')) as { payload: string };
  const map = decodeCbor(new Uint8Array(Buffer.from(outer.payload, 'base64')), 'It') as Map<string, Cbor>;
  change(map);
  const payload = encodeCbor(map);
  const root = rootOf(world.rootKey, new Uint8Array(Buffer.from(world.repoId, 'hex')));
  const signature = ed25519Sign(
    deriveKey(root, 'repo-owner'),
    Buffer.concat([Buffer.from('holdfast/v1/repo\0'), payload]),
  );
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  const text = JSON.stringify({ payload: base64(payload), signature: base64(signature) });
  for (const name of names) writeFileSync(world.at('repo', name), text);
}

describe('what is not this backup', () => {
  it('a wrong key', async () => {
    await backup();
    expect(await look(otherKey)).toEqual(everywhere('wrong-key'));
    if (otherKey.kind === 'key')
      await expectCode(enrol({ destination: world.destination, rootKey: otherKey.rootKey }), 'wrong-key');
  });

  it('a folder that is not there, an empty one, one with other things in it', async () => {
    const { destination } = world;
    rmSync(world.repo, { recursive: true });
    expect(await look(world.key)).toEqual(everywhere('destination-missing'));
    await expectCode(inspect({ destination }), 'destination-missing');
    await expectCode(world.backup([world.at('src')]), 'destination-missing');
    expect(existsSync(world.repo)).toBe(false);
    mkdirSync(world.repo);
    expect(await look(world.key)).toEqual(everywhere('not-a-repository'));
    world.write({ 'repo/letter.txt': 'Dear Anna', 'repo/c/photo.jpg': 'x' });
    expect(await look(world.key)).toEqual(everywhere('not-a-repository'));
    const before = hashOf(world.repo);
    await expectCode(world.backup([world.at('src')]), 'not-a-repository');
    expect(hashOf(world.repo)).toBe(before);
  });

  it('another backup, for a computer that knows its own', async () => {
    await backup();
    const other = await World.make();
    try {
      const access = other.computer.access;
      const { unlock: _, ...locked } = everywhere('not-a-repository');
      expect(await look(access)).toEqual(locked);
      await expectCode(world.backup([world.at('src')], {}, other.computer), 'not-a-repository');
    } finally {
      other.dispose();
    }
  });

  it('a place that holds a backup already, when a new one is made', async () => {
    const before = hashOf(world.repo);
    await expectCode(create({ destination: world.destination, rootKey: new Uint8Array(32) }), 'repository-exists');
    expect(hashOf(world.repo)).toBe(before);
  });

  it('a capability beside which another reader key lies', async () => {
    const access = { ...world.computer.access, readerPublicKey: new Uint8Array(1216) };
    await expectCode(world.backup([world.at('src')], {}, { ...world.computer, access }), 'capability-damaged');
  });
});

describe('repo.json', () => {
  it.each<[string, (map: Map<string, Cbor>) => void]>([
    ['of a newer format', (m) => m.set('format', 2)],
    ['with a feature that is not known', (m) => m.set('write', ['object-lock'])],
  ])('%s is refused, and says that nothing is wrong', async (_, change) => {
    await backup();
    resign(change);
    expect(await look(world.key)).toEqual(everywhere('newer-format'));
    await expectCode(world.backup([world.at('src')]), 'newer-format');
    // One copy is enough: the others are about to follow.
    resign((m) => m.set('format', 1).set('write', []));
    resign(change, ['repo.2.json']);
    expect(await look(world.key)).toEqual(everywhere('newer-format'));
  });

  it('damaged in all copies says so, and never "wrong key" or "not a backup"', async () => {
    await backup();
    for (const [i, name] of ['repo.json', 'repo.1.json', 'repo.2.json'].entries()) {
      if (i === 0) truncateSync(world.at('repo', name), 100);
      if (i === 1) flipFile(world.at('repo', name));
      if (i === 2) unlinkSync(world.at('repo', name));
    }
    expect(await look(world.key)).toEqual(everywhere('repository-damaged'));
    await expectCode(world.backup([world.at('src')]), 'repository-damaged');
    for (const name of ['repo.json', 'repo.1.json']) unlinkSync(world.at('repo', name));
    expect(await look(world.key)).toEqual(everywhere('repository-damaged'));
    await expectCode(create({ destination: world.destination, rootKey: world.rootKey }), 'repository-damaged');
  });

  it.each(['repo.json', 'repo.1.json', 'repo.2.json'])(
    'damaged in %s alone is whole, is reported, and healed by the next backup',
    async (name) => {
      await backup();
      const good = readFileSync(world.at('repo', name));
      for (const damage of ['flipped', 'missing']) {
        if (damage === 'flipped') flipFile(world.at('repo', name));
        else unlinkSync(world.at('repo', name));
        expect(await look(world.key)).toEqual(everywhere(null));
        expect((await world.verify(0)).damage.map((d) => d.object)).toEqual([name]);
        await backup();
        expect(warnings().some((text) => text.startsWith(name))).toBe(true);
        expect(readFileSync(world.at('repo', name)).equals(good)).toBe(true);
        expect((await world.verify(0)).damage).toEqual([]);
      }
    },
  );

  it('of another backup in the place of one copy is reported and left alone', async () => {
    await backup();
    const other = await World.make();
    try {
      // A generation that would win, were it the same backup.
      const theirs = readFileSync(`${other.repo}/repo.json`);
      writeFileSync(world.at('repo/repo.json'), theirs);
      expect(await look(world.key)).toEqual(everywhere(null));
      expect((await world.verify(0)).damage.map((d) => d.object)).toEqual(['repo.json']);
      await backup();
      expect(readFileSync(world.at('repo/repo.json')).equals(theirs)).toBe(true);
      unlinkSync(world.at('repo/repo.1.json'));
      await backup();
      expect(readFileSync(world.at('repo/repo.1.json')).equals(readFileSync(world.at('repo/repo.2.json')))).toBe(true);
    } finally {
      other.dispose();
    }
  });

  it('signed by somebody else with the same keyring is never backed up to', async () => {
    await backup();
    const seed = new Uint8Array(randomBytes(32));
    const outer = JSON.parse(readFileSync(world.at('repo/repo.json'), 'utf8')) as { payload: string };
    const map = decodeCbor(new Uint8Array(Buffer.from(outer.payload, 'base64')), 'It') as Map<string, Cbor>;
    const payload = encodeCbor(map.set('owner', ed25519PublicKey(seed)).set('generation', 99));
    const signature = ed25519Sign(seed, Buffer.concat([Buffer.from('holdfast/v1/repo\0'), payload]));
    const forged = JSON.stringify({
      payload: Buffer.from(payload).toString('base64'),
      signature: Buffer.from(signature).toString('base64'),
    });
    writeFileSync(world.at('repo/repo.json'), forged);
    expect(await look(world.key)).toEqual(everywhere('repository-damaged'));
    await expectCode(world.backup([world.at('src')]), 'locked');
  });

  it('of an older generation than was seen is a rollback, which is not written to', async () => {
    const old = ['repo.json', 'repo.1.json', 'repo.2.json'].map((n) => [n, readFileSync(world.at('repo', n))] as const);
    resign((m) => m.set('generation', 5));
    await backup();
    for (const [name, bytes] of old) writeFileSync(world.at('repo', name), bytes);
    const before = hashOf(world.repo);
    await expectCode(world.backup([world.at('src')]), 'repository-rolled-back');
    expect(hashOf(world.repo)).toBe(before);
  });

  it('whose keyring in k/ is damaged or missing is whole, and healed by the next backup', async () => {
    await backup();
    const [keyring] = filesIn(world.at('repo/k'));
    const good = readFileSync(keyring ?? '');
    for (const damage of ['flipped', 'missing']) {
      if (damage === 'flipped') flipFile(keyring ?? '');
      else unlinkSync(keyring ?? '');
      expect(await look(world.key)).toEqual(everywhere(null));
      const found = (await world.verify(0)).damage;
      expect(found.map((d) => d.object)).toEqual([`k/${createHash('sha256').update(good).digest('hex')}`]);
      await backup();
      expect(readFileSync(keyring ?? '').equals(good)).toBe(true);
    }
  });
});

describe('index segments', () => {
  it.each(['flipped', 'truncated', 'missing'])(
    'that are %s cost nothing: packs say by themselves what is in them',
    async (how) => {
      await backup();
      const [segment] = world.objects('i');
      if (segment === undefined) throw new Error('no segment');
      if (how === 'flipped') flipFile(segment);
      if (how === 'truncated') truncateSync(segment, 70_000);
      if (how === 'missing') unlinkSync(segment);
      expect(await look(world.key)).toEqual(everywhere(null));
      const { damage } = await world.verify(3);
      expect(damage.map((d) => d.object.includes('/i/'))).toEqual(how === 'missing' ? [] : [true]);
      await expectHealed();
      const packs = world.objects('p');
      const out = await backup();
      expect([out.readBytes, out.newBytes, out.unchangedFiles]).toEqual([0, 0, 3]);
      // The packs are named again, and not stored again.
      expect(world.objects('p')).toEqual(packs);
      expect(world.objects('i').length).toBe(how === 'missing' ? 1 : 2);
      await expectHealed();
    },
  );
});

describe('snapshots', () => {
  it.each(['flipped', 'truncated', 'missing'])(
    'that are %s are shown as such, and others are as they were',
    async (how) => {
      const first = await backup();
      writeFileSync(world.at('src/new'), 'new');
      const second = await backup();
      const file = world.objects('s').find((path) => path.endsWith(second.snapshotId)) ?? '';
      if (how === 'flipped') flipFile(file);
      if (how === 'truncated') truncateSync(file, 1000);
      if (how === 'missing') unlinkSync(file);
      expect(await look(world.key)).toEqual(everywhere(null));
      const shown = await world.snapshots();
      expect(shown.find((s) => s.id === first.snapshotId)?.damage).toBeNull();
      if (how === 'missing') expect(shown.length).toBe(1);
      else expect(shown.find((s) => s.id === second.snapshotId)?.damage).toEqual(expect.any(String));
      if (how !== 'missing')
        await expectCode(world.restore(world.at('to'), { snapshotId: second.snapshotId }), 'snapshot-not-found');
      const third = await backup();
      expect(third).toMatchObject({ readBytes: 0, unchangedFiles: 4 });
      await expectHealed();
    },
  );

  it('that a later one names and that are gone are reported', async () => {
    const first = await backup();
    await backup();
    unlinkSync(world.objects('s').find((path) => path.endsWith(first.snapshotId)) ?? '');
    const { damage } = await world.verify(0);
    expect(damage.map((d) => d.object)).toEqual([`c/${world.computer.clientId}/s/${first.snapshotId}`]);
  });
});

describe('data packs', () => {
  it.each(['missing', 'truncated'])(
    'that are %s: the next backup reads the files again, and old snapshots with the same content are whole too',
    async (how) => {
      const first = await backup();
      for (const pack of world.objects('p')) {
        if (how === 'missing') unlinkSync(pack);
        else truncateSync(pack, 5000);
      }
      expect(await look(world.key)).toEqual(everywhere(null));
      const found = (await world.verify(1)).damage;
      const snapshot = found.find((d) => d.object.endsWith(first.snapshotId));
      expect(snapshot?.affects).toHaveLength(3);
      const restored = await world.restore(world.at('broken'), { layout: 'selection' });
      expect([restored.restoredFiles, restored.problems.length]).toEqual([0, 3]);
      expect(filesIn(world.at('broken'))).toEqual([]);
      const second = await backup();
      expect(second).toMatchObject({ unchangedFiles: 3, changedFiles: 0, newBytes: first.newBytes });
      await expectHealed();
      const shown = await world.snapshots();
      expect(shown.map((s) => s.damage)).toEqual([null, null]);
      expect((await world.verify(1)).damage.filter((d) => d.object.includes('/s/'))).toEqual([]);
    },
  );

  it('that are missing with content that the source has no more: the old snapshot is marked, and "latest" is the new one', async () => {
    const first = await backup();
    for (const pack of world.objects('p')) unlinkSync(pack);
    writeFileSync(world.at('src/big'), randomData(600_000, 2));
    const second = await backup();
    await expectHealed();
    const shown = await world.snapshots();
    expect(shown.map((s) => [s.id, s.damage === null])).toEqual([
      [first.snapshotId, false],
      [second.snapshotId, true],
    ]);
    const old = await world.restore(world.at('old'), { snapshotId: first.snapshotId, layout: 'selection' });
    expect([old.restoredFiles, old.problems.map((p) => p.path)]).toEqual([2, [world.at('old/src/big')]]);
  });

  it('that are missing: every snapshot that needs them is reported, though they share folders', async () => {
    const first = await backup();
    const second = await backup();
    for (const pack of world.objects('p')) unlinkSync(pack);
    const objects = (await world.verify(1)).damage.map((d) => d.object.split('/').at(-1));
    expect(objects).toContain(first.snapshotId);
    expect(objects).toContain(second.snapshotId);
  });

  it('with a byte turned over are found by a full verification, which names the files', async () => {
    await backup();
    const packs = world.objects('p');
    // A byte of the block of `big`, which is the largest.
    for (const pack of packs) flipFile(pack, 200_000 < readFileSync(pack).length ? 200_000 : 1300);
    expect(await look(world.key)).toEqual(everywhere(null));
    expect((await world.verify(1)).damage).toEqual([]);
    const found = await world.verify(3);
    expect(found.contentsProven).toBe(false);
    expect(found.damage.map((d) => d.object)).toContain(
      `c/${world.computer.clientId}/p/${packs[0]?.split('/').at(-1)}`,
    );
    expect(found.damage.flatMap((d) => d.affects)).toContain(world.at('src/big'));
    // Without the key the name tells, and which files may be concerned.
    const locked = await world.verify(3, world.computer.access);
    expect(locked.damage.length).toBe(packs.length);
    expect(locked.damage.flatMap((d) => d.affects)).toContain(world.at('src/big'));
    const restored = await world.restore(world.at('broken'), { layout: 'selection' });
    expect(restored.problems.map((p) => p.path)).toContain(world.at('broken/src/big'));
    expect(restored.restoredFiles + restored.problems.length).toBe(3);
    expect(filesIn(world.at('broken')).some((file) => file.includes('.holdfast-'))).toBe(false);
  });

  it('whose padding alone is damaged concern no file', async () => {
    await backup();
    for (const pack of world.objects('p')) {
      // Table and trailer are at the end; before them is padding.
      flipFile(pack, readFileSync(pack).length - 1500);
    }
    const found = await world.verify(3);
    expect(found.damage.length).toBe(world.objects('p').length);
    expect(found.damage.flatMap((d) => d.affects)).toEqual([]);
    await expectHealed();
  });
});

describe('metadata packs', () => {
  it.each(['missing', 'truncated'])(
    'that are %s are stored again by the next backup, without reading files',
    async (how) => {
      const first = await backup();
      for (const pack of world.objects('m')) {
        if (how === 'missing') unlinkSync(pack);
        else truncateSync(pack, 5000);
      }
      expect((await look(world.key)).snapshots).toBeNull();
      expect((await world.verify(1)).damage.some((d) => d.object.includes('/s/'))).toBe(true);
      await expectCode(world.restore(world.at('to')), 'object-missing');
      const out = await backup();
      expect([out.readBytes, out.newBytes]).toEqual([0, 0]);
      await expectHealed();
      // The folder above the source has changed since, so the old snapshot's topmost tree is gone for good.
      expect((await world.snapshots()).map((s) => s.damage === null)).toEqual([false, true]);
      const broken = (await world.verify(1)).damage.map((d) => d.object).filter((object) => object.includes('/s/'));
      expect(broken).toEqual([`c/${world.computer.clientId}/s/${first.snapshotId}`]);
    },
  );

  it('with a byte turned over are found when they are read', async () => {
    await backup();
    for (const pack of world.objects('m')) flipFile(pack, 300);
    const found = (await world.verify(1)).damage;
    expect(found.map((d) => d.object.includes('/s/'))).toEqual([true]);
    await expectCode(world.restore(world.at('to')), 'object-damaged');
    expect(filesIn(world.at('to'))).toEqual([]);
  });
});

describe('what does not belong there', () => {
  it('is reported and left alone', async () => {
    await backup();
    const id = world.computer.clientId;
    const strays = [
      'letter.txt',
      'repo (conflicted copy).json',
      'c/notes',
      `c/${id}/p/notes.txt`,
      `c/${id}/p/ab/${'cd'.repeat(32)}`,
      `c/${id}/s/${'AB'.repeat(32)}`,
      `k/zz`,
    ];
    for (const stray of strays) world.write({ [`repo/${stray}`]: 'x' });
    expect(await look(world.key)).toEqual(everywhere(null));
    const found = await world.verify(1);
    expect([[...found.strays].sort(), found.damage]).toEqual([[...strays].sort(), []]);
    await backup();
    for (const stray of strays) expect(readFileSync(world.at('repo', stray), 'utf8')).toBe('x');
  });

  it('under the name of an object is damage, and harms nothing', async () => {
    await backup();
    const id = world.computer.clientId;
    for (const room of ['p', 'm', 'i', 's'])
      world.write({ [`repo/c/${id}/${room}/ab/${'ab'.repeat(32)}`]: randomData(70_000, 1) });
    expect(await look(world.key)).toEqual(everywhere(null));
    expect((await world.verify(3)).damage.length).toBe(4);
    await backup();
    await expectHealed();
  });

  it('from a computer of another backup is damage in that computer’s folder alone', async () => {
    await backup();
    const other = await World.make();
    try {
      other.write({ 'src/theirs': 'theirs' });
      await other.backup([other.at('src')]);
      renameSync(`${other.repo}/c/${other.computer.clientId}`, `${world.repo}/c/${other.computer.clientId}`);
      expect(await look(world.key)).toEqual(everywhere(null));
      const damage = (await world.verify(1)).damage;
      expect(damage.every((d) => d.object.startsWith(`c/${other.computer.clientId}/`))).toBe(true);
      expect(damage.length).toBeGreaterThan(0);
      expect((await world.snapshots()).filter((s) => s.damage === null).length).toBe(1);
    } finally {
      other.dispose();
    }
  });
});

describe('the storage', () => {
  it('that is busy with another backup of this computer is left alone', async () => {
    await backup();
    const lock = await takeLocalLock(`${world.repoId}:${world.computer.clientId}`);
    const before = hashOf(world.repo);
    await expectCode(world.backup([world.at('src')]), 'busy');
    expect(hashOf(world.repo)).toBe(before);
    await lock.release();
    await backup();
  });

  it('that goes away in the middle of a restore or verification says so, and not that it is damaged', async () => {
    await backup();
    const { destination } = world;
    const snapshotId = (await world.snapshots())[0]?.id ?? '';
    await world.restore(world.at('first'), { snapshotId });
    // The index is kept open, as when somebody browses; then the disk is pulled.
    renameSync(world.repo, world.at('elsewhere'));
    const input = {
      destination,
      access: world.key,
      snapshotId,
      paths: [],
      target: { kind: 'folder' as const, path: world.at('second') },
      layout: 'full' as const,
      conflict: 'skip' as const,
      dryRun: false,
    };
    await expectCode(restore(input, { control: new RunControl(), emit: () => undefined }), 'destination-missing');
    renameSync(world.at('elsewhere'), world.repo);
    await expectHealed();
  });

  it('that goes away in the middle of a backup says so; with it back, the backup goes on', async () => {
    await backup();
    world.write({ 'src/more': randomData(3_000_000, 5) });
    world.onEvent = (event) => {
      if (event.type === 'phase' && event.phase === 'upload') renameSync(world.repo, world.at('elsewhere'));
    };
    await expectCode(world.backup([world.at('src')]), 'destination-missing');
    world.onEvent = () => undefined;
    expect(existsSync(world.repo)).toBe(false);
    renameSync(world.at('elsewhere'), world.repo);
    await backup();
    await expectHealed();
  });

  it('that is full ends the backup with nothing lost; with room made, it goes on', async ({ skip }) => {
    const disk = world.at('disk');
    mkdirSync(disk);
    const reason = await mountDisk(disk, 3 * 2 ** 20);
    if (reason !== null) return skip(reason);
    try {
      const small = { destination: { kind: 'local' as const, path: `${disk}/repo` } };
      await create({ ...small, rootKey: world.rootKey });
      const made = await enrol({ ...small, rootKey: world.rootKey });
      const access = {
        kind: 'capability' as const,
        capability: made.capability,
        readerPublicKey: made.readerPublicKey,
      };
      const computer = { ...world.computer, access, clientId: made.clientId, stateFolder: world.at('state-small') };
      const first = await world.backup([world.at('src/sub')], small, computer);
      world.write({ 'src/large': randomData(4_000_000, 9) });
      await expectCode(world.backup([world.at('src')], small, computer), 'destination-full');
      const context = { control: new RunControl(), emit: () => undefined };
      expect((await verify({ ...small, access: world.key, level: 3 }, context)).damage).toEqual([]);
      rmSync(world.at('src/large'));
      const out = await world.backup([world.at('src/sub')], small, computer);
      expect(out.files).toBe(first.files);
    } finally {
      await unmount(disk);
    }
  });

  it('that may only be read can be listed, verified and restored from; a backup says why it cannot be', async ({
    skip,
  }) => {
    const disk = world.at('disk');
    mkdirSync(disk);
    const reason = await mountDisk(disk, 20 * 2 ** 20);
    if (reason !== null) return skip(reason);
    await backup();
    renameSync(world.repo, world.at('original'));
    mkdirSync(world.repo);
    try {
      execFileSync('cp', ['-a', `${world.at('original')}/.`, `${disk}/`]);
      execFileSync('mount', ['--bind', disk, world.repo]);
      execFileSync('mount', ['-o', 'remount,bind,ro', world.repo]);
      expect(await look(world.key)).toEqual(everywhere(null));
      await expectHealed();
      await expectCode(world.backup([world.at('src')]), 'destination-denied');
    } finally {
      await unmount(world.repo).catch(() => undefined);
      await unmount(disk);
    }
  });
});
