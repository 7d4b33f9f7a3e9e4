/**
 * A site's own memory of the log, outside the store: {cluster, vault, site, log index, hash, service time, wall time},
 * authenticated by an epoch key of the site's module. Destroying the epoch key makes every older copy of the file
 * worthless, so that neither store nor file nor both can be put back together.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Hsm } from '../hsm/hsm.ts';
import { equal, equalSecret, utf8, concat } from '../protocol/bytes.ts';
import { decodeCbor, encodeCbor } from '../protocol/cbor.ts';
import { binary, checked } from '../protocol/schema.ts';
import { damaged, rolledBack } from './errors.ts';
import type { Position } from './log.ts';

/** What a seal is of. */
export interface SealPlace {
  clusterId: string;
  vaultId: Uint8Array;
  site: string;
}

export interface Seal extends Position {
  /** Service time, ms. */
  at: number;
  /** Wall time, ms since 1970: for people. */
  wall: number;
}

const Body = z.strictObject({
  cluster: z.string(),
  vault: binary(16),
  site: z.string(),
  index: z.number().int().nonnegative(),
  hash: binary(32),
  at: z.number().int().nonnegative(),
  wall: z.number().int().nonnegative(),
  epoch: z.string().regex(/^[0-9a-f]{32}$/),
});
const File = z.strictObject({ body: z.instanceof(Uint8Array), mac: binary(32) });

const MISSING =
  'the seal file is missing, but the module has sealed before: this looks like a machine restored from a backup without ' +
  'its seal. Set this site up anew as a new site; with only one site the vault starts afresh';
const OLD_COPY =
  'the seal file is an older copy: the key that it was made with is destroyed. Bring back the newest seal file, or set ' +
  'this site up anew';

export class Sealer {
  readonly #hsm: Hsm;
  readonly #file: string;
  readonly #place: SealPlace;
  #epoch: string | null = null;

  constructor(hsm: Hsm, file: string, place: SealPlace) {
    this.#hsm = hsm;
    this.#file = file;
    this.#place = place;
  }

  /**
   * The seal of the last run; null where this site has never sealed anything.
   *
   * @throws LedgerError `rolled-back`, `damaged`
   */
  async read(): Promise<Seal | null> {
    const epochs = await this.#hsm.listEpochKeys();
    const bytes = await readFile(this.#file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (bytes === null) {
      if (epochs.length > 0) throw rolledBack(MISSING);
      return null;
    }
    const file = checked(File, decodeCbor(bytes, 'the seal file'), 'the seal file');
    const body = checked(Body, decodeCbor(file.body, 'the seal file'), 'the seal file');
    if (!epochs.includes(body.epoch)) {
      throw rolledBack(
        epochs.length > 0 ? OLD_COPY : 'the seal file was made with another module, or its keys were erased',
      );
    }
    const mac = await this.#hsm.epochMac(body.epoch, macInput(file.body));
    if (!equalSecret(mac, file.mac)) throw damaged('the seal file was changed');
    const { clusterId, vaultId, site } = this.#place;
    if (body.site !== site) throw damaged(`the seal file is of site ${body.site}, not of ${site}`);
    if (body.cluster !== clusterId || !equal(body.vault, vaultId)) {
      throw rolledBack('the seal file was made over another store: the store was wiped or restored from a snapshot');
    }
    return { index: body.index, hash: body.hash, at: body.at, wall: body.wall };
  }

  /** @param fresh with a new epoch key, the ones before it destroyed; else with the one in use */
  async write(seal: Seal, fresh: boolean): Promise<void> {
    const epoch = fresh || this.#epoch === null ? await this.#hsm.createEpochKey() : this.#epoch;
    const { clusterId, vaultId, site } = this.#place;
    const { index, hash, at, wall } = seal;
    const body = encodeCbor({ cluster: clusterId, vault: vaultId, site, index, hash, at, wall, epoch });
    const mac = await this.#hsm.epochMac(epoch, macInput(body));
    await replaceFile(this.#file, encodeCbor({ body, mac }));
    this.#epoch = epoch;
    // Only now: a crash before this leaves a file that one of the keys in the module has made.
    for (const old of await this.#hsm.listEpochKeys()) if (old !== epoch) await this.#hsm.destroyEpochKey(old);
  }
}

function macInput(body: Uint8Array): Uint8Array {
  return concat(utf8('holdfast/v1/seal'), body);
}

/** Wholly the old or wholly the new, also after a power cut: written beside it, synced, renamed, the folder synced. */
async function replaceFile(file: string, data: Uint8Array): Promise<void> {
  const folder = path.dirname(file);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = path.join(folder, `.${path.basename(file)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await writeSynced(temporary, data);
    await rename(temporary, file);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeSynced(file: string, data: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(data);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
