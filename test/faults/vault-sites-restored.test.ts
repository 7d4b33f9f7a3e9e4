/** Sites, members and whole stores that were put back to an older copy: refused, and no guess is won by it. */
import { copyFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registered } from '../support/vault/three-sites-scenarios.ts';
import type { Victim } from '../support/vault/three-sites-storm.ts';
import { codeOf } from '../support/vault/test-client.ts';
import { ThreeSites } from '../support/vault/three-sites.ts';

const everywhere = [0, 1, 2];

let world: ThreeSites;
let victim: Victim;
beforeAll(async () => {
  world = await ThreeSites.start();
  victim = (await registered(world, 1))[0]!;
});
afterAll(() => world?.dispose());

const guess = (site: number): Promise<string> => codeOf(world.client(site, victim).wrong());
/** Tries that count, as this site tells its owner. */
async function used(site: number): Promise<number> {
  return (await world.client(site, victim).byOwner('status', {})).attempts.consecutive;
}
const copyOf = (site: number, name: string): string => path.join(world.folder, `${name}-${site}`);

async function stopMembers(): Promise<void> {
  await Promise.all(world.members.map((member) => member.kill()));
}
async function startMembers(): Promise<void> {
  await Promise.all(world.members.map((member) => member.start(world.initialCluster)));
}

describe('attack 5: an etcd member on an older copy of its data', () => {
  it('ends by itself, and is removed and added anew; the vault goes on meanwhile', async () => {
    const site = ((await world.leader()) + 1) % 3;
    const member = world.member(site);
    await member.kill();
    await member.copyTo(copyOf(site, 'older'));
    await member.start(world.initialCluster);
    await guess((site + 1) % 3);
    await world.client(site).register('something else');

    const { id } = await member.status();
    await member.kill();
    await member.putBack(copyOf(site, 'older'));
    // What it has acknowledged and forgotten, the leader does not send again.
    await expect(member.start(world.initialCluster)).rejects.toThrow(/etcd ended/);
    expect(await member.ended).toMatch(/out of range|panic/);
    expect(await used(site)).toBe(1);
    expect(await guess((site + 1) % 3)).toBe('ok');

    const others = everywhere.filter((each) => each !== site).map((each) => world.member(each));
    await others[0]?.ask('cluster/member/remove', { ID: id });
    await others[0]?.ask('cluster/member/add', { peerURLs: [member.place.peerUrl] });
    // The new member asks any of them who it is: one that has not heard of the change would tell the old id.
    for (const other of others) while (!(await other.knowsInPlaceOf(id, member.place.peerUrl)));
    await rm(member.folder, { recursive: true });
    await member.start(world.initialCluster, 'existing');
    await world.settle();
    // The site talks to its own member alone now, which has everything.
    await world.service(site).kill();
    await world.service(site).start([member.place.adminUrl]);
    await world.settle();
    expect(await used(site)).toBe(2);
    await world.service(site).kill();
    await world.service(site).start();
    await world.settle();
    expect((await world.log()).report.problems).toEqual([]);
  });
});

describe('attack 5: a site on an older copy of its own seal', () => {
  it('does not start, and does with the newest', async () => {
    const seal = path.join(world.folder, 'cracow.seal');
    await copyFile(seal, copyOf(2, 'older-seal'));
    await world.service(2).ask('checkpoint', {});
    await world.service(2).kill();
    await copyFile(seal, copyOf(2, 'newest-seal'));
    await copyFile(copyOf(2, 'older-seal'), seal);
    await expect(world.service(2).start()).rejects.toMatchObject({ code: 'rolled-back' });
    await rm(seal);
    await expect(world.service(2).start()).rejects.toMatchObject({ code: 'rolled-back' });
    await copyFile(copyOf(2, 'newest-seal'), seal);
    await world.service(2).start();
    await world.settle();
    expect(await used(2)).toBe(2);
  });
});

describe('attack 5: a store that was put back as a whole', () => {
  it('is refused by the sites that run and by those that start, and with the newest all goes on', async () => {
    await stopMembers();
    for (const site of everywhere) await world.member(site).copyTo(copyOf(site, 'before'));
    await startMembers();
    await world.settle();
    expect(await guess(0)).toBe('ok');
    expect(await used(1)).toBe(3);
    await world.settle();

    await stopMembers();
    for (const site of everywhere) {
      await world.member(site).copyTo(copyOf(site, 'newest'));
      await world.member(site).putBack(copyOf(site, 'before'));
    }
    await startMembers();
    const evaluated = await world.evaluations();
    for (const site of everywhere) expect(await guess(site)).toBe('rolled-back');
    for (const site of everywhere) {
      await world.service(site).kill();
      await expect(world.service(site).start()).rejects.toMatchObject({ code: 'rolled-back' });
    }
    expect(await world.evaluations()).toEqual(evaluated);

    await stopMembers();
    for (const site of everywhere) await world.member(site).putBack(copyOf(site, 'newest'));
    await startMembers();
    await Promise.all(everywhere.map((site) => world.service(site).start()));
    await world.settle();
    for (const site of everywhere) expect(await used(site)).toBe(3);
  });
});

// The last one: nothing but a new vault helps after it.
describe('attack 5: a member that was put back, and one that missed the same changes, are a majority', () => {
  it('that no site serves: the one that has seen them refuses, the other does not find two that agree', async () => {
    await world.kill(2);
    await world.member(0).kill();
    await world.member(0).copyTo(copyOf(0, 'forgetful'));
    await world.member(0).start(world.initialCluster);
    await world.settle();
    expect(await guess(0)).toBe('ok');
    await world.settle();
    await world.kill(1);
    await world.member(0).kill();
    await world.member(0).putBack(copyOf(0, 'forgetful'));
    await Promise.all([0, 2].map((site) => world.member(site).start(world.initialCluster)));
    await world.service(2).start();
    const evaluated = await world.evaluations();
    expect(await guess(0)).toBe('rolled-back');
    expect(await guess(2)).toBe('not-ready');
    // Neither does it help to start the first site again, nor to wait.
    await world.service(0).kill();
    await expect(world.service(0).start()).rejects.toMatchObject({ code: 'rolled-back' });
    await world.askAll('advance', { ms: 120_000 });
    await world.askAll('tick', {});
    expect(await guess(2)).toBe('not-ready');
    expect(await world.evaluations()).toEqual(evaluated);
  });
});
