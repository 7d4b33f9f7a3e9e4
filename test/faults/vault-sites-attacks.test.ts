/**
 * Attacks on a vault of three sites, all of them processes with a SoftHSM2 token each: guesses that race, standstills,
 * clocks that jump, strangers, a search of the disks, and a rotation that a site misses. In vault-sites.soak.ts they are
 * more.
 */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromBase64url, toBase64url } from '../../vault/protocol/bytes.ts';
import { DAY_MS } from '../../vault/record/limits.ts';
import { filesIn, formsIn, type SecretForm } from '../support/secret-search.ts';
import { guessThroughPauses, LIMIT, registered, Siege, strangers } from '../support/vault/three-sites-scenarios.ts';
import { codeOf, newId } from '../support/vault/test-client.ts';
import { ThreeSites } from '../support/vault/three-sites.ts';

let world: ThreeSites;
beforeAll(async () => {
  world = await ThreeSites.start();
});
afterAll(() => world?.dispose());

const everywhere = [0, 1, 2];

/** The bytes, and as text in the two ways that the vault writes bytes; without the end, which depends on what follows. */
function formsOfBytes(form: string, bytes: Uint8Array): SecretForm[] {
  const raw = Buffer.from(bytes);
  const texts = [raw.toString('hex'), raw.toString('base64url').slice(0, 42)];
  return [
    [form, raw],
    ...texts.map((text, i): SecretForm => [`${form}, ${i === 0 ? 'hex' : 'base64url'}`, Buffer.from(text)]),
  ];
}

describe('attack 1: guesses at three sites at once', () => {
  it('60 of them: exactly 10 are evaluated, whichever way they race', async () => {
    const siege = await Siege.lay(world, 1, 0);
    const [victim] = siege.victims;
    const before = (await world.evaluations(victim?.recordId)).length;
    await siege.round(60, () => everywhere);
    expect(siege.storm.charged(victim!.recordId)).toEqual([1, 2, 3, 4]);
    for (let round = 0; round < 5; round++) await siege.round(12, () => everywhere);
    expect(siege.storm.charged(victim!.recordId).at(-1)).toBe(LIMIT - 1);
    await siege.round(30, () => everywhere);
    expect(siege.over).toBe(true);
    expect(await siege.problems()).toEqual([]);
    expect((await world.evaluations(victim?.recordId)).length - before).toBe(LIMIT);
  });
});

describe('attack 13: 1,000 strangers', () => {
  it('(60 of them) spend nothing: no try, no evaluation, no entry in the log', async () => {
    const [victim] = await registered(world, 1);
    const owner = world.client(0, victim);
    const before = { log: (await world.log()).entries.length, derives: await world.derives() };
    expect(await strangers(world, 60)).toEqual({ 'unknown-record': 60 });
    expect({ log: (await world.log()).entries.length, derives: await world.derives() }).toEqual(before);
    expect((await owner.byOwner('status', {})).attempts.consecutive).toBe(0);
  });
});

describe('attack 4: a clock on the wall that jumps', () => {
  it('by a year, either way, at two of three sites: no delay ends, nothing is refused for it', async () => {
    const siege = await Siege.lay(world, 2, 6);
    await siege.round(8, () => everywhere);
    const before = siege.victims.map(({ recordId }) => siege.storm.charged(recordId).at(-1));
    await world.pass(0);
    await world.service(0).ask('jump', { ms: 365 * DAY_MS });
    await world.service(1).ask('jump', { ms: -365 * DAY_MS });
    // The delay after the seventh try has passed; after this one a week must.
    await siege.storm.round({ guessers: 12 });
    await siege.storm.round({ guessers: 12 });
    const after = siege.victims.map(({ recordId }) => siege.storm.charged(recordId).at(-1));
    expect([before, after]).toEqual([
      [7, 7],
      [8, 8],
    ]);
    const fresh = world.client(1);
    await fresh.register('another');
    expect(await world.client(0, fresh).open('another')).toEqual(fresh.rootKey);
    await world.service(0).ask('jump', { ms: -365 * DAY_MS });
    await world.service(1).ask('jump', { ms: 365 * DAY_MS });
  });
});

describe('attack 15: what the members keep on their disks', () => {
  it('holds, in none of the three, password, key or V, nor a record that is not sealed', async () => {
    const canary = 'canary-51b9-password';
    const client = world.client(0);
    await client.register(canary);
    expect(await world.client(1, client).open(canary)).toEqual(client.rootKey);
    await world.client(2, client).wrong(`${canary}-mistyped`);
    const sessionId = newId();
    const { publicKey } = client.sessionKey(randomBytes(32), sessionId, (await client.bundle()).vaultId);
    const session = { sessionId, deviceId: null, publicKey: toBase64url(publicKey), idleMs: DAY_MS, lifeMs: DAY_MS };
    const { v } = await client.byOwner('sessionOpen', session);
    await world.settle();
    const secrets: SecretForm[] = [
      ['password', Buffer.from(canary)],
      ['a record', Buffer.from('opaqueRecord')],
      ...formsOfBytes('key', client.rootKey),
      ...formsOfBytes('V', fromBase64url(v)),
    ];
    for (const { folder } of world.members) {
      const disk = await filesIn(folder);
      expect(formsIn(disk, secrets)).toEqual([]);
      // The search finds what is there: the names under which all of it lies, in the write-ahead log and in the database.
      const found = formsIn(disk, [['a name', Buffer.from('holdfast/k/record/')]]);
      expect(found).toEqual(expect.arrayContaining([expect.stringMatching(/\.wal$/), expect.stringMatching(/db$/)]));
    }
  });
});

describe('a rotation of the data key', () => {
  it('that a site misses: it is told the new key when it is back, and its old key goes', async () => {
    const client = world.client(0);
    await client.register('right');
    await world.settle();
    const old = await world.service(2).ask('wrapKeys', {});
    await world.kill(2);
    // The key is made anew; that a member could not be compacted is said.
    await expect(world.service(0).ask('rotate', {})).rejects.toMatchObject({ code: 'no-quorum' });
    expect(await world.client(1, client).open('right')).toEqual(client.rootKey);
    await world.client(1, client).wrong();
    await world.restart(2);
    const late = world.client(2, client);
    expect((await late.byOwner('status', {})).attempts.consecutive).toBe(1);
    expect(await late.open('right')).toEqual(client.rootKey);
    await world.settle();
    const now = await world.service(2).ask('wrapKeys', {});
    expect(now).toHaveLength(1);
    expect(old).not.toContain(now[0]);
    await world.service(2).ask('rotate', {});
    await world.settle();
    for (const site of everywhere) expect(await world.client(site, client).open('right')).toEqual(client.rootKey);
    const { report } = await world.log();
    expect(report.problems).toEqual([]);
    expect(report.types).toMatchObject({ rotate: 2, rotated: 2 });
  });
});

describe('attack 4: standstills', () => {
  it('a leader that is paused, a service that wakes late, two leaders, processes killed: one history, 10 evaluations', async () => {
    const siege = await Siege.lay(world, 3, 6);
    const problems = await guessThroughPauses(siege, 30);
    // Services were killed, and with them the counts that their modules' sessions kept.
    expect(problems.filter((problem) => !problem.startsWith('the modules derived'))).toEqual([]);
    expect(siege.over).toBe(true);
    expect(await codeOf(world.client(1).register('the next one'))).toBe('ok');
  });
});
