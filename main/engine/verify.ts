/** Verification: names and sizes, structure, and every byte (FORMAT.md, "Verification"). */
import { createHash } from 'node:crypto';
import { inDetail, toHoldfastError } from '../errors.ts';
import { phrase, plural, sentence, text, type Text, told } from '../text.ts';
import type { Destination } from '../destinations/destination.ts';
import { Affected } from './affected.ts';
import type { VerifyInput, VerifyOutput } from './api.ts';
import { checkPacks } from './check-packs.ts';
import { equal, toHex } from './format/bytes.ts';
import { REPO_FILES } from './format/repo-file.ts';
import type { RemotePacks } from './fetch/remote-packs.ts';
import { openFor } from './open.ts';
import type { PackCheckResult } from './pipeline/messages.ts';
import { Ticker } from './progress-ticker.ts';
import { proofOf, ROTTEN } from './repository/checksums.ts';
import {
  getNamed,
  listObjects,
  loadDomain,
  type Domain,
  type DomainDamage,
  type StoredSnapshot,
} from './repository/domain.ts';
import { twiceNumbered } from './repository/forks.ts';
import { sourceOf } from './repository/pack-source.ts';
import { readRepoFile, Repository } from './repository/repository.ts';
import { isUnreadable } from './repository/storage-failure.ts';
import { TreeCheck, type LostBlocks } from './tree-check.ts';
import type { VerbContext } from './verb-context.ts';
import { chooseByBudget, VerifyRecord } from './verify-record.ts';

/** Errors: bad-input, those of opening the repository, stopped, destination-*. */
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
    let { budget } = input;
    for (const id of own === null ? await repository.clientIds() : [own]) {
      // Whole tables are what the levels that read packs compare theirs with.
      const domain = await loadDomain(repository, id, { blocksOnly: input.level < 2 });
      const before = output.bytesRead;
      await new DomainCheck(destination, repository, domain, { ...input, budget }, context, ticker, output).run();
      if (budget !== undefined) budget = Math.max(0, budget - (output.bytesRead - before));
    }
    if (output.damage.length > 0 || output.known !== undefined) output.contentsProven = false;
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
    damage(name, phrase('This copy of repo.json is damaged or missing. The next backup writes it again.'));
  }
  for (const name of foreign)
    damage(name, phrase('This copy of repo.json belongs to another backup: two folders were mixed.'));
  await listObjects(destination, '', output.strays);
  const keyring = `k/${createHash('sha256').update(repository.file.keyring).digest('hex')}`;
  try {
    await getNamed(destination, keyring);
  } catch (error) {
    if (isUnreadable(error)) {
      const { text: message, said } = told(inDetail(error));
      output.damage.push({ object: keyring, message, ...(said === undefined ? {} : { said }), affects: [] });
      return;
    }
    const { code } = toHoldfastError(error);
    if (code !== 'object-missing' && code !== 'object-damaged') throw error;
    damage(
      keyring,
      phrase('The keyring is damaged or missing here. repo.json holds it too; the next backup writes it again.'),
    );
  }
}

class DomainCheck {
  readonly #destination: Destination;
  readonly #repository: Repository;
  readonly #domain: Domain;
  readonly #input: VerifyInput;
  readonly #level: number;
  readonly #context: VerbContext;
  readonly #ticker: Ticker;
  readonly #out: VerifyOutput;
  /** A snapshot is not whole. */
  #lacking = false;

  constructor(
    destination: Destination,
    repository: Repository,
    domain: Domain,
    input: VerifyInput,
    context: VerbContext,
    ticker: Ticker,
    out: VerifyOutput,
  ) {
    this.#destination = destination;
    this.#repository = repository;
    this.#domain = domain;
    this.#input = input;
    this.#level = input.level;
    this.#context = context;
    this.#ticker = ticker;
    this.#out = out;
  }

  async run(): Promise<void> {
    const { objects, snapshots, damage, missing } = this.#domain;
    const former = new Set(this.#domain.former);
    this.#out.objects += objects.size;
    this.#out.snapshots += snapshots.length;
    const tell = ({ object, error }: DomainDamage): void => this.#found(object, inDetail(error));
    const unowned = damage.filter((one) => one.unowned === true && this.#level >= 1);
    for (const one of damage) if (!unowned.includes(one)) tell(one);
    for (const object of missing) {
      this.#found(object, phrase('The index names it, and it is not in the storage in that size.'));
    }
    for (const info of objects.values()) {
      if (proofOf(info) === 'damaged' && !former.has(info.name)) this.#found(info.name, ROTTEN);
    }
    this.#checkChain();
    this.#tellFormer();
    // Every byte of the storage, not of what this computer has kept of it.
    if (this.#level >= 1) await this.#reading(this.#level >= 3, async (source) => await this.#checkContents(source));
    if (this.#lacking) unowned.forEach(tell);
  }

  /** Nothing is wrong with it: it lies there, and nobody relies on it. */
  #tellFormer(): void {
    const { former, id } = this.#domain;
    if (former.length === 0) return;
    this.#context.emit({
      type: 'message',
      level: 'info',
      ...told(
        text`Not counted: ${plural(former.length, { one: '# object', other: '# objects' })} in c/${id} that the former computer stored after another one had taken over.`,
      ),
    });
  }

  /** What an earlier repair has told is no news. */
  #found(object: string, words: string | Text, affected = new Affected(), isKnown = this.#isLost(object)): void {
    const { text: message, said } = told(words);
    const damage = { object, message, ...(said === undefined ? {} : { said }), ...affected.facts() };
    if (isKnown) (this.#out.known ??= []).push(damage);
    else this.#out.damage.push(damage);
  }

  #isLost(object: string): boolean {
    return this.#domain.lost.has(object.slice(object.lastIndexOf('/') + 1));
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
    for (const { id, snapshot } of twiceNumbered(this.#domain)) {
      this.#found(
        `c/${this.#domain.id}/s/${id}`,
        text`Two snapshots have number ${snapshot.sequence}: this computer may have been cloned or set back.`,
      );
    }
    const { snapshots, besides, forgotten } = this.#domain;
    const known = new Set([...[...snapshots, ...besides].map(({ id }) => id), ...forgotten.keys()]);
    for (const { object } of this.#domain.damage) known.add(object.slice(object.lastIndexOf('/') + 1));
    for (const { snapshot } of this.#domain.snapshots) {
      for (const { hash, sequence } of snapshot.live) {
        const id = toHex(hash);
        if (known.has(id)) continue;
        known.add(id);
        this.#found(`c/${this.#domain.id}/s/${id}`, text`Snapshot ${sequence} is missing from the storage.`);
      }
    }
  }

  /** Every tree of every snapshot opens, and every blob that it names is in the index. */
  async #checkTrees(): Promise<void> {
    const check = this.#treeCheck();
    try {
      for (const stored of this.#domain.snapshots) {
        const affected = new Affected();
        let first: Text | null = null;
        const losses = await check.run(stored, (loss) => {
          first ??= text`${loss.path}: ${sentence(loss.message)}`;
          affected.add(stored, loss);
        });
        if (losses === 0) continue;
        this.#lacking = true;
        await this.#stillThere();
        const isKnown = losses <= (this.#domain.lacking.get(stored.id) ?? 0);
        const words = text`Parts of this snapshot cannot be restored: ${first ?? ''}`;
        this.#found(this.#nameOf(stored), words, affected, isKnown);
      }
      this.#out.blobsChecked += check.blobs;
    } finally {
      check.close();
    }
  }

  #treeCheck(lost?: LostBlocks): TreeCheck {
    return new TreeCheck({ domain: this.#domain, lost, breathe: () => this.#context.control.check() });
  }

  #nameOf = ({ id }: StoredSnapshot): string => `c/${this.#domain.id}/s/${id}`;

  /** A disk that went away is not damage. Errors: destination-missing. */
  async #stillThere(): Promise<void> {
    await this.#destination.stat(REPO_FILES[0]);
  }

  async #checkPacks(source: RemotePacks | null): Promise<void> {
    const { packs } = this.#domain;
    const { destination, stateFolder, budget } = this.#input;
    const record = await VerifyRecord.read(stateFolder, this.#repository.repoId, this.#domain.id, destination);
    const ordinals = new Map(packs.map((pack, ordinal) => [pack, ordinal]));
    const some = this.#level >= 3 ? packs : budget === 0 ? [] : chooseByBudget(packs, record, budget);
    const damaged = new Map<number, PackCheckResult>();
    // What nothing that counts needs is no finding, however damaged; what does is told when all have been read.
    const former = new Set(this.#domain.former);
    let findings = this.#out.damage.length;
    try {
      await checkPacks({
        domain: this.#domain,
        chosen: some.map((pack) => ordinals.get(pack) ?? 0),
        source,
        blobIdKey: this.#domain.keys.blobIdFor(this.#domainEpoch()),
        context: this.#context,
        ticker: this.#ticker,
        findings: () => findings,
        onChecked: async (ordinal, result) => {
          this.#out.bytesRead += result.bytes;
          this.#out.blobsChecked += result.blobs;
          const name = packs[ordinal]?.name ?? '';
          const isBad = result.damage.length > 0;
          if (!result.proven && !(isBad && former.has(name))) this.#out.contentsProven = false;
          if (!isBad) return record.note(name);
          if (!former.has(name)) findings++;
          await this.#stillThere();
          record.forget(name);
          damaged.set(ordinal, result);
        },
      });
    } finally {
      // Of a run that was stopped too: the next one goes on with the others.
      await record.keep(packs);
    }
    if (damaged.size > 0) await this.#tellAffected(damaged);
  }

  #domainEpoch(): number {
    const newest = this.#domain.snapshots.at(-1);
    return newest?.snapshot.domainEpoch ?? this.#repository.capability?.domainEpoch ?? 0;
  }

  /** Names the files whose content lies in damaged blocks. */
  async #tellAffected(damaged: Map<number, PackCheckResult>): Promise<void> {
    const affected = new Map([...damaged.keys()].map((ordinal) => [ordinal, new Affected()]));
    const lost = new Map([...damaged].map(([ordinal, { blocks }]) => [ordinal, blocks] as const));
    const check = this.#treeCheck(lost);
    try {
      for (const stored of this.#domain.snapshots) {
        await check.run(stored, (loss) => {
          for (const pack of loss.packs) affected.get(pack)?.add(stored, loss);
        });
      }
    } finally {
      check.close();
    }
    const former = new Set(this.#domain.former);
    for (const [ordinal, { damage }] of damaged) {
      const object = this.#domain.packs[ordinal]?.name ?? '';
      if (former.has(object) && affected.get(ordinal)?.snapshots.length === 0) continue;
      for (const message of damage) this.#found(object, message, affected.get(ordinal));
    }
  }
}
