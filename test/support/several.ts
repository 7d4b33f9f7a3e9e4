/** One computer that backs up into several folders of one repository, for tests of what goes on between them. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash, randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Destination } from '../../main/destinations/destination.ts';
import { LocalDestination } from '../../main/destinations/local/local-destination.ts';
import type {
  Access,
  BackupInput,
  BackupOutput,
  CopyInput,
  CopyOutput,
  DestinationSpec,
  EngineEvent,
  SnapshotFacts,
  SurveyOutput,
} from '../../main/engine/api.ts';
import { backupTo } from '../../main/engine/backup.ts';
import { RunControl } from '../../main/engine/control.ts';
import { copy } from '../../main/engine/copy.ts';
import { create } from '../../main/engine/create.ts';
import { enrol } from '../../main/engine/enrol.ts';
import { survey } from '../../main/engine/replicas.ts';
import { closeSnapshot } from '../../main/engine/repository/open-trees.ts';
import { restore } from '../../main/engine/restore.ts';
import { snapshots } from '../../main/engine/snapshots.ts';
import { verify } from '../../main/engine/verify.ts';
import { fingerprint, noise, type Fingerprint } from './crash-world.ts';
import { filesIn } from './engine.ts';
import { compareTrees } from './tree.ts';
import { everythingTo } from './restore-all.ts';

export const PACK_BYTES = 256 * 1024;
/** Bytes of a file of noise, about: a chunk of its own, so that each makes a pack. */
export const FILE_BYTES = 280_000;

export interface RunOptions {
  /** Opens destinations in another way than as the folders they are. */
  open?: (place: string) => Promise<Destination>;
  control?: RunControl;
  input?: Partial<BackupInput>;
  emit?: (event: EngineEvent) => void;
}

export class Several {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'holdfast-several-'));
  readonly sources = path.join(this.folder, 'files');
  readonly state = path.join(this.folder, 'state');
  readonly rootKey = new Uint8Array(randomBytes(32));
  /** What each snapshot has to give back, by its id. */
  readonly states = new Map<string, Fingerprint>();
  access: Extract<Access, { kind: 'capability' }> = {
    kind: 'capability',
    capability: new Uint8Array(0),
    readerPublicKey: new Uint8Array(0),
  };
  clientId = '';

  /** A repository in folder `first`, a computer enrolled in it, and so many files of noise. */
  static async make(first = 'a', files = 5): Promise<Several> {
    const world = new Several();
    mkdirSync(world.sources);
    world.write('start', files);
    await create({ destination: world.spec(first), rootKey: world.rootKey });
    const made = await enrol({ destination: world.spec(first), rootKey: world.rootKey });
    world.access = { kind: 'capability', capability: made.capability, readerPublicKey: made.readerPublicKey };
    world.clientId = made.clientId;
    return world;
  }

  end(): void {
    closeSnapshot();
    rmSync(this.folder, { recursive: true, force: true });
  }

  at(...names: string[]): string {
    return path.join(this.folder, ...names);
  }

  spec(place: string): DestinationSpec {
    return { kind: 'local', path: this.at(place) };
  }

  get key(): Access {
    return { kind: 'key', rootKey: this.rootKey };
  }

  /** Makes an empty folder for a destination. */
  empty(place: string): void {
    mkdirSync(this.at(place), { recursive: true });
  }

  /** Adds files of noise, each of which makes a pack. */
  write(seed: string, count = 3): void {
    for (let i = 0; i < count; i++) {
      writeFileSync(path.join(this.sources, `${seed}-${i}.bin`), noise(`${seed} ${i}`, FILE_BYTES + i * 777));
    }
    writeFileSync(path.join(this.sources, 'changing.txt'), `${seed}\n`.repeat(200));
  }

  async backup(lead: string, also: string[] = [], options: RunOptions = {}): Promise<BackupOutput> {
    const open = options.open ?? ((place: string) => LocalDestination.open(this.at(place)));
    const output = await backupTo(
      await open(lead),
      {
        destination: this.spec(lead),
        access: this.access,
        stateFolder: this.state,
        sources: [this.sources],
        excludes: [],
        computerName: 'test',
        packBytes: PACK_BYTES,
        also: also.map((place) => this.spec(place)),
        ...options.input,
      },
      { control: options.control ?? new RunControl(), emit: options.emit ?? (() => undefined) },
      async (spec) => await open(path.basename(spec.kind === 'local' ? spec.path : '')),
    );
    this.states.set(output.snapshotId, fingerprint(this.sources));
    return output;
  }

  async copy(from: string[], to: string, input: Partial<CopyInput> = {}): Promise<CopyOutput> {
    return await copy(
      {
        from: from.map((place) => this.spec(place)),
        to: this.spec(to),
        clients: 'all',
        stateFolder: this.state,
        ...input,
      },
      { control: new RunControl(), emit: () => undefined },
    );
  }

  async survey(places: string[]): Promise<SurveyOutput> {
    return await survey(
      { destinations: places.map((place) => this.spec(place)), access: this.access, stateFolder: this.state },
      { control: new RunControl(), emit: () => undefined },
    );
  }

  async snapshots(place: string): Promise<SnapshotFacts[]> {
    return await snapshots({ destination: this.spec(place), access: this.key });
  }

  /** What is wrong at a place; empty where nothing is. */
  async damage(place: string, level: 0 | 1 | 2 | 3 = 1): Promise<string[]> {
    const context = { control: new RunControl(), emit: () => undefined };
    const found = await verify({ destination: this.spec(place), access: this.key, level }, context);
    const damage = found.damage.map(({ object, message }) => `${object}: ${message}`);
    if (level === 3 && damage.length === 0 && !found.contentsProven) damage.push('contents were not proven');
    return [...damage, ...found.strays.map((stray) => `stray: ${stray}`)];
  }

  /** Restores a snapshot from a place and says in what it differs from what was backed up. */
  async restoreProblems(place: string, id: string): Promise<string[]> {
    const wanted = this.states.get(id);
    if (wanted === undefined) return [`${id} was never made`];
    const target = await this.restored(place, id);
    const found = fingerprint(path.join(target, 'files'));
    rmSync(target, { recursive: true });
    const lines = [...wanted].flatMap(([at, facts]) =>
      found.get(at) === facts ? [] : [`${at}: ${facts} became ${found.get(at) ?? 'nothing'}`],
    );
    return [...lines, ...[...found.keys()].filter((at) => !wanted.has(at)).map((at) => `${at} was never there`)];
  }

  /** The newest snapshot of a place against the sources as they are. */
  async newestProblems(place: string): Promise<string[]> {
    const target = await this.restored(place, 'latest');
    try {
      return await compareTrees(this.sources, path.join(target, 'files'));
    } finally {
      rmSync(target, { recursive: true });
    }
  }

  /** Every snapshot that a place lists gives back what was backed up, and nothing is damaged there. */
  async problems(place: string, level: 0 | 1 | 2 | 3 = 1): Promise<string[]> {
    const found = await this.damage(place, level);
    for (const { id, damage } of await this.snapshots(place)) {
      if (damage !== null) found.push(`${id}: ${damage}`);
      for (const line of await this.restoreProblems(place, id)) found.push(`${id}: ${line}`);
    }
    return found;
  }

  /** Names and contents of everything stored at a place, what is not published yet left out. */
  contents(place: string): Map<string, string> {
    const all = filesIn(this.at(place)).map((file) => path.relative(this.at(place), file));
    const stored = all.filter((file) => !file.startsWith('tmp/'));
    return new Map(
      stored.map((file) => [
        file,
        createHash('sha256')
          .update(readFileSync(this.at(place, file)))
          .digest('hex'),
      ]),
    );
  }

  /** Files of a room (p, m, i, s) at a place. */
  objects(place: string, room: 'p' | 'm' | 'i' | 's'): string[] {
    return filesIn(this.at(place, 'c', this.clientId, room));
  }

  /** Files that wait to be published, or were left behind. */
  spool(place: string): string[] {
    return readdirSync(this.at(place)).includes('tmp') ? filesIn(this.at(place, 'tmp')) : [];
  }

  private async restored(place: string, id: string): Promise<string> {
    closeSnapshot();
    const target = mkdtempSync(this.at('restored-'));
    await restore(everythingTo(target, this.spec(place), this.key, id), {
      control: new RunControl(),
      emit: () => undefined,
    });
    return target;
  }
}

/** Object name of a stored file, for verbs that take names. */
export function nameOfFile(file: string): string {
  const [, client, room, , hash] = /\/c\/([0-9a-f]{32})\/([pmis])\/([0-9a-f]{2})\/([0-9a-f]{64})$/.exec(file) ?? [];
  return `c/${client ?? ''}/${room ?? ''}/${hash ?? ''}`;
}
