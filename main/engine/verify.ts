/** Verification: names and sizes, structure, and every byte (FORMAT.md, "Verification ladder"). */
import { createHash } from 'node:crypto';
import { toHoldfastError } from '../errors.ts';
import type { Destination } from '../destinations/destination.ts';
import type { VerifyInput, VerifyOutput } from './api.ts';
import { equal, toHex } from './format/bytes.ts';
import { REPO_FILES } from './format/repo-file.ts';
import type { RemotePacks } from './fetch/remote-packs.ts';
import { openFor } from './open.ts';
import { Counter } from './pipeline/messages.ts';
import { WorkerPool } from './pipeline/pool.ts';
import { Ticker } from './progress-ticker.ts';
import { proofOf, ROTTEN } from './repository/checksums.ts';
import { getNamed, listObjects, loadDomain, type Domain, type StoredSnapshot } from './repository/domain.ts';
import { sourceOf } from './repository/pack-source.ts';
import { readRepoFile, Repository } from './repository/repository.ts';
import type { BlobPlace } from './repository/shared-index.ts';
import { TreeReader } from './repository/tree-reader.ts';
import { TreeCheck } from './tree-check.ts';
import type { VerbContext } from './verb-context.ts';

/** Level 2 reads one pack in this many, chosen by name so that several runs differ. */
const SAMPLE = 10;
const MAX_AFFECTED = 50;

export async function verify(input: VerifyInput, context: VerbContext): Promise<VerifyOutput> {
  // What this computer has kept of the storage proves nothing about the storage.
  const destination = await openFor(input.destination, context, { cache: 'refresh' });
  const ticker = new Ticker(context.emit);
  const output: VerifyOutput = {
    objects: 0,
    bytesRead: 0,
    snapshots: 0,
    blobsChecked: 0,
    damage: [],
    strays: [],
    contentsProven: input.level === 3,
  };
  try {
    ticker.start('verify');
    const repository = await Repository.open(destination, input.access);
    await checkTop(destination, repository, output);
    const own = repository.capability === null ? null : toHex(repository.capability.clientId);
    for (const id of own === null ? await repository.clientIds() : [own]) {
      const domain = await loadDomain(repository, id);
      await new DomainCheck(destination, domain, input, context, ticker, output).run();
    }
    if (output.damage.length > 0) output.contentsProven = false;
    ticker.end();
    return output;
  } finally {
    ticker.stop();
    await destination.close();
  }
}

/** What belongs to no computer: the copies of repo.json, the keyring, and files that are not of a backup at all. */
async function checkTop(destination: Destination, repository: Repository, output: VerifyOutput): Promise<void> {
  const damage = (object: string, message: string): void => void output.damage.push({ object, message, affects: [] });
  const { unsound, foreign } = await readRepoFile(destination, ({ repoId }) => equal(repoId, repository.repoId));
  for (const name of unsound) {
    damage(name, 'This copy of repo.json is damaged or missing. The next backup writes it again.');
  }
  for (const name of foreign) damage(name, 'This copy of repo.json belongs to another backup: two folders were mixed.');
  const keyring = `k/${createHash('sha256').update(repository.file.keyring).digest('hex')}`;
  try {
    await getNamed(destination, keyring);
  } catch (error) {
    const { code } = toHoldfastError(error);
    if (code !== 'object-missing' && code !== 'object-damaged') throw error;
    damage(keyring, 'The keyring is damaged or missing here. repo.json holds it too; the next backup writes it again.');
  }
  await listObjects(destination, '', output.strays);
}

/** A pack that is not as it was written; `blocks` that do not open, null where that is not known. */
interface DamagedPack {
  messages: string[];
  blocks: Set<number> | null;
  affects: Set<string>;
}

class DomainCheck {
  readonly #destination: Destination;
  readonly #domain: Domain;
  readonly #input: VerifyInput;
  readonly #level: number;
  readonly #context: VerbContext;
  readonly #ticker: Ticker;
  readonly #out: VerifyOutput;

  constructor(
    destination: Destination,
    domain: Domain,
    input: VerifyInput,
    context: VerbContext,
    ticker: Ticker,
    out: VerifyOutput,
  ) {
    this.#destination = destination;
    this.#domain = domain;
    this.#input = input;
    this.#level = input.level;
    this.#context = context;
    this.#ticker = ticker;
    this.#out = out;
  }

  async run(): Promise<void> {
    const { objects, snapshots, damage, missing } = this.#domain;
    this.#out.objects += objects.size;
    this.#out.snapshots += snapshots.length;
    for (const { object, message } of damage) this.#out.damage.push({ object, message, affects: [] });
    for (const object of missing) {
      this.#out.damage.push({
        object,
        message: 'The index names it, and it is not in the storage in that size.',
        affects: [],
      });
    }
    for (const info of objects.values()) {
      if (proofOf(info) === 'damaged') this.#out.damage.push({ object: info.name, message: ROTTEN, affects: [] });
    }
    this.#checkChain();
    // Every byte of the storage, not of what this computer has kept of it.
    if (this.#level >= 1) await this.#reading(this.#level >= 3, async (source) => await this.#checkContents(source));
  }

  async #checkContents(source: RemotePacks | null): Promise<void> {
    await this.#checkTrees();
    if (this.#level >= 3) await this.#checkPacks(source);
    else if (this.#level >= 2) await this.#reading(true, async (fresh) => await this.#checkPacks(fresh));
  }

  /** @param fresh nothing that this computer has kept is taken for what the storage has */
  async #reading(fresh: boolean, read: (source: RemotePacks | null) => Promise<void>): Promise<void> {
    const source = sourceOf(this.#domain, this.#input.destination, this.#context, fresh);
    const leave = source?.attend(this.#context);
    try {
      await read(source);
    } finally {
      await leave?.();
      await source?.close();
    }
  }

  /** Each snapshot names the one before it, unless that was removed by retention. */
  #checkChain(): void {
    const bySequence = new Map<number, StoredSnapshot>();
    for (const stored of this.#domain.snapshots) {
      const other = bySequence.get(stored.snapshot.sequence);
      if (other !== undefined) {
        this.#out.damage.push({
          object: `c/${this.#domain.id}/s/${stored.id}`,
          message: `Two snapshots have number ${stored.snapshot.sequence}: this computer may have been cloned or set back.`,
          affects: [],
        });
      }
      bySequence.set(stored.snapshot.sequence, stored);
    }
    const ids = new Set(this.#domain.snapshots.map(({ id }) => id));
    for (const { snapshot } of this.#domain.snapshots) {
      for (const { hash, sequence } of snapshot.live) {
        if (!ids.has(toHex(hash)) && !this.#knownDamaged(toHex(hash))) {
          this.#out.damage.push({
            object: `c/${this.#domain.id}/s/${toHex(hash)}`,
            message: `Snapshot ${sequence} is missing from the storage.`,
            affects: [],
          });
          this.#reported.add(toHex(hash));
        }
      }
    }
  }

  readonly #reported = new Set<string>();

  #knownDamaged(id: string): boolean {
    return this.#reported.has(id) || this.#domain.damage.some(({ object }) => object.endsWith(id));
  }

  /** Every tree of every snapshot opens, and every blob that it names is in the index. */
  async #checkTrees(): Promise<void> {
    const whole = new Set<string>();
    for (const stored of this.#domain.snapshots) {
      const check = await this.#walk(stored, whole);
      this.#out.blobsChecked += check.blobs;
      if (check.problems.length === 0) continue;
      await this.#stillThere();
      this.#out.damage.push({
        object: `c/${this.#domain.id}/s/${stored.id}`,
        message: `Parts of this snapshot cannot be restored: ${check.problems[0] ?? ''}`,
        affects: check.affected.slice(0, MAX_AFFECTED),
      });
    }
  }

  async #walk(
    stored: StoredSnapshot,
    whole: Set<string>,
    onBlob?: (place: BlobPlace, path: string) => void,
  ): Promise<TreeCheck> {
    const trees = new TreeReader(this.#domain, this.#domain.keys.blobIdFor(stored.snapshot.domainEpoch));
    const check = new TreeCheck(this.#domain, trees, whole, onBlob);
    try {
      await check.run(stored.snapshot.root, () => this.#context.control.check());
    } finally {
      trees.close();
    }
    return check;
  }

  /** A disk that went away is not damage. Errors: destination-missing. */
  async #stillThere(): Promise<void> {
    await this.#destination.stat(REPO_FILES[0]);
  }

  /** Names the files whose content lies in damaged blocks. */
  async #findAffected(damaged: Map<number, DamagedPack>): Promise<void> {
    const whole = new Set<string>();
    for (const stored of this.#domain.snapshots) {
      await this.#walk(stored, whole, ({ pack, block }, path) => {
        const found = damaged.get(pack);
        if (found === undefined || (found.blocks !== null && !found.blocks.has(block))) return;
        if (found.affects.size < MAX_AFFECTED) found.affects.add(path === '' ? '/' : path);
      });
    }
  }

  async #checkPacks(source: RemotePacks | null): Promise<void> {
    const domain = this.#domain;
    const blobIdKey = domain.keys.blobIdFor(domain.snapshots.at(-1)?.snapshot.domainEpoch ?? 0);
    const pool = new WorkerPool({
      index: domain.index.memory,
      control: this.#context.control,
      data: {
        role: 'read',
        packs: domain.packs,
        keys: domain.keys.read,
        blobIdKey: blobIdKey ?? new Uint8Array(32),
        suffix: '',
        setOwners: false,
      },
      newLine: source === null ? undefined : () => source.newLine(),
    });
    const chosen = domain.packs
      .map((pack, ordinal) => ({ pack, ordinal }))
      .filter(({ pack }) => this.#level >= 3 || isSampled(pack.name));
    const total = chosen.reduce((sum, { pack }) => sum + pack.size, 0);
    const damaged = new Map<number, DamagedPack>();
    let done = 0;
    this.#ticker.read = () => ({
      files: done,
      totalFiles: chosen.length,
      bytes: pool.total(Counter.bytes),
      totalBytes: total,
      skipped: this.#out.damage.length,
    });
    try {
      await Promise.all(
        chosen.map(async ({ pack, ordinal }) => {
          const read = source?.plan([{ pack: ordinal, offset: 0, length: pack.size }]);
          const result = await pool.run({ type: 'check-pack', ordinal }, 'checked').finally(read);
          done++;
          this.#out.bytesRead += result.bytes;
          this.#out.blobsChecked += result.blobs;
          if (!result.proven) this.#out.contentsProven = false;
          if (result.damage.length === 0) return;
          await this.#stillThere();
          damaged.set(ordinal, { messages: result.damage, blocks: result.blocks, affects: new Set() });
        }),
      );
      if (damaged.size > 0) await this.#findAffected(damaged);
      for (const [ordinal, { messages, affects }] of damaged) {
        const object = domain.packs[ordinal]?.name ?? '';
        for (const message of messages) this.#out.damage.push({ object, message, affects: [...affects] });
      }
    } finally {
      this.#ticker.end();
      this.#ticker.read = () => ({});
      await pool.end();
    }
  }
}

/** A tenth of all packs, another one each day. */
function isSampled(name: string): boolean {
  const day = Math.floor(Date.now() / 86_400_000);
  return (Number.parseInt(name.slice(-4), 16) + day) % SAMPLE === 0;
}
