/** A bad sector in a segment, a snapshot or a note: what can be read is read, and nothing is decided without the rest. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EngineEvent } from '../../../main/engine/api.ts';
import { adopt } from '../../../main/engine/adopt.ts';
import { RunControl } from '../../../main/engine/control.ts';
import { forget } from '../../../main/engine/forget.ts';
import { prune } from '../../../main/engine/prune.ts';
import { repair } from '../../../main/engine/repair.ts';
import { stats } from '../../../main/engine/stats.ts';
import { toHoldfastError } from '../../../main/errors.ts';
import { hashOf, World } from '../../support/engine.ts';
import { randomData } from '../../support/made-data.ts';

/** File that is not given, and how many more reads of it fail. */
const disk = vi.hoisted(() => ({ bad: '', failures: 0 }));
vi.mock('node:fs/promises', async (original) => {
  const fs = await original<typeof import('node:fs/promises')>();
  return {
    ...fs,
    open: async (...args: Parameters<typeof fs.open>) => {
      const handle = await fs.open(...args);
      if (args[0] === disk.bad && disk.failures-- > 0) {
        handle.read = async () => {
          throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
        };
      }
      return handle;
    },
  };
});

const SECTOR = 'The disk does not give a part of the backup.';

let world: World;
const events: EngineEvent[] = [];
const context = () => ({ control: new RunControl(), emit: (event: EngineEvent) => void events.push(event) });
const warnings = (): string[] =>
  [...events, ...world.events].flatMap((event) => (event.type === 'message' ? [event.text] : []));

beforeEach(async () => {
  disk.failures = 0;
  events.length = 0;
  world = await World.make();
  for (const name of ['one', 'two']) {
    world.write({ [`src/${name}`]: randomData(100_000, name.length + name.charCodeAt(0)) });
    await world.backup([world.at('src')]);
  }
});
afterEach(() => {
  disk.failures = 0;
  world.dispose();
});

function spoil(file: string, failures = Number.POSITIVE_INFINITY): void {
  Object.assign(disk, { bad: file, failures });
}

/** File of the newest snapshot. */
async function newest(): Promise<string> {
  const [last] = (await world.snapshots()).sort((a, b) => b.sequence - a.sequence);
  return world.objects('s').find((file) => file.endsWith(last?.id ?? '-')) ?? '';
}

const idIn = (file: string): string => file.slice(file.lastIndexOf('/') + 1);
const code = async (work: Promise<unknown>): Promise<string> =>
  await work.then(
    () => '',
    (error: unknown) => toHoldfastError(error).code,
  );

describe('what reads', () => {
  it('goes on without a segment, and says so', async () => {
    const [segment = ''] = world.objects('i');
    // A disk that failed once is asked once more.
    spoil(segment, 1);
    expect(await world.verify(1)).toMatchObject({ damage: [], snapshots: 2 });
    expect(disk.failures).toBeLessThan(1);
    spoil(segment);
    expect(await world.snapshots()).toMatchObject([{ damage: null }, { damage: null }]);
    expect(await world.restore(world.at('out'))).toMatchObject({ problems: [], restoredFiles: 2 });
    expect(await stats({ destination: world.destination, access: world.key }, context())).toMatchObject({
      computers: [{ snapshots: 2 }],
    });
    expect(warnings().filter((words) => words.startsWith(SECTOR) && words.includes(idIn(segment)))).toHaveLength(2);
    const { damage } = await world.verify(1);
    expect(damage).toMatchObject([
      { object: expect.stringContaining(idIn(segment)) as string, message: expect.stringContaining(SECTOR) as string },
    ]);
  });

  it('goes on without a snapshot, and never calls it lost', async () => {
    const file = await newest();
    spoil(file);
    expect((await world.snapshots()).filter(({ damage }) => damage !== null)).toMatchObject([
      { id: idIn(file), damage: expect.stringContaining(SECTOR) as string },
    ]);
    expect(await world.restore(world.at('out'))).toMatchObject({ problems: [], restoredFiles: 1 });
    expect(warnings().some((words) => words.startsWith(SECTOR) && words.includes(idIn(file)))).toBe(true);
    expect(await code(world.restore(world.at('out2'), { snapshotId: idIn(file) }))).toBe('object-unreadable');
    expect((await world.verify(1)).damage).toMatchObject([{ object: expect.stringContaining(idIn(file)) as string }]);
  });
});

describe('what changes the backup', () => {
  const own = () => ({
    destination: world.destination,
    access: world.computer.access,
    stateFolder: world.computer.stateFolder,
    dryRun: false,
  });

  it.each(['segment', 'snapshot'])(
    'decides nothing without a %s, and a backup goes on; when it is back, all is as it was',
    async (what) => {
      spoil(what === 'segment' ? (world.objects('i')[0] ?? '') : await newest());
      const before = hashOf(world.repo);
      const policy = { last: 1 };
      expect(await code(prune({ ...own(), graceHours: 0 }, context()))).toBe('object-unreadable');
      expect(await code(forget({ ...own(), ids: [], policy }, context()))).toBe('object-unreadable');
      expect(await code(repair({ ...own(), level: 1 }, context()))).toBe('object-unreadable');
      expect(hashOf(world.repo)).toBe(before);
      world.write({ 'src/three': 'three' });
      expect(await world.backup([world.at('src')])).toMatchObject({ newFiles: 1 });
      expect(warnings().some((words) => words.includes(SECTOR))).toBe(true);
      disk.failures = 0;
      expect((await world.snapshots()).map(({ damage, sequence }) => [sequence, damage]).sort()).toEqual([
        [1, null],
        [2, null],
        [3, null],
      ]);
      expect(await world.verify(3)).toMatchObject({ damage: [], snapshots: 3 });
      expect(await code(prune({ ...own(), graceHours: 0 }, context()))).toBe('');
    },
  );
});

it('the note of who has taken over: it is read on, and nobody writes', async () => {
  const { clientId } = world.computer;
  const stateFolder = world.at('state-new');
  const made = await adopt({ destination: world.destination, rootKey: world.rootKey, clientId, stateFolder });
  const access = { kind: 'capability' as const, ...made };
  spoil(world.at('repo', 'c', clientId, 'domain'));
  expect(await world.snapshots()).toHaveLength(2);
  expect((await world.verify(1)).damage).toMatchObject([{ object: `c/${clientId}/domain` }]);
  expect(await code(world.backup([world.at('src')], {}, { access, clientId, stateFolder }))).toBe('object-unreadable');
  disk.failures = 0;
  expect(await world.verify(1)).toMatchObject({ damage: [] });
});
