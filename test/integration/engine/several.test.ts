/** One repository at several places: fan-out, copies, what lags, what fails, what is healed. */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Destination } from '../../../main/destinations/destination.ts';
import { LocalDestination } from '../../../main/destinations/local/local-destination.ts';
import { RunControl } from '../../../main/engine/control.ts';
import { create } from '../../../main/engine/create.ts';
import { inspect } from '../../../main/engine/inspect.ts';
import { setVault } from '../../../main/engine/set-vault.ts';
import { unlock } from '../../../main/engine/unlock.ts';
import type { ProgressEvent, RepositoryFacts, VaultLocator } from '../../../main/engine/api.ts';
import { HoldfastError } from '../../../main/errors.ts';
import { replaced } from '../../support/crash-faulty.ts';
import { deferred } from '../../support/deferred.ts';
import { FaultyDestination, type FaultPlan } from '../../support/destination-faulty.ts';
import { flipFile } from '../../support/engine.ts';
import { FILE_BYTES, nameOfFile, Several } from '../../support/several.ts';

let world: Several;

beforeEach(async () => {
  world = await Several.make('a');
});

afterEach(() => world.end());

/** Opens folders, some of them behind a plan of faults. */
function faulty(plans: Record<string, FaultPlan>, kept: Record<string, FaultyDestination> = {}) {
  return async (place: string): Promise<Destination> => {
    const local = await LocalDestination.open(world.at(place));
    const plan = plans[place];
    if (plan === undefined) return local;
    return (kept[place] = new FaultyDestination(local, plan));
  };
}

async function codeOf(run: Promise<unknown>): Promise<string> {
  return await run.then(
    () => 'no error',
    (error: unknown) => (error instanceof HoldfastError ? error.code : String(error)),
  );
}

describe('a run to several places', () => {
  test('fills new ones, and all restore alike', async () => {
    world.empty('b');
    world.empty('c');
    const events: ProgressEvent[] = [];
    const first = await world.backup('a', ['b', 'c'], {
      emit: (event) => void (event.type === 'progress' && events.push(event)),
    });
    expect(first.also).toMatchObject([
      { index: 0, state: 'complete', error: null },
      { index: 1, state: 'complete', error: null },
    ]);
    expect(first.also[0]?.storedBytes).toBeGreaterThan(5 * FILE_BYTES);
    expect(first.phases.map(({ phase }) => phase)).toContain('copy');
    expect(events.at(-1)?.destinations).toMatchObject([{ state: 'done' }, { state: 'done' }, { state: 'done' }]);
    world.write('second');
    const second = await world.backup('a', ['b', 'c']);
    expect(second.also.map(({ state }) => state)).toEqual(['complete', 'complete']);
    for (const place of ['b', 'c']) {
      expect(world.contents(place)).toEqual(world.contents('a'));
      expect(await world.problems(place, 3)).toEqual([]);
      expect(await world.newestProblems(place)).toEqual([]);
      expect(world.spool(place)).toEqual([]);
    }
    expect(world.spool('a')).toEqual([]);
  });

  test('the packs are sent while the file is at hand, and only the rest is copied at the end', async () => {
    world.empty('b');
    await world.backup('a', ['b']);
    world.write('second');
    const packs = world.objects('b', 'p').length + world.objects('b', 'm').length;
    const { also } = await world.backup('a', ['b']);
    expect(world.objects('b', 'p').length + world.objects('b', 'm').length).toBeGreaterThan(packs + 1);
    // One segment and one snapshot.
    expect(also[0]?.copiedObjects).toBe(2);
  });

  test('a file is never under two names: what damages one place does not damage another', async () => {
    world.empty('b');
    await world.backup('a', ['b'], { open: faulty({ a: {} }) });
    for (const place of ['a', 'b']) {
      for (const file of world.objects(place, 'p')) expect(statSync(file).nlink).toBe(1);
    }
    for (const file of world.objects('a', 'p')) flipFile(file);
    expect(await world.damage('b', 3)).toEqual([]);
  });

  test('one that fails in the middle is behind, the others are not, and the next run brings what it lacks', async () => {
    for (const place of ['b', 'c']) world.empty(place);
    await world.backup('a', ['b', 'c']);
    world.write('second', 6);
    let published = 0;
    const plan: FaultPlan = {
      rule: ({ operation }) => (operation === 'publish' && ++published === 2 ? 'vanish' : null),
    };
    const output = await world.backup('a', ['b', 'c'], { open: faulty({ b: plan }) });
    expect(output.also).toMatchObject([
      { index: 0, state: 'behind', error: { code: 'destination-missing' } },
      { index: 1, state: 'complete', error: null },
    ]);
    expect(world.contents('c')).toEqual(world.contents('a'));
    expect(world.objects('b', 's').length).toBe(1);
    expect(await world.problems('b', 3)).toEqual([]);
    const next = await world.backup('a', ['b', 'c']);
    expect(next.also[0]).toMatchObject({ state: 'complete', error: null });
    expect(world.contents('b')).toEqual(world.contents('a'));
    expect(await world.problems('b', 3)).toEqual([]);
  });

  test('one publish that fails once costs nothing: the end of the run brings it', async () => {
    world.empty('b');
    let published = 0;
    const plan: FaultPlan = {
      rule: ({ operation }) => (operation === 'publish' && ++published === 2 ? 'fail-before' : null),
    };
    const output = await world.backup('a', ['b'], { open: faulty({ b: plan }) });
    expect(published).toBeGreaterThan(1);
    expect(output.also[0]).toMatchObject({ state: 'complete', error: null });
    expect(world.contents('b')).toEqual(world.contents('a'));
  });

  test('one that does not open, or answers slowly, holds back nothing', async () => {
    world.empty('c');
    const slow = deferred<void>();
    const events: ProgressEvent[] = [];
    const committed = deferred<void>();
    const run = world.backup('a', ['b', 'c'], {
      open: async (place) => {
        const local = await LocalDestination.open(world.at(place));
        if (place === 'b') throw new HoldfastError('destination-offline', 'It does not answer.', 'Nothing was lost.');
        if (place !== 'c') return local;
        return replaced(local, 'publish', async (file, name, options) => {
          await slow.promise;
          await local.publish(file, name, options);
        });
      },
      emit: (event) => {
        if (event.type !== 'progress') return;
        events.push(event);
        if (event.destinations?.[0]?.state === 'done') committed.resolve();
      },
    });
    await committed.promise;
    expect(world.objects('a', 's').length).toBe(1);
    expect(world.objects('c', 'p').length).toBe(0);
    expect(events.at(-1)?.destinations?.[2]?.queuedBytes).toBeGreaterThan(0);
    slow.resolve();
    const { also } = await run;
    expect(also.map(({ state }) => state)).toEqual(['behind', 'complete']);
    expect(also[0]?.error?.code).toBe('destination-offline');
    expect(await world.problems('c', 3)).toEqual([]);
  });

  test('the next run of the same computer need not wait until the others have all', async () => {
    world.empty('b');
    const slow = deferred<void>();
    const committed = deferred<void>();
    const run = world.backup('a', ['b'], {
      open: async (place) => {
        const local = await LocalDestination.open(world.at(place));
        if (place !== 'b') return local;
        return replaced(local, 'publish', async (file, name, options) => {
          await slow.promise;
          await local.publish(file, name, options);
        });
      },
      emit: (event) => {
        if (event.type === 'progress' && event.destinations?.[0]?.state === 'done') committed.resolve();
      },
    });
    await committed.promise;
    world.write('meanwhile');
    await world.backup('a');
    slow.resolve();
    expect((await run).also[0]?.state).toBe('complete');
    expect(await world.damage('b', 3)).toEqual([]);
    expect((await world.snapshots('a')).map(({ sequence }) => sequence)).toEqual([1, 2]);
  });

  test('that is stopped after its snapshot is stored says so of the others, and is no failure', async () => {
    world.empty('b');
    const control = new RunControl();
    const output = await world.backup('a', ['b'], {
      control,
      emit: (event) => {
        if (event.type === 'phase' && event.phase === 'copy') control.stop();
      },
    });
    expect(output.also[0]).toMatchObject({ state: 'behind', error: { code: 'stopped' } });
    expect(existsSync(world.at('b', 'repo.json'))).toBe(false);
    expect((await world.copy(['a'], 'b')).complete).toBe(true);
    expect(await world.problems('b', 3)).toEqual([]);
  });

  test('that loses its lead after its snapshot is stored says so of the others, and is no failure', async () => {
    world.empty('b');
    let committed = false;
    const plan: FaultPlan = { rule: ({ operation }) => (committed && operation === 'list' ? 'vanish' : null) };
    const output = await world.backup('a', ['b'], {
      open: faulty({ a: plan }),
      emit: (event) => void (committed ||= event.type === 'phase' && event.phase === 'copy'),
    });
    expect(output.also).toMatchObject([{ state: 'behind', error: { code: 'destination-missing' } }]);
    expect((await world.snapshots('a')).map(({ id }) => id)).toEqual([output.snapshotId]);
    expect((await world.backup('a', ['b'])).also[0]?.state).toBe('complete');
  });

  test('clears no spool of its computer after it has given up its lock: that is the next run’s', async () => {
    for (const place of ['b', 'c']) world.empty(place);
    const opened = deferred<void>();
    const hanging = deferred<void>();
    const cleared: string[] = [];
    const run = world.backup('a', ['b', 'c'], {
      open: async (place) => {
        const local = await LocalDestination.open(world.at(place));
        if (place === 'a') return local;
        if (place === 'b') await opened.promise;
        return replaced(local, 'clearSpool', async (owner, options) => {
          if (owner !== world.clientId) return await local.clearSpool(owner, options);
          cleared.push(place);
          // `c` does not answer to this.
          options?.signal?.addEventListener('abort', () => hanging.reject(options.signal?.reason));
          await hanging.promise;
        });
      },
      emit: (event) => {
        if (event.type === 'progress' && event.destinations?.[0]?.state === 'done') opened.resolve();
      },
    });
    expect((await run).also.map(({ state }) => state)).toEqual(['complete', 'complete']);
    expect(cleared).toEqual(['c']);
  });

  test('can leave the fill to a later copy', async () => {
    world.empty('b');
    await world.backup('a');
    world.write('second');
    const output = await world.backup('a', ['b'], { input: { fillFollowers: false } });
    expect(output.also[0]).toMatchObject({ state: 'behind', error: null, copiedObjects: 0 });
    expect(output.also[0]?.storedBytes).toBeGreaterThan(0);
    expect(await world.survey(['a', 'b'])).toMatchObject({
      lead: 0,
      destinations: [{ state: 'ready', head: 2 }, { state: 'unfinished' }],
    });
    const copied = await world.copy(['a'], 'b');
    expect(copied.bytes + (output.also[0]?.storedBytes ?? 0)).toBeGreaterThan(8 * FILE_BYTES);
    expect(world.contents('b')).toEqual(world.contents('a'));
  });
});

describe('places that are not what they should be', () => {
  test('another backup is refused for itself alone, and left as it is', async () => {
    world.empty('c');
    await create({ destination: world.spec('b'), rootKey: new Uint8Array(32).fill(7) });
    const before = world.contents('b');
    const output = await world.backup('a', ['b', 'c']);
    expect(output.also).toMatchObject([
      { state: 'behind', error: { code: 'repository-exists' } },
      { state: 'complete', error: null },
    ]);
    expect(await codeOf(world.copy(['a'], 'b'))).toBe('repository-exists');
    expect(world.contents('b')).toEqual(before);
    expect(await world.survey(['b', 'a'])).toMatchObject({ lead: 1, destinations: [{ state: 'other' }, {}] });
  });

  test('a folder that is not there is not made by a run; a copy makes it', async () => {
    const output = await world.backup('a', ['gone']);
    expect(output.also[0]).toMatchObject({ state: 'behind', error: { code: 'destination-missing' } });
    expect(existsSync(world.at('gone'))).toBe(false);
    expect(await codeOf(world.copy(['a'], 'gone', { make: false }))).toBe('destination-missing');
    expect(existsSync(world.at('gone'))).toBe(false);
    expect((await world.copy(['a'], 'gone')).complete).toBe(true);
    expect(await world.problems('gone', 3)).toEqual([]);
  });

  test('a place that held the backup and is empty now is not filled anew unasked', async () => {
    world.empty('b');
    await world.backup('a', ['b']);
    // The disk is away: what is left is the folder that it was mounted on.
    rmSync(world.at('b'), { recursive: true });
    mkdirSync(world.at('b'));
    const output = await world.backup('a', ['b']);
    expect(output.also[0]).toMatchObject({ state: 'behind', error: { code: 'destination-missing' } });
    expect(await codeOf(world.copy(['a'], 'b', { make: false }))).toBe('destination-missing');
    expect((await world.survey(['b'])).destinations[0]).toMatchObject({ state: 'unreachable' });
    expect(world.contents('b').size).toBe(0);
    expect((await world.copy(['a'], 'b')).complete).toBe(true);
    expect(await world.problems('b', 3)).toEqual([]);
  });

  test('a repo.json that somebody else signed is brought nowhere, however new it says it is', async () => {
    world.empty('b');
    await world.backup('a', ['b']);
    const repoId = (await world.survey(['a'])).destinations[0];
    expect(repoId?.generation).toBe(1);
    const genuine = world.contents('b');
    await forge(world);
    expect(await codeOf(world.copy(['a'], 'b'))).not.toBe('internal');
    for (const name of ['repo.json', 'repo.1.json', 'repo.2.json']) {
      expect(world.contents('b').get(name)).toBe(genuine.get(name));
    }
    expect(await codeOf(world.copy(['a'], 'new'))).toBe('repository-damaged');
    expect(existsSync(world.at('new', 'repo.json'))).toBe(false);
  });

  test('a second source that somebody else signed gives nothing, no keyring either', async () => {
    await world.backup('a');
    cpSync(world.at('a'), world.at('forged'), { recursive: true });
    await forge(world, 'forged');
    const strange = createHash('sha256').update('strange').digest('hex');
    mkdirSync(world.at('forged/k', strange.slice(0, 2)), { recursive: true });
    writeFileSync(world.at('forged/k', strange.slice(0, 2), strange), 'strange');
    await world.copy(['a', 'forged'], 'b');
    expect(await world.damage('b')).toEqual([]);
    expect([...world.contents('b').keys()].sort()).toEqual([...world.contents('a').keys()].sort());
  });

  test('a place whose repo.json somebody else signed is sent nothing, and never called complete', async () => {
    world.empty('b');
    await world.backup('a', ['b']);
    await forge(world, 'b');
    world.write('second');
    const before = world.contents('b');
    const { also } = await world.backup('a', ['b']);
    expect(also[0]).toMatchObject({ state: 'behind', error: { code: 'repository-damaged' } });
    for (const stateFolder of [world.state, undefined]) {
      expect(await codeOf(world.copy(['a'], 'b', { stateFolder }))).toBe('repository-damaged');
    }
    expect(world.contents('b')).toEqual(before);
  });
});

/** Whoever holds the storage at `place` signs a repo.json of a later generation with a key of his own. */
async function forge(target: Several, place = 'a'): Promise<void> {
  const { decodeRepoFile, encodeRepoFile, REPO_FILES } = await import('../../../main/engine/format/repo-file.ts');
  const { ed25519PublicKey } = await import('../../../main/engine/format/keys.ts');
  const local = await LocalDestination.open(target.at(place));
  const file = decodeRepoFile(await local.get('repo.json'));
  const seed = new Uint8Array(32).fill(9);
  const forged = encodeRepoFile({ ...file, generation: 99, ownerPublicKey: ed25519PublicKey(seed) }, seed);
  for (const name of REPO_FILES) await local.put(name, forged);
}

describe('places that lag', () => {
  test('numbers and predecessors stay unique whoever leads, and both places hold all in the end', async () => {
    world.empty('b');
    await world.backup('a', ['b']);
    for (const seed of ['two', 'three']) {
      world.write(seed);
      await world.backup('a');
    }
    world.write('four');
    await world.backup('b');
    expect((await world.snapshots('b')).map(({ sequence }) => sequence)).toEqual([1, 4]);
    expect((await world.survey(['a', 'b'])).lead).toBe(1);
    // Both are back.
    expect((await world.copy(['a'], 'b')).complete).toBe(true);
    expect((await world.copy(['b'], 'a')).complete).toBe(true);
    expect(world.contents('a')).toEqual(world.contents('b'));
    for (const place of ['a', 'b']) {
      expect((await world.snapshots(place)).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
      expect(await world.problems(place, 3)).toEqual([]);
    }
    expect(await predecessors(world)).toEqual([0, 1, 2, 3]);
  });

  test('a run with both brings each what only the other has', async () => {
    world.empty('b');
    await world.backup('a', ['b']);
    world.write('two');
    await world.backup('a');
    world.write('three');
    await world.backup('b');
    world.write('four');
    const { lead } = await world.survey(['a', 'b']);
    expect(lead).toBe(1);
    expect((await world.backup('b', ['a'])).also[0]).toMatchObject({ state: 'complete' });
    expect(world.contents('a')).toEqual(world.contents('b'));
    expect((await world.snapshots('a')).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
    expect(await world.problems('a', 3)).toEqual([]);
  });

  const vault: VaultLocator = {
    vaultId: '00'.repeat(16),
    recordId: '11'.repeat(32),
    urls: ['https://vault.example'],
    fingerprint: '22'.repeat(32),
  };
  const setVaultAt = async (place: string, to: VaultLocator | null): Promise<RepositoryFacts> => {
    const { rootKey, state: stateFolder } = world;
    return await setVault({ destination: world.spec(place), rootKey, stateFolder, vault: to });
  };
  const seenAt = async (place: string): Promise<RepositoryFacts> =>
    await inspect({ destination: world.spec(place), stateFolder: world.state });

  test('a place that missed a change of repo.json is backed up to, opened and changed when the other has died', async () => {
    world.empty('b');
    await world.backup('a', ['b']);
    expect(await setVaultAt('b', vault)).toMatchObject({ generation: 2 });
    // What `b` is on is gone for good.
    world.write('second');
    expect((await world.backup('a')).newFiles).toBeGreaterThan(0);
    expect(await seenAt('a')).toMatchObject({ generation: 1, vault: null, behind: true, ownerKnown: true });
    const { rootKey, state: stateFolder } = world;
    expect(await unlock({ destination: world.spec('a'), rootKey, stateFolder })).toMatchObject({ behind: true });
    // It names no vault already; said now, it has to outdo what the other place says.
    expect(await setVaultAt('a', null)).toMatchObject({ generation: 3, vault: null });
    expect(await seenAt('a')).toMatchObject({ behind: false });
    // And `b` comes back after all.
    expect((await world.copy(['a'], 'b')).complete).toBe(true);
    expect(await seenAt('b')).toMatchObject({ generation: 3, vault: null, behind: false });
  });

  test('a place that shows less than it has shown before is refused, also one that only ever received', async () => {
    world.empty('b');
    await world.backup('a', ['b']);
    const names = ['repo.json', 'repo.1.json', 'repo.2.json'];
    const old = names.map((name) => readFileSync(world.at('a', name)));
    await setVaultAt('a', vault);
    await world.backup('a', ['b']);
    for (const place of ['a', 'b']) {
      expect(await seenAt(place)).toMatchObject({ generation: 2 });
      for (const [i, name] of names.entries()) writeFileSync(world.at(place, name), old[i] ?? '');
      expect(await codeOf(seenAt(place))).toBe('repository-rolled-back');
      expect(await codeOf(world.backup(place))).toBe('repository-rolled-back');
    }
  });

  test('a change of repo.json that the lead missed comes from the other before the run', async () => {
    world.empty('b');
    await world.backup('a', ['b']);
    await setVaultAt('b', vault);
    const output = await world.backup('a', ['b']);
    expect(output.also[0]?.state).toBe('complete');
    expect(world.contents('a').get('repo.json')).toBe(world.contents('b').get('repo.json'));
  });

  test('what a run that lost its lead has sent to another is not stored again', async () => {
    world.empty('b');
    await world.backup('a', ['b']);
    world.write('second', 12);
    // The leading disk goes away with its eighth pack, when the other place has got at least five of them.
    const fifth = deferred<void>();
    let led = 0;
    let followed = 0;
    const open = async (place: string): Promise<Destination> => {
      const local = await LocalDestination.open(world.at(place));
      return replaced(local, 'publish', async (file, name, options) => {
        if (place === 'a' && ++led >= 8) {
          await fifth.promise;
          throw new HoldfastError('destination-missing', 'The disk went away.', 'Nothing was lost.');
        }
        await local.publish(file, name, options);
        if (place === 'b' && ++followed === 5) fifth.resolve();
      });
    };
    expect(await codeOf(world.backup('a', ['b'], { open }))).toBe('destination-missing');
    const bytes = (): number => world.objects('b', 'p').reduce((sum, file) => sum + statSync(file).size, 0);
    const sent = bytes();
    const output = await world.backup('b');
    // At least five of the twelve had been sent.
    expect(output.newBytes).toBeLessThan(7.5 * FILE_BYTES);
    // Packs are padded to a power of two: each of the seven others is one of 512 KiB at most.
    expect(bytes() - sent).toBeLessThan(7.5 * 512 * 1024);
    expect(output.newBytes).toBeGreaterThan(0);
    expect(await world.problems('b', 3)).toEqual([]);
    expect(await world.newestProblems('b')).toEqual([]);
  });
});

describe('damage', () => {
  test('a pack that is damaged in one place is healed from another, byte for byte', async () => {
    for (const place of ['b', 'c']) world.empty(place);
    await world.backup('a', ['b', 'c']);
    const whole = world.contents('b');
    const [one, two] = world.objects('b', 'p');
    flipFile(one ?? '');
    rmSync(two ?? '');
    flipFile(world.objects('b', 's')[0] ?? '');
    const found = (await world.damage('b', 3)).map((line) => line.slice(0, line.indexOf(':')));
    expect(found).toContain(nameOfFile(one ?? ''));
    const { healed, damaged, complete } = await world.copy(['c', 'a'], 'b', { heal: found, clients: [world.clientId] });
    expect(healed).toContain(nameOfFile(one ?? ''));
    expect({ damaged, complete }).toEqual({ damaged: [], complete: true });
    expect(world.contents('b')).toEqual(whole);
    expect(await world.problems('b', 3)).toEqual([]);
  });

  test('what is damaged at one source comes from the next, and is told', async () => {
    world.empty('b');
    await world.backup('a', ['b']);
    const pack = world.objects('a', 'p')[0] ?? '';
    flipFile(pack);
    const output = await world.copy(['a', 'b'], 'c');
    expect(output).toMatchObject({ complete: true, missing: [] });
    expect(output.damaged).toMatchObject([{ object: nameOfFile(pack), at: world.at('a') }]);
    expect(world.contents('c')).toEqual(world.contents('b'));
  });

  test('what nobody has whole is named; nothing damaged is copied, and what is there stays', async () => {
    world.empty('b');
    await world.backup('a', ['b']);
    const pack = nameOfFile(world.objects('a', 'p')[0] ?? '');
    for (const place of ['a', 'b']) flipFile(world.objects(place, 'p')[0] ?? '');
    const before = world.contents('b');
    const healing = await world.copy(['a'], 'b', { heal: [pack] });
    expect(healing).toMatchObject({ healed: [], missing: [pack], complete: false });
    expect(world.contents('b')).toEqual(before);
    const output = await world.copy(['a', 'b'], 'c');
    expect(output).toMatchObject({ missing: [pack], complete: false });
    expect(world.objects('c', 'p').map(nameOfFile)).not.toContain(pack);
    // All else is there: as good as the sources.
    expect((await world.snapshots('c')).length).toBe(1);
  });

  test('three copies of repo.json that are damaged come back from another place', async () => {
    world.empty('b');
    await world.backup('a', ['b']);
    for (const name of ['repo.json', 'repo.1.json', 'repo.2.json']) flipFile(world.at('b', name));
    expect((await world.survey(['b'])).destinations[0]?.state).toBe('unfinished');
    await world.copy(['a'], 'b');
    expect(world.contents('b')).toEqual(world.contents('a'));
  });
});

/** Numbers of each snapshot's predecessor at `a`, in order; 0 for none. */
async function predecessors(target: Several): Promise<number[]> {
  const { loadDomain } = await import('../../../main/engine/repository/domain.ts');
  const { Repository } = await import('../../../main/engine/repository/repository.ts');
  const repository = await Repository.open(await LocalDestination.open(target.at('a')), target.key);
  const { snapshots } = await loadDomain(repository, target.clientId, { snapshotsOnly: true });
  const numbers = new Map(snapshots.map(({ id, snapshot }) => [id, snapshot.sequence]));
  return snapshots.map(({ snapshot }) =>
    snapshot.previous === null ? 0 : (numbers.get(Buffer.from(snapshot.previous).toString('hex')) ?? -1),
  );
}
