/** Sites that start: alone, all at once, over a store that was put back. */
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SiteLedger } from '../../../vault/ledger/site-ledger.ts';
import { openSqliteStore } from '../../../vault/store/sqlite.ts';
import { SiteWorld } from '../../support/vault/ledger-world.ts';
import { startTestService } from '../../support/vault/service.ts';
import type { TestService } from '../../support/vault/service.ts';
import { codeOf } from '../../support/vault/test-client.ts';

let folder: string;
let database: string;
let worlds: SiteWorld[];
let services: TestService[];
let ledgers: SiteLedger[];
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'holdfast-start-'));
  database = path.join(folder, 'state', 'vault.db');
  worlds = ['amsterdam', 'berlin'].map(
    (name) => new SiteWorld(name, folder, () => openSqliteStore({ file: database })),
  );
  const [first, second] = worlds as [SiteWorld, SiteWorld];
  second.token = first.token.clone();
  for (const world of worlds) world.sites = [first.site, second.site];
  services = [];
  ledgers = [];
});
afterEach(async () => {
  await stopAll();
  await rm(folder, { recursive: true });
});

async function start(world: SiteWorld): Promise<TestService> {
  const ledger = await world.create();
  ledgers.push(ledger);
  const service = await startTestService(world.hsm!, ledger, { clock: world.clock });
  services.push(service);
  return service;
}

async function stopAll(): Promise<void> {
  for (const service of services.splice(0)) await service.close();
  for (const ledger of ledgers.splice(0)) await ledger.close();
  for (const world of worlds) await world.crash();
}

async function health(service: TestService): Promise<[number, unknown]> {
  const { status, text } = await service.transport.send('GET', '/healthz', null);
  return [status, (JSON.parse(text) as { status: unknown }).status];
}

/** The regular work of all sites, a second later. */
async function turn(): Promise<void> {
  for (const world of worlds) world.clock.advance(1000);
  for (const ledger of ledgers) await ledger.tick();
}

describe('sites that start', () => {
  it('serve before they are ready, say so, and become ready together: at first and whenever all were stopped', async () => {
    for (let run = 0; run < 2; run++) {
      const [first, second] = [await start(worlds[0]!), await start(worlds[1]!)];
      const before = worlds[0]!.hsm!.counts.oprfDerives;
      for (const service of [first, second]) {
        expect(await health(service)).toEqual([503, 'not-ready']);
        expect(await codeOf(service.client().register('password'))).toBe('not-ready');
      }
      expect(worlds[0]!.hsm!.counts.oprfDerives).toBe(before);
      await turn();
      await turn();
      const client = first.client();
      await client.register('password');
      expect(await second.client(client).open('password')).toEqual(client.rootKey);
      for (const service of [first, second]) expect(await health(service)).toEqual([200, 'ok']);
      await stopAll();
    }
  });

  it('do not serve over a store that was put back', async () => {
    await start(worlds[0]!);
    await start(worlds[1]!);
    await turn();
    await turn();
    await stopAll();
    const copy = path.join(folder, 'copy');
    await copyFile(database, copy);
    const service = await start(worlds[0]!);
    await start(worlds[1]!);
    await turn();
    await turn();
    await service.client().register('password');
    // Both have seen it.
    await turn();
    await stopAll();
    await copyFile(copy, database);
    for (const world of worlds) await expect(start(world)).rejects.toMatchObject({ code: 'rolled-back' });
  });
});
