/** A repository, a computer that backs up into it, and sources whose every state is remembered, for fault tests. */
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Destination } from '../../main/destinations/destination.ts';
import { LocalDestination } from '../../main/destinations/local/local-destination.ts';
import type { Access, BackupInput, BackupOutput, EngineEvent, SnapshotFacts } from '../../main/engine/api.ts';
import { backupTo } from '../../main/engine/backup.ts';
import { RunControl } from '../../main/engine/control.ts';
import { create } from '../../main/engine/create.ts';
import { enrol } from '../../main/engine/enrol.ts';
import { toHex } from '../../main/engine/format/bytes.ts';
import { PackTable } from '../../main/engine/format/pack.ts';
import { loadDomain } from '../../main/engine/repository/domain.ts';
import { Repository } from '../../main/engine/repository/repository.ts';
import { restore } from '../../main/engine/restore.ts';
import { snapshots } from '../../main/engine/snapshots.ts';
import { verify } from '../../main/engine/verify.ts';
import { compareTrees } from './tree.ts';
import { everythingTo } from './restore-all.ts';

export const KIB = 1024;
export const MIB = 1024 * KIB;

/** The same bytes for the same seed; nothing compresses them. */
export function noise(seed: string, length: number): Buffer {
  const key = createHash('sha256').update(seed).digest().subarray(0, 16);
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
}

/** Numbers in [0, 1), the same for the same seed. */
export function dice(seed: string): () => number {
  let n = 0;
  return () => createHash('sha256').update(`${seed}:${n++}`).digest().readUInt32BE(0) / 2 ** 32;
}

export interface WorldOptions {
  /** Size of data packs in bytes. */
  packBytes?: number;
  /** Bytes of noise in the sources, about. */
  bytes?: number;
}

/** What the packs in the storage hold, by their own tables. */
export interface Stored {
  /** Blobs that are there more than once. */
  twice: string[];
  /** Bytes of files in them, before compression. */
  dataBytes: number;
  packBytes: number;
  /** Packs that no segment names. */
  unindexed: number;
  /** `dataBytes` of each data pack, by the hash in its name. */
  byPack: Map<string, number>;
}

/** Path, kind, mode, time and content of everything below a folder. */
export type Fingerprint = Map<string, string>;

export class World {
  readonly folder: string;
  readonly repo: string;
  readonly state: string;
  readonly sources: string;
  readonly rootKey = new Uint8Array(randomBytes(32));
  readonly packBytes: number;
  access: Extract<Access, { kind: 'capability' }>;
  /** Snapshots of runs that were stopped: they give back some of their state, and nothing else. */
  readonly partials = new Set<string>();
  /** What each snapshot has to give back, by its id. */
  readonly states = new Map<string, Fingerprint>();
  readonly #bytes: number;

  private constructor(folder: string, options: WorldOptions) {
    this.folder = folder;
    this.repo = path.join(folder, 'repo');
    this.state = path.join(folder, 'state');
    this.sources = path.join(folder, 'files');
    this.packBytes = options.packBytes ?? MIB;
    this.#bytes = options.bytes ?? 8 * MIB;
    this.access = { kind: 'capability', capability: new Uint8Array(0), readerPublicKey: new Uint8Array(0) };
  }

  /** Makes the repository and sources; nothing is backed up yet. */
  static async make(options: WorldOptions = {}): Promise<World> {
    const world = new World(mkdtempSync(path.join(tmpdir(), 'holdfast-crash-')), options);
    world.fill();
    await create({ destination: world.destination, rootKey: world.rootKey });
    await world.enrolAs();
    return world;
  }

  /** Backs up as this client id (hex) from now on; as a new one where none is given. */
  async enrolAs(clientId?: string): Promise<void> {
    const made = await enrol({ destination: this.destination, rootKey: this.rootKey, clientId });
    this.access = { kind: 'capability', capability: made.capability, readerPublicKey: made.readerPublicKey };
  }

  end(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  get key(): Access {
    return { kind: 'key', rootKey: this.rootKey };
  }

  get destination(): { kind: 'local'; path: string } {
    return { kind: 'local', path: this.repo };
  }

  get input(): BackupInput {
    return {
      destination: this.destination,
      access: this.access,
      stateFolder: this.state,
      sources: [this.sources],
      excludes: [],
      computerName: 'test',
      packBytes: this.packBytes,
    };
  }

  /** Sources: files of all sizes that matter (inline, solid, chunked, task of its own), text, links, empty ones. */
  fill(): void {
    const at = (...parts: string[]): string => path.join(this.sources, ...parts);
    for (const folder of ['media', 'text/deep/deeper', 'empty']) mkdirSync(at(folder), { recursive: true });
    const large = Math.max(9 * MIB, Math.floor(this.#bytes / 3));
    const rest = Math.max(0, this.#bytes - large);
    if (this.#bytes >= 9 * MIB) writeFileSync(at('large.bin'), noise('large', large));
    const count = 12;
    for (let i = 0; i < count; i++) {
      const size = Math.floor((rest / count) * (0.4 + (1.2 * i) / count));
      writeFileSync(at('media', `${i}.bin`), noise(`media ${i}`, size));
    }
    for (let i = 0; i < 60; i++) {
      writeFileSync(at('text/deep', `${i}.txt`), `line ${i} of many\n`.repeat(i * 40));
      writeFileSync(at('text/deep/deeper', `${i}.bin`), noise(`small ${i}`, i * 97));
    }
    writeFileSync(at('nothing'), '');
    symlinkSync('media/1.bin', at('link'));
    chmodSync(at('media/2.bin'), 0o640);
    utimesSync(at('media/3.bin'), 1_000_000_000, 1_000_000_000);
  }

  /** Changes the sources: new, changed, moved, removed. */
  change(seed: string): void {
    const roll = dice(seed);
    const at = (...parts: string[]): string => path.join(this.sources, ...parts);
    const media = readdirSync(at('media'));
    const pick = (): string => media[Math.floor(roll() * media.length)] ?? '1.bin';
    writeFileSync(at('media', pick()), noise(`${seed} changed`, Math.floor((0.2 + roll()) * (this.#bytes / 12))));
    rmSync(at('media', pick()), { force: true });
    mkdirSync(at(`new ${seed}`));
    for (let i = 0; i < 4; i++) {
      writeFileSync(at(`new ${seed}`, `${i}`), noise(`${seed} ${i}`, Math.floor(roll() * (this.#bytes / 6))));
    }
    writeFileSync(at('text/deep/deeper', `${seed}.txt`), seed.repeat(1000));
  }

  /** A backup in this process, into the repository or through `destination`. */
  async backup(
    options: {
      destination?: Destination;
      control?: RunControl;
      emit?: (event: EngineEvent) => void;
      input?: Partial<BackupInput>;
    } = {},
  ): Promise<BackupOutput> {
    const destination = options.destination ?? (await LocalDestination.open(this.repo));
    const context = { control: options.control ?? new RunControl(), emit: options.emit ?? (() => undefined) };
    const output = await backupTo(destination, { ...this.input, ...options.input }, context);
    this.states.set(output.snapshotId, fingerprint(this.sources));
    return output;
  }

  async snapshots(): Promise<SnapshotFacts[]> {
    return await snapshots({ destination: this.destination, access: this.key });
  }

  /** What is wrong with the repository; empty where nothing is. */
  async damage(level: 0 | 1 | 2 | 3 = 1): Promise<string[]> {
    const context = { control: new RunControl(), emit: () => undefined };
    const found = await verify({ destination: this.destination, access: this.key, level }, context);
    const damage = found.damage.map(({ object, message }) => `${object}: ${message}`);
    if (level === 3 && damage.length === 0 && !found.contentsProven) damage.push('contents were not proven');
    return [...damage, ...found.strays.map((stray) => `stray: ${stray}`)];
  }

  /**
   * Takes in snapshots that a killed run may have finished: they are of the sources as they are now. Returns what
   * is wrong: a snapshot that is gone or damaged.
   */
  async takeStock(): Promise<string[]> {
    const problems: string[] = [];
    const found = await this.snapshots();
    for (const { id, damage, partial } of found) {
      if (damage !== null) problems.push(`${id}: ${damage}`);
      if (partial) this.partials.add(id);
      if (!this.states.has(id)) this.states.set(id, fingerprint(this.sources));
    }
    const ids = new Set(found.map(({ id }) => id));
    for (const id of this.states.keys()) if (!ids.has(id)) problems.push(`${id} is gone`);
    return problems;
  }

  /** Restores a snapshot and says in what it differs from what was backed up. */
  async restoreProblems(id: string): Promise<string[]> {
    const wanted = this.states.get(id);
    if (wanted === undefined) return [`${id} was never made`];
    const target = mkdtempSync(path.join(this.folder, 'restored-'));
    try {
      await restore(everythingTo(target, this.destination, this.key, id), {
        control: new RunControl(),
        emit: () => undefined,
      });
      const found = fingerprint(path.join(target, 'files'));
      return this.partials.has(id) ? strangers(wanted, found) : differences(wanted, found);
    } finally {
      rmSync(target, { recursive: true });
    }
  }

  /** The newest snapshot against the sources as they are, byte for byte. */
  async newestProblems(): Promise<string[]> {
    const target = mkdtempSync(path.join(this.folder, 'newest-'));
    try {
      await restore(everythingTo(target, this.destination, this.key), {
        control: new RunControl(),
        emit: () => undefined,
      });
      return await compareTrees(this.sources, path.join(target, 'files'));
    } finally {
      rmSync(target, { recursive: true });
    }
  }

  /** Every blob that the packs in the storage hold, counted by the packs' own tables. */
  async stored(): Promise<Stored> {
    return await storedIn(this.repo, this.key);
  }

  /** Hashes of the finished data packs in the spool, which the next run publishes. */
  finished(): string[] {
    return this.spool().flatMap((file) => /^([0-9a-f]{64})[.]p$/.exec(path.basename(file))?.[1] ?? []);
  }

  /** Files in the folder for temporary ones. */
  spool(): string[] {
    const below = (folder: string): string[] =>
      readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
        entry.isDirectory() ? below(path.join(folder, entry.name)) : [path.join(folder, entry.name)],
      );
    return below(path.join(this.repo, 'tmp'));
  }
}

/** Every blob that the packs in a repository's folder hold, counted by the packs' own tables. */
export async function storedIn(repo: string, access: Access): Promise<Stored> {
  const destination = await LocalDestination.open(repo);
  const repository = await Repository.open(destination, access);
  const seen = new Map<string, string>();
  const result: Stored = { twice: [], dataBytes: 0, packBytes: 0, unindexed: 0, byPack: new Map() };
  for (const client of await repository.clientIds()) {
    const domain = await loadDomain(repository, client);
    result.unindexed += domain.unindexed.length;
    for (const pack of domain.packs) {
      const table = new PackTable(pack.table, pack.size, pack.header.length, pack.name);
      if (pack.name.includes('/p/')) result.packBytes += pack.size;
      for (let i = 0; i < table.blobCount; i++) {
        const { id, length } = table.blob(i);
        const other = seen.get(toHex(id));
        if (other !== undefined) result.twice.push(`${toHex(id).slice(0, 12)} in ${other} and ${pack.name}`);
        seen.set(toHex(id), pack.name);
        if (!pack.name.includes('/p/')) continue;
        result.dataBytes += length;
        const hash = pack.name.slice(pack.name.lastIndexOf('/') + 1);
        result.byPack.set(hash, (result.byPack.get(hash) ?? 0) + length);
      }
    }
  }
  return result;
}

/** Everything below a folder, the folder itself left out. */
export function fingerprint(folder: string): Fingerprint {
  const found: Fingerprint = new Map();
  const visit = (relative: string): void => {
    for (const name of readdirSync(path.join(folder, relative)).sort()) {
      const at = path.join(relative, name);
      const stat = lstatSync(path.join(folder, at), { bigint: true });
      const facts = `${stat.mode.toString(8)} ${stat.mtimeNs}`;
      if (stat.isDirectory()) {
        found.set(at, facts);
        visit(at);
      } else if (stat.isSymbolicLink()) found.set(at, `${facts} ${readlinkSync(path.join(folder, at))}`);
      else {
        const hash = createHash('sha256').update(readFileSync(path.join(folder, at)));
        found.set(at, `${facts} ${stat.size} ${hash.digest('hex')}`);
      }
    }
  };
  visit('');
  return found;
}

/** What a partial snapshot gave back and should not have: all that it has must be as it was. */
function strangers(wanted: Fingerprint, found: Fingerprint): string[] {
  return [...found].filter(([at, facts]) => wanted.get(at) !== facts).map(([at, facts]) => `${at}: ${facts}`);
}

function differences(wanted: Fingerprint, found: Fingerprint): string[] {
  const lines: string[] = [];
  for (const [at, facts] of wanted) {
    if (found.get(at) !== facts) lines.push(`${at}: ${facts} became ${found.get(at) ?? 'nothing'}`);
  }
  for (const at of found.keys()) if (!wanted.has(at)) lines.push(`${at} was never there`);
  return lines;
}
