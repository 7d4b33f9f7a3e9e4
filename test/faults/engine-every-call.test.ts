/**
 * A whole backup, and a whole restore, on every kind of storage, one of whose requests fails (of folders: one call of the
 * file system in each thread): each request once in every way. Whatever happens, nothing is lost, nothing is called damaged, and the next run goes on.
 */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Access, BackupInput, DestinationSpec, RestoreInput, Verbs } from '../../main/engine/api.ts';
import { backup } from '../../main/engine/backup.ts';
import { RunControl } from '../../main/engine/control.ts';
import { create } from '../../main/engine/create.ts';
import { enrol } from '../../main/engine/enrol.ts';
import { closeSnapshot } from '../../main/engine/repository/open-trees.ts';
import { restore } from '../../main/engine/restore.ts';
import { snapshots } from '../../main/engine/snapshots.ts';
import { verify } from '../../main/engine/verify.ts';
import { HoldfastError } from '../../main/errors.ts';
import { KIB, noise, storedIn } from '../support/crash-world.ts';
import { FOLDER_KINDS } from '../support/folder-places.ts';
import {
  REMOTE_KINDS,
  TROUBLES,
  type Outcome,
  type RemoteKind,
  type RemotePlace,
  type Trouble,
} from '../support/remote-places.ts';
import { everythingTo } from '../support/restore-all.ts';
import { compareTrees } from '../support/tree.ts';

const SOAK = process.env['HOLDFAST_SOAK'] === '1';

const rootKey = new Uint8Array(createHash('sha256').update('a root key').digest());
const key: Access = { kind: 'key', rootKey };
const context = () => ({ control: new RunControl(), emit: (): void => undefined });

/** A repository with one backup, and sources that have changed since. */
class Case {
  readonly #place: RemotePlace;
  readonly #kind: RemoteKind;
  readonly #sources: string;
  #access: Extract<Access, { kind: 'capability' }> = {
    kind: 'capability',
    capability: new Uint8Array(0),
    readerPublicKey: new Uint8Array(0),
  };
  #first = '';

  private constructor(kind: RemoteKind, place: RemotePlace) {
    this.#kind = kind;
    this.#place = place;
    this.#sources = this.#at('files');
  }

  static async make(kind: RemoteKind): Promise<Case> {
    const made = new Case(kind, await kind.start());
    await made.#fill();
    return made;
  }

  async end(): Promise<void> {
    await closeSnapshot();
    await this.#place.stop();
  }

  async #fill(): Promise<void> {
    const destination = this.#place.spec();
    mkdirSync(path.join(this.#sources, 'deep'), { recursive: true });
    for (let i = 0; i < 3; i++) this.#write(`${i}.bin`, noise(`first ${i}`, 90 * KIB));
    for (let i = 0; i < 8; i++) this.#write(`deep/${i}.txt`, Buffer.from(`file ${i}\n`.repeat(i * 10)));
    await create({ destination, rootKey });
    const made = await enrol({ destination, rootKey });
    this.#access = { kind: 'capability', capability: made.capability, readerPublicKey: made.readerPublicKey };
    this.#first = (await backup(this.#input(destination), context())).snapshotId;
    await this.#place.keep();
    for (const name of ['state', 'scratch']) cpSync(this.#at(name), this.#at(`kept-${name}`), { recursive: true });
    this.#write('1.bin', noise('second', 120 * KIB));
    this.#write('new/3.bin', noise('third', 150 * KIB));
    this.#write('deep/5.txt', Buffer.from('changed'));
    rmSync(path.join(this.#sources, '0.bin'));
  }

  /**
   * A backup whose request of this number fails.
   * @returns what the request was; empty where the run was over before
   */
  async backup(trouble: Trouble, at: number): Promise<string> {
    const what = `${trouble} at request ${at}`;
    await this.#putBack();
    const { error, troubled } = await this.#run('backup', this.#input(this.#spec(trouble)), { trouble, at });
    const where = `${what}, ${troubled}: ${error instanceof Error ? `${error.message} ${detailOf(error)}` : 'done'}`;
    this.#judge(error, trouble, troubled, where);
    if (troubled === '') return '';
    expect(await this.#problems(), where).toEqual([]);
    if (error !== null) {
      // The next run, on a line that works again.
      const output = await backup(this.#input(this.#place.spec()), context());
      expect(output.skipped, where).toEqual([]);
      expect(await this.#problems(), `${where}: after the next run`).toEqual([]);
    }
    const { path: folder, doubled } = await this.#place.asFolder();
    const { twice, unindexed } = await storedIn(folder, key);
    expect({ doubled, twice, unindexed, spool: this.#spool() }, where).toEqual({
      doubled: [],
      twice: [],
      unindexed: 0,
      spool: [],
    });
    await this.#restoresWhole({ kind: 'local', path: folder }, where);
    return troubled;
  }

  /** A restore of the first backup's files, whose request of this number fails. Returns as `backup` does. */
  async restore(trouble: Trouble, at: number): Promise<string> {
    const what = `${trouble} at request ${at}`;
    await closeSnapshot();
    rmSync(this.#at('scratch'), { recursive: true, force: true });
    const target = this.#at('restored');
    mkdirSync(target);
    const input = everythingTo(target, this.#spec(trouble), key);
    const { error, output, troubled } = await this.#run('restore', input, { trouble, at });
    await closeSnapshot();
    const where = `${what}, ${troubled}: ${error instanceof Error ? `${error.message} ${detailOf(error)}` : 'done'}`;
    this.#judge(error, trouble, troubled, where);
    if (error === null) {
      expect(output.problems, where).toEqual([]);
      expect(await compareTrees(this.#sources, path.join(target, 'files')), where).toEqual([]);
    } else {
      const names = readdirSync(target, { recursive: true, encoding: 'utf8' });
      expect(names.filter((name) => name.includes('.holdfast-')), where).toEqual([]); // prettier-ignore
    }
    rmSync(target, { recursive: true });
    if (error !== null) await this.#restoresWhole(this.#place.spec(), where);
    return troubled;
  }

  /** What `backup` would restore is stored for good. */
  async backUpForGood(): Promise<void> {
    await this.#putBack();
    await backup(this.#input(this.#place.spec()), context());
  }

  async #run<V extends 'backup' | 'restore'>(
    verb: V,
    input: Verbs[V]['input'],
    plan: { trouble: Trouble; at: number },
  ): Promise<Outcome> {
    if (this.#place.run !== undefined) return await this.#place.run(verb, input, plan);
    await this.#place.fail(plan);
    let error: unknown = null;
    const run: Promise<Outcome['output']> =
      verb === 'backup' ? backup(input as BackupInput, context()) : restore(input as RestoreInput, context());
    const output = await run.catch((thrown: unknown) => {
      error = thrown;
      return {};
    });
    return { error, output, troubled: (await this.#place.fail(null)).troubled };
  }

  /** An error is told in words, and as what it is; what is temporary is waited out. */
  #judge(error: unknown, trouble: Trouble, troubled: string, where: string): void {
    if (this.#kind.temporary.includes(trouble) || troubled === '') expect(error, where).toBeNull();
    if (error === null) return;
    expect(error, where).toBeInstanceOf(HoldfastError);
    if (!(error instanceof HoldfastError)) return;
    expect(error.code, where).toMatch(/^destination-(denied|failed|sign-in)$/);
    expect([error.message, error.guidance].every((text) => text.length > 10), where).toBe(true); // prettier-ignore
  }

  /** What is wrong with what is stored, read as the folder of a local repository where it is not one already. */
  async #problems(): Promise<string[]> {
    const { path: folder } = await this.#place.asFolder();
    const isFolder = this.#kind.troubles !== undefined;
    const destination: DestinationSpec = isFolder ? this.#place.spec() : { kind: 'local', path: folder };
    const found = await verify({ destination, access: key, level: 3 }, context());
    const problems = found.damage.map(({ object, message }) => `${object}: ${message}`);
    if (!found.contentsProven) problems.push('contents were not proven');
    problems.push(...found.strays.map((stray) => `stray: ${stray}`));
    const all = await snapshots({ destination, access: key });
    if (!all.some(({ id, damage }) => id === this.#first && damage === null)) problems.push('the first backup is gone');
    return problems;
  }

  async #restoresWhole(destination: DestinationSpec, where: string): Promise<void> {
    const target = this.#at('whole');
    const output = await restore(everythingTo(target, destination, key), context());
    await closeSnapshot();
    expect(output.problems, where).toEqual([]);
    expect(await compareTrees(this.#sources, path.join(target, 'files')), where).toEqual([]);
    rmSync(target, { recursive: true });
  }

  async #putBack(): Promise<void> {
    await closeSnapshot();
    await this.#place.putBack();
    for (const name of ['state', 'scratch']) {
      rmSync(this.#at(name), { recursive: true, force: true });
      cpSync(this.#at(`kept-${name}`), this.#at(name), { recursive: true });
    }
  }

  #spec(trouble: Trouble): DestinationSpec {
    return trouble === 'stall' ? { ...this.#place.spec(), stallMs: this.#kind.stallMs } : this.#place.spec();
  }

  #input(destination: DestinationSpec): BackupInput {
    const stateFolder = this.#at('state');
    const rest = { excludes: [], computerName: 'test', packBytes: 128 * KIB };
    return { destination, access: this.#access, stateFolder, sources: [this.#sources], ...rest };
  }

  #spool(): string[] {
    const at = this.#at('scratch', 'spool');
    if (!existsSync(at)) return [];
    const entries = readdirSync(at, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
  }

  /** A file that is older than the scan that will see it. */
  #write(name: string, bytes: Buffer): void {
    const file = path.join(this.#sources, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, bytes);
    utimesSync(file, 1_700_000_000, 1_700_000_000 + bytes.length / 1e6);
  }

  #at(...names: string[]): string {
    return path.join(this.#place.folder, ...names);
  }
}

const detailOf = (error: Error): string => (error instanceof HoldfastError ? (error.detail ?? '') : '');

type Chosen = readonly (readonly [Trouble, number])[];

/** The long runs let every request fail in every way; the daily ones one or two, at each kind of storage others. */
const DAILY: Record<string, { backup: Chosen; restore: Chosen }> = {
  'Local folder': { backup: [['after', 25]], restore: [] },
  'Synced folder': { backup: [], restore: [['short', 3]] },
  S3: { backup: [['denied', 19]], restore: [['lost', 6]] },
  'Google Drive': { backup: [['after', 24]], restore: [] },
  WebDAV: { backup: [['lost', 33]], restore: [] },
  SFTP: { backup: [['short', 30]], restore: [['stall', 20]] },
};

describe.each([...FOLDER_KINDS, ...REMOTE_KINDS])('$name', (kind) => {
  let made: Case;
  beforeAll(async () => {
    if (kind.missing === null) made = await Case.make(kind);
  }, 120_000);
  afterAll(async () => {
    if (kind.missing === null) await made.end();
  });

  const verbs = (['backup', 'restore'] as const).filter((verb) => SOAK || DAILY[kind.name]?.[verb].length !== 0);
  test.skipIf(kind.missing !== null).each(verbs)('a %s', async (verb) => {
    if (verb === 'restore') await made.backUpForGood();
    if (!SOAK) {
      for (const [trouble, at] of DAILY[kind.name]?.[verb] ?? []) {
        expect(await made[verb](trouble, at), `request ${at}`).not.toBe('');
      }
      return;
    }
    for (const trouble of kind.troubles ?? TROUBLES) {
      let cases = 0;
      while ((await made[verb](trouble, cases + 1)) !== '') cases++;
      // Of a folder few calls can do half of what they are for.
      expect(cases).toBeGreaterThan(kind.troubles === undefined ? 10 : 4);
      console.info(`${kind.name}: ${verb}, ${trouble}: ${cases} cases`);
    }
  });
});
