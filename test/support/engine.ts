/** A repository, computers enrolled in it and folders to back up, for tests that call the verbs in this process. */
import { createHash, randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { backup } from '../../main/engine/backup.ts';
import type {
  Access,
  BackupInput,
  BackupOutput,
  EngineEvent,
  RestoreInput,
  RestoreOutput,
  SnapshotFacts,
  VerifyOutput,
} from '../../main/engine/api.ts';
import { RunControl } from '../../main/engine/control.ts';
import { create } from '../../main/engine/create.ts';
import { enrol } from '../../main/engine/enrol.ts';
import { entryPathOf } from '../../main/engine/entry-path.ts';
import { closeSnapshot } from '../../main/engine/repository/open-trees.ts';
import { restore } from '../../main/engine/restore.ts';
import { snapshots } from '../../main/engine/snapshots.ts';
import { verify } from '../../main/engine/verify.ts';
import { removeTree } from './tree.ts';

export type WriteAccess = Extract<Access, { kind: 'capability' }>;

export interface Computer {
  access: WriteAccess;
  clientId: string;
  stateFolder: string;
}

export class World {
  /** Everything lies in it. */
  readonly folder: string;
  readonly repo: string;
  readonly rootKey = new Uint8Array(randomBytes(32));
  readonly events: EngineEvent[] = [];
  /** Called with each event of a backup as it comes. */
  onEvent: (event: EngineEvent) => void = () => undefined;
  repoId = '';
  #computer: Computer | null = null;

  private constructor() {
    this.folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'holdfast-engine-')));
    this.repo = path.join(this.folder, 'repo');
  }

  static async make(): Promise<World> {
    const world = new World();
    world.repoId = (await create({ destination: world.destination, rootKey: world.rootKey })).repoId;
    world.#computer = await world.enrol('one');
    return world;
  }

  get destination() {
    return { kind: 'local' as const, path: this.repo };
  }

  get key(): Access {
    return { kind: 'key', rootKey: this.rootKey };
  }

  /** The first computer. */
  get computer(): Computer {
    if (this.#computer === null) throw new Error('made by make()');
    return this.#computer;
  }

  async enrol(name: string): Promise<Computer> {
    const made = await enrol({ destination: this.destination, rootKey: this.rootKey });
    return {
      access: { kind: 'capability', capability: made.capability, readerPublicKey: made.readerPublicKey },
      clientId: made.clientId,
      stateFolder: path.join(this.folder, `state-${name}`),
    };
  }

  at(...names: string[]): string {
    return path.join(this.folder, ...names);
  }

  /** Writes files, by path below the world's folder. */
  write(files: Record<string, string | Uint8Array>): void {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(path.dirname(this.at(name)), { recursive: true });
      writeFileSync(this.at(name), content);
    }
  }

  backup(sources: string[], more: Partial<BackupInput> = {}, computer = this.computer, control = new RunControl()) {
    const input: BackupInput = {
      destination: this.destination,
      access: computer.access,
      stateFolder: computer.stateFolder,
      sources,
      excludes: [],
      computerName: 'computer',
      ...more,
    };
    const emit = (event: EngineEvent): void => {
      this.events.push(event);
      this.onEvent(event);
    };
    return backup(input, { control, emit });
  }

  restore(target: string, more: Partial<RestoreInput> = {}): Promise<RestoreOutput> {
    // The storage was perhaps changed behind the back of what is kept open.
    closeSnapshot();
    const input: RestoreInput = {
      destination: this.destination,
      access: this.key,
      snapshotId: 'latest',
      paths: [],
      target: { kind: 'folder', path: target },
      layout: 'full',
      conflict: 'keep-both',
      dryRun: false,
      ...more,
    };
    return restore(input, { control: new RunControl(), emit: (event) => this.events.push(event) });
  }

  verify(level: 0 | 1 | 2 | 3, access: Access = this.key): Promise<VerifyOutput> {
    const context = { control: new RunControl(), emit: (event: EngineEvent) => void this.events.push(event) };
    return verify({ destination: this.destination, access, level }, context);
  }

  snapshots(access: Access = this.key): Promise<SnapshotFacts[]> {
    return snapshots({ destination: this.destination, access });
  }

  /** Paths of stored objects of one room (p, m, i, s) of the first computer. */
  objects(room: 'p' | 'm' | 'i' | 's', computer = this.computer): string[] {
    return filesIn(path.join(this.repo, 'c', computer.clientId, room));
  }

  dispose(): void {
    closeSnapshot();
    removeTree(this.folder);
  }
}

export const entry = entryPathOf;

/** Paths of all files in a folder and below, sorted; none where there is no folder. */
export function filesIn(folder: string): string[] {
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((item) => !item.isDirectory())
    .map((item) => path.join(item.parentPath, item.name))
    .sort();
}

/** Names and contents of everything in a folder: equal hashes, and nothing was changed. */
export function hashOf(folder: string): string {
  const hash = createHash('sha256');
  for (const file of filesIn(folder)) {
    hash.update(`${path.relative(folder, file)}\0`).update(createHash('sha256').update(readFileSync(file)).digest());
  }
  return hash.digest('hex');
}

/** Turns one bit of a file over, in its middle or at `at`. */
export function flipFile(file: string, at?: number): void {
  const bytes = readFileSync(file);
  const place = at ?? Math.floor(bytes.length / 2);
  bytes[place] = (bytes[place] ?? 0) ^ 1;
  writeFileSync(file, bytes);
}

/** The numbers of a backup that tests compare. */
export const numbersOf = (o: BackupOutput) => ({
  files: o.files,
  new: o.newFiles,
  changed: o.changedFiles,
  unchanged: o.unchangedFiles,
  removed: o.removedFiles,
});
