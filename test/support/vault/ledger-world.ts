/** Ledgers over real stores and a token in memory, with a clock that tests turn. */
import { randomBytes } from 'node:crypto';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createLedger, openLedger } from '../../../vault/ledger/open.ts';
import type { LedgerOptions, Site } from '../../../vault/ledger/open.ts';
import type { Change } from '../../../vault/ledger/ledger.ts';
import type { SiteLedger } from '../../../vault/ledger/site-ledger.ts';
import { openSqliteStore } from '../../../vault/store/sqlite.ts';
import type { SqliteOptions } from '../../../vault/store/sqlite.ts';
import type { Store } from '../../../vault/store/store.ts';
import { FakeClock } from '../fake-clock.ts';
import { SoftwareToken } from './software-hsm.ts';
import type { SoftwareHsm } from './software-hsm.ts';

export class LedgerClock extends FakeClock {
  monotonic(): number {
    return this.now();
  }
}

export const newId = (): Uint8Array => new Uint8Array(randomBytes(32));
export const stateOf = (text: string): Uint8Array => new TextEncoder().encode(text);
export const textOf = (state: Uint8Array | undefined): string => Buffer.from(state ?? []).toString();

export function changeOf(
  recordId: Uint8Array,
  revision: number,
  state: string | null,
  parts: Partial<Change> = {},
): Change {
  const operationId = randomBytes(16).toString('hex');
  return { operationId, recordId, revision, state: state === null ? null : stateOf(state), type: 'charge', ...parts };
}

/** Revision of a change that is to be done. */
export async function commitDone(ledger: SiteLedger, change: Change): Promise<number> {
  const result = await ledger.commit(change);
  if (result.outcome !== 'done') throw new Error('a conflict where none was expected');
  return result.revision;
}

/** One site that starts and stops; its token, its seal and its clock stay. */
export class SiteWorld {
  readonly name: string;
  readonly folder: string;
  token = new SoftwareToken();
  clock = new LedgerClock();
  sites: Site[];
  hsm: SoftwareHsm | null = null;
  readonly #openStore: () => Promise<Store>;
  store: Store | null = null;

  constructor(name: string, folder: string, openStore: () => Promise<Store>) {
    this.name = name;
    this.folder = folder;
    this.#openStore = openStore;
    this.sites = [this.site];
  }

  get site(): Site {
    return { name: this.name, publicKey: this.token.site.publicKey };
  }

  get sealFile(): string {
    return path.join(this.folder, `${this.name}.seal`);
  }

  async options(parts: Partial<LedgerOptions> = {}): Promise<LedgerOptions> {
    this.hsm = this.token.open();
    this.store = parts.store ?? (await this.#openStore());
    const { name, sites, sealFile, clock, hsm, store } = this;
    return { store, hsm, site: name, sites, sealFile, clock, ...parts };
  }

  async create(parts: Partial<LedgerOptions> = {}): Promise<SiteLedger> {
    return await createLedger(await this.options(parts));
  }

  async open(parts: Partial<LedgerOptions> = {}): Promise<SiteLedger> {
    return await openLedger(await this.options(parts));
  }

  /** A stop in good order. */
  async stop(ledger: SiteLedger): Promise<void> {
    await ledger.close();
    await this.crash();
  }

  /** The process is gone: nothing is sealed any more. */
  async crash(): Promise<void> {
    await this.store?.close();
    await this.hsm?.close();
  }
}

/** A vault on one machine. */
export class OneMachine extends SiteWorld {
  readonly file: string;

  private constructor(folder: string, parts: Omit<SqliteOptions, 'file'>) {
    const file = path.join(folder, 'state', 'vault.db');
    super('one', folder, () => openSqliteStore({ file, ...parts }));
    this.file = file;
  }

  static async make(parts: Omit<SqliteOptions, 'file'> = {}): Promise<OneMachine> {
    return new OneMachine(await mkdtemp(path.join(os.tmpdir(), 'holdfast-ledger-')), parts);
  }

  /** Puts a copy in the place of the database, as somebody does who knows SQLite: without what lies beside it. */
  async putBack(copy: string): Promise<void> {
    // The file itself as well: a connection whose end waits for the garbage collector still holds what it was.
    for (const end of ['', '-wal', '-shm']) await rm(this.file + end, { force: true });
    await copyFile(copy, this.file);
  }

  async dispose(): Promise<void> {
    await this.crash();
    await rm(this.folder, { recursive: true, force: true });
  }
}
