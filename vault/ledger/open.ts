/** Making the ledger of a new vault, and opening the one that there is. */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { equal, wipe } from '../protocol/bytes.ts';
import { decodeCbor, encodeCbor } from '../protocol/cbor.ts';
import { binary, checked } from '../protocol/schema.ts';
import { access } from 'node:fs/promises';
import { systemClock } from './clock.ts';
import { CURRENT_KEY, DataKeys, encodeKeyState, wrapPrefix } from './data-keys.ts';
import { damaged, notReady, rolledBack, translated } from './errors.ts';
import { logKey, START } from './log.ts';
import { siteKey, SiteKeys } from './site-keys.ts';
import { SiteLedger } from './site-ledger.ts';
import type { LedgerOptions } from './site-ledger.ts';
import { newOperationId, siteSealKey } from './site-seals.ts';
import { checkSites } from './sites.ts';
import { writeEntries } from './write.ts';

export type { LedgerOptions } from './site-ledger.ts';
export type { Site } from './sites.ts';

const VAULT_KEY = 'vault';
const Vault = z.strictObject({ id: binary(16) });

/**
 * Opens this site's ledger. The first start of a site needs neither seal nor data key: it joins, and is ready when a
 * running site has wrapped the data key for it.
 *
 * @throws LedgerError `rolled-back`, `no-quorum`, `not-ready`, `damaged`, each with a sentence for the operator
 */
export async function openLedger(options: LedgerOptions): Promise<SiteLedger> {
  const { store, hsm, site, sites } = options;
  checkSites(sites, site);
  const configured = sites.find((other) => other.name === site);
  if (configured === undefined || !equal(configured.publicKey, hsm.publicKeys.site)) {
    throw notReady(`the module does not hold the site key that the configuration names for ${site}`);
  }
  return await translated(async () => {
    const entry = await store.get(VAULT_KEY);
    if (entry === null) {
      if (await hasSealed(options))
        throw rolledBack('the store is empty, but this site has sealed a log: it was wiped');
      throw notReady('there is no vault in this store yet; make one with `vault init`');
    }
    const { id } = checked(Vault, decodeCbor(entry.value, "the vault's name"), "the vault's name");
    const ledger = new SiteLedger({ ...options, clock: options.clock ?? systemClock, vaultId: id });
    await forgiveFirstStart(options);
    await ledger.open();
    return ledger;
  });
}

/**
 * Makes a vault in an empty store, with this site as its first, and opens it. What a crash left of an earlier try is
 * taken up.
 *
 * @param options.vaultId 16 bytes; random where it is left out
 */
export async function createLedger(options: LedgerOptions & { vaultId?: Uint8Array }): Promise<SiteLedger> {
  const { store } = options;
  checkSites(options.sites, options.site);
  const vaultId = options.vaultId ?? new Uint8Array(randomBytes(16));
  if (vaultId.length !== 16) throw new RangeError('a vault id has 16 bytes');
  await translated(async () => {
    if ((await store.get(VAULT_KEY)) !== null) return;
    if (await hasSealed(options)) throw rolledBack('the store is empty, but this site has sealed a log: it was wiped');
    await writeFirst(options, vaultId);
  });
  const ledger = await openLedger(options);
  if (options.vaultId === undefined || equal(ledger.vaultId, vaultId)) return ledger;
  await ledger.close();
  throw damaged('the store holds another vault');
}

async function hasSealed({ hsm, sealFile }: LedgerOptions): Promise<boolean> {
  if ((await hsm.listEpochKeys()).length > 0) return true;
  return await access(sealFile).then(
    () => true,
    () => false,
  );
}

/**
 * A site that died in its very first start, between its first epoch key and its first seal, has an epoch key and no
 * file. With nothing in the log but the vault's creation there is nothing that could have been put back.
 */
async function forgiveFirstStart(options: LedgerOptions): Promise<void> {
  const { store, hsm, site, sealFile } = options;
  const [second, seal] = await store.getMany([logKey(2), siteSealKey(site)]);
  if (second !== null || seal !== null) return;
  const there = await access(sealFile).then(
    () => true,
    () => false,
  );
  if (there) return;
  for (const epoch of await hsm.listEpochKeys()) await hsm.destroyEpochKey(epoch);
}

/** Data key 1, wrapped for this site, and the first entry of the log, in one transaction. */
async function writeFirst({ store, hsm, site, sites }: LedgerOptions, vaultId: Uint8Array): Promise<void> {
  const { clusterId } = store;
  const dataKey = new Uint8Array(randomBytes(32));
  const siteKeys = new SiteKeys(store, hsm, new DataKeys(store, hsm, site, sites), site, sites);
  const own = await hsm.createWrapKey();
  const entry = {
    type: 'create',
    record: null,
    state: null,
    facts: { dataKey: 1 },
    operation: new Uint8Array(randomBytes(16)),
  };
  const written = writeEntries({ clusterId, site, at: 0 }, START, [entry], { number: 1, key: dataKey });
  const state = { number: 1, since: 1, before: 1, rotating: false };
  const puts = [
    { key: VAULT_KEY, value: encodeCbor({ id: vaultId }) },
    { key: CURRENT_KEY, value: encodeKeyState(state, dataKey, clusterId) },
    { key: wrapPrefix(1) + site, value: await siteKeys.wrap(1, dataKey, site, own) },
    { key: siteKey(site), value: await siteKeys.publication(own, 1) },
    ...written.puts,
  ];
  const conditions = puts.map(({ key }) => ({ key, revision: 0 }));
  await store.commit({ operationId: newOperationId(), conditions, puts, deletes: [] });
  wipe(dataKey);
}
