/** Verification: names and sizes, structure, and every byte (FORMAT.md, "Verification ladder"). */
import { toHoldfastError } from '../errors.ts';
import { openDestination } from '../destinations/open.ts';
import type { VerifyInput, VerifyOutput } from './api.ts';
import { ID_BYTES } from './format/blob.ts';
import { display } from './format/byte-path.ts';
import { toHex } from './format/bytes.ts';
import { NodeType, type TreeNode } from './format/tree.ts';
import { Counter } from './pipeline/messages.ts';
import { WorkerPool } from './pipeline/pool.ts';
import { Ticker } from './progress-ticker.ts';
import { loadDomain, type Domain, type StoredSnapshot } from './repository/domain.ts';
import { readRepoFile, Repository } from './repository/repository.ts';
import { IdWords } from './repository/shared-index.ts';
import { TreeReader } from './repository/tree-reader.ts';
import type { VerbContext } from './verb-context.ts';

/** Level 2 reads one pack in this many, chosen by name so that several runs differ. */
const SAMPLE = 10;
const MAX_AFFECTED = 50;

export async function verify(input: VerifyInput, context: VerbContext): Promise<VerifyOutput> {
  const destination = await openDestination(input.destination);
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
    for (const name of (await readRepoFile(destination)).unsound) {
      output.damage.push({ object: name, message: 'This copy of repo.json is damaged or missing.', affects: [] });
    }
    const own = repository.capability === null ? null : toHex(repository.capability.clientId);
    for (const id of own === null ? await repository.clientIds() : [own]) {
      const domain = await loadDomain(repository, id);
      await new DomainCheck(domain, input.level, context, ticker, output).run();
    }
    if (output.damage.length > 0) output.contentsProven = false;
    ticker.end();
    return output;
  } finally {
    ticker.stop();
    await destination.close();
  }
}

class DomainCheck {
  readonly #domain: Domain;
  readonly #level: number;
  readonly #context: VerbContext;
  readonly #ticker: Ticker;
  readonly #out: VerifyOutput;

  constructor(domain: Domain, level: number, context: VerbContext, ticker: Ticker, out: VerifyOutput) {
    this.#domain = domain;
    this.#level = level;
    this.#context = context;
    this.#ticker = ticker;
    this.#out = out;
  }

  async run(): Promise<void> {
    const { objects, snapshots, damage, missing, strays } = this.#domain;
    this.#out.objects += objects.size;
    this.#out.snapshots += snapshots.length;
    this.#out.strays.push(...strays);
    for (const { object, message } of damage) this.#out.damage.push({ object, message, affects: [] });
    for (const object of missing) {
      this.#out.damage.push({
        object,
        message: 'The index names it, and it is not in the storage in that size.',
        affects: [],
      });
    }
    this.#checkChain();
    if (this.#level >= 1) await this.#checkTrees();
    if (this.#level >= 2) await this.#checkPacks();
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
    const seen = new Set<string>();
    for (const stored of this.#domain.snapshots) {
      const trees = new TreeReader(this.#domain, this.#domain.keys.blobIdFor(stored.snapshot.domainEpoch));
      const check = new TreeCheck(this.#domain, trees, seen);
      try {
        await check.run(stored.snapshot.root, () => this.#context.control.check());
      } finally {
        trees.close();
      }
      this.#out.blobsChecked += check.blobs;
      if (check.problems.length > 0) {
        this.#out.damage.push({
          object: `c/${this.#domain.id}/s/${stored.id}`,
          message: `Parts of this snapshot cannot be restored: ${check.problems[0] ?? ''}`,
          affects: check.affected.slice(0, MAX_AFFECTED),
        });
      }
    }
  }

  async #checkPacks(): Promise<void> {
    const { domain } = { domain: this.#domain };
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
    });
    const chosen = domain.packs
      .map((pack, ordinal) => ({ pack, ordinal }))
      .filter(({ pack }) => this.#level >= 3 || isSampled(pack.name));
    const total = chosen.reduce((sum, { pack }) => sum + pack.size, 0);
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
          const result = await pool.run({ type: 'check-pack', ordinal }, 'checked');
          done++;
          this.#out.bytesRead += result.bytes;
          this.#out.blobsChecked += result.blobs;
          if (!result.proven) this.#out.contentsProven = false;
          for (const message of result.damage) this.#out.damage.push({ object: pack.name, message, affects: [] });
        }),
      );
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

class TreeCheck {
  readonly problems: string[] = [];
  readonly affected: string[] = [];
  blobs = 0;
  readonly #domain: Domain;
  readonly #trees: TreeReader;
  readonly #seen: Set<string>;
  readonly #words = new IdWords();

  /** @param seen trees that were found whole already */
  constructor(domain: Domain, trees: TreeReader, seen: Set<string>) {
    this.#domain = domain;
    this.#trees = trees;
    this.#seen = seen;
  }

  async run(root: Uint8Array, breathe: () => Promise<void>): Promise<void> {
    const stack: { id: Uint8Array; path: string }[] = [{ id: root, path: '' }];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const key = Buffer.from(next.id).toString('latin1');
      if (this.#seen.has(key)) continue;
      await breathe();
      const before = this.problems.length;
      const folders = this.#folder(next.id, next.path);
      if (this.problems.length === before) this.#seen.add(key);
      stack.push(...folders);
    }
  }

  #folder(id: Uint8Array, path: string): { id: Uint8Array; path: string }[] {
    const below: { id: Uint8Array; path: string }[] = [];
    this.blobs++;
    let nodes: TreeNode[];
    try {
      nodes = this.#trees.folder(id);
    } catch (error) {
      this.#problem(path === '' ? '/' : path, error);
      return below;
    }
    for (const node of nodes) {
      const entry = `${path}/${display(node.name)}`;
      if (node.subtree !== null) below.push({ id: node.subtree, path: entry });
      else if (node.type === NodeType.file) this.#file(node, entry);
    }
    return below;
  }

  #file(node: TreeNode, path: string): void {
    try {
      const content = this.#trees.content(node);
      let size = 0;
      for (let at = 0; at < content.length; at += ID_BYTES) {
        const entry = this.#words.load(content, at).findIn(this.#domain.index);
        if (entry < 0) throw new Error('part of its content is missing');
        size += this.#domain.index.place(entry).length;
        this.blobs++;
      }
      if (size !== node.size) throw new Error(`its parts make ${size} bytes where it has ${node.size}`);
    } catch (error) {
      this.#problem(path, error);
    }
  }

  #problem(path: string, error: unknown): void {
    const known = toHoldfastError(error);
    this.problems.push(`${path}: ${known.code === 'internal' ? (known.detail ?? '') : known.message}`);
    this.affected.push(path);
  }
}
