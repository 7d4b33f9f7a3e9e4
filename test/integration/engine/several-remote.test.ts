/** A plan with a disk, an SFTP server and Google Drive: one fails in the middle and catches up, all three are alike. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Destination } from '../../../main/destinations/destination.ts';
import { LocalDestination } from '../../../main/destinations/local/local-destination.ts';
import { RunControl } from '../../../main/engine/control.ts';
import { copyBetween } from '../../../main/engine/copy.ts';
import { driveFactory } from '../../support/destination-drive.ts';
import { FaultyDestination } from '../../support/destination-faulty.ts';
import { sftpFactory } from '../../support/destination-sftp.ts';
import type { DestinationUnderTest } from '../../support/destination-helpers.ts';
import { nameOfFile, Several } from '../../support/several.ts';
import { sshdMissing, startSshd, type Sshd } from '../../support/sshd.ts';

describe.skipIf(sshdMissing !== null)('a disk, a server and Drive', () => {
  let sshd: Sshd;
  let sftp: DestinationUnderTest;
  let drive: DestinationUnderTest;
  let world: Several;

  beforeAll(async () => {
    sshd = await startSshd();
    sftp = await sftpFactory(() => sshd).make();
    drive = await driveFactory.make();
    world = await Several.make('a');
  });

  afterAll(async () => {
    world.end();
    await drive.dispose();
    await sftp.dispose();
    await sshd.stop();
  });

  const open = async (place: string): Promise<Destination> => {
    if (place === 'sftp') return await sftp.reopen();
    if (place === 'drive') return await drive.reopen();
    return await LocalDestination.open(world.at(place));
  };

  /** What lies at a place, brought to a folder of this computer by a copy that checks every byte. */
  async function bring(place: string, to: string): Promise<void> {
    const source = await open(place);
    const input = { from: [], to: world.spec(to), clients: 'all' as const };
    const context = { control: new RunControl(), emit: () => undefined };
    try {
      const output = await copyBetween([{ destination: source }], await open(to), input, context);
      expect(output).toMatchObject({ complete: true, damaged: [] });
    } finally {
      await source.close();
    }
  }

  test('one that fails in the middle catches up; all restore alike; what one has damaged another heals', async () => {
    const first = await world.backup('a', ['sftp', 'drive'], { open });
    expect(first.also.map(({ state, error }) => [state, error])).toEqual([
      ['complete', null],
      ['complete', null],
    ]);
    world.write('second', 4);
    let published = 0;
    const failing = async (place: string): Promise<Destination> => {
      const inner = await open(place);
      if (place !== 'sftp') return inner;
      return new FaultyDestination(inner, {
        rule: ({ operation }) => (operation === 'publish' && ++published === 2 ? 'vanish' : null),
      });
    };
    const second = await world.backup('a', ['sftp', 'drive'], { open: failing });
    expect(second.also.map(({ state }) => state)).toEqual(['behind', 'complete']);
    const third = await world.backup('a', ['sftp', 'drive'], { open });
    expect(third.also.map(({ state }) => state)).toEqual(['complete', 'complete']);

    for (const place of ['sftp', 'drive']) {
      await bring(place, `from-${place}`);
      expect(world.contents(`from-${place}`)).toEqual(world.contents('a'));
      expect(await world.newestProblems(`from-${place}`)).toEqual([]);
    }
    expect(await world.problems('from-drive', 3)).toEqual([]);

    // A server that lost half a pack is healed from the disk.
    const pack = nameOfFile(world.objects('a', 'p')[0] ?? '');
    await sftp.truncate(pack, 1000);
    const target = await open('sftp');
    const input = { from: [], to: world.spec('sftp'), clients: [], heal: [pack] };
    const context = { control: new RunControl(), emit: () => undefined };
    const healed = await copyBetween([{ destination: await open('a') }], target, input, context);
    await target.close();
    expect(healed.healed).toEqual([pack]);
    await bring('sftp', 'new');
    expect(world.contents('new')).toEqual(world.contents('a'));
  }, 120_000);
});
