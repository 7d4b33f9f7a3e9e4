/**
 * Repair: the index is made right again from the packs, copies of repo.json and the keyring are written again, and what
 * is lost is told exactly and noted, so that nothing relies on it any more and the next backup stores it anew. Only adds
 * to the storage: one segment, or several where there is much to name, the one with the losses last. So an interruption
 * at any point leaves what was there, and a damaged object that is brought back from elsewhere counts as ever.
 */
import type { Destination } from '../destinations/destination.ts';
import { placeId } from '../destinations/place-id.ts';
import { Affected } from './affected.ts';
import type { RepairInput, RepairOutput, SnapshotLosses } from './api.ts';
import { checkPacks } from './check-packs.ts';
import { RunControl } from './control.ts';
import { fromHex, toHex } from './format/bytes.ts';
import { Kind } from './format/envelope.ts';
import { REPO_FILES } from './format/repo-file.ts';
import { encodeSegment, type IndexSegment, type PackFacts } from './format/segment.ts';
import { openFor } from './open.ts';
import { inOwnDomain, reading, type OwnDomain } from './own-domain.ts';
import { SEGMENT_TABLE_BYTES } from './pipeline/pack-sizes.ts';
import { Publisher } from './pipeline/publisher.ts';
import { Ticker } from './progress-ticker.ts';
import { RepairFindings } from './repair-findings.ts';
import { repairRepoFile } from './repair-repo-file.ts';
import { repairTop } from './repair-top.ts';
import { refuseWithoutNote } from './repository/adoption.ts';
import { loadDomain, type Domain } from './repository/domain.ts';
import { readHead, type KnownHead } from './repository/known-head.ts';
import { Repository } from './repository/repository.ts';
import { TreeCheck } from './tree-check.ts';
import type { VerbContext } from './verb-context.ts';

/** Errors: newer-format, busy, locked (repo.json was made anew with new keys, too), those of opening, stopped, destination-*. */
export async function repair(input: RepairInput, context: VerbContext): Promise<RepairOutput> {
  const destination = await openFor(input.destination, context);
  try {
    return await repairAt(destination, input, context);
  } finally {
    await destination.close();
  }
}

/** The same in a destination that is open already; the caller closes it. */
export async function repairAt(
  destination: Destination,
  input: RepairInput,
  context: VerbContext,
): Promise<RepairOutput> {
  const { healed } = await repairRepoFile(destination, { ...input, place: input.destination, rootKey: input.rootKey });
  // Before it is there, nothing else can be looked at.
  if (input.dryRun && healed.length > 0) return { ...nothingYet(input), healed, contentsProven: false };
  const output = await inOwnDomain(destination, input, async (own) => await new Repair(own, input, context).run());
  return { ...output, healed: [...healed, ...output.healed] };
}

/** What a repair says before it has looked. */
export const nothingYet = ({ dryRun, level }: Pick<RepairInput, 'dryRun' | 'level'>): RepairOutput => ({
  dryRun,
  healed: [],
  indexed: [],
  lost: [],
  snapshots: [],
  left: [],
  bytesRead: 0,
  contentsProven: level === 3,
});

class Repair {
  readonly #own: OwnDomain;
  readonly #input: RepairInput;
  readonly #context: VerbContext;
  readonly #ticker: Ticker;
  readonly #findings = new RepairFindings();
  readonly #out: RepairOutput;

  constructor(own: OwnDomain, input: RepairInput, context: VerbContext) {
    this.#own = own;
    this.#input = input;
    this.#context = context;
    this.#ticker = new Ticker(context.emit);
    this.#out = nothingYet(input);
  }

  async run(): Promise<RepairOutput> {
    const { destination, repository, id } = this.#own;
    try {
      this.#ticker.start('verify');
      Object.assign(this.#out, await repairTop(destination, repository, this.#input.dryRun));
      const reader = await this.#reader();
      const before = await loadDomain(reader, id);
      refuseWithoutNote(before);
      await this.#findings.structure(destination, before, await this.#headHere());
      if (this.#input.level === 3) await this.#readPacks(before);
      // A disk that went away is not damage.
      await destination.stat(REPO_FILES[0]);
      const { relisted } = this.#findings;
      const domain = relisted.length === 0 ? before : await loadDomain(reader, id, { instead: relisted });
      const lacking = await this.#losses(domain);
      const segment = { lost: this.#findings.news(domain), lacking };
      const adds = [...domain.unindexed, ...relisted];
      this.#out.indexed = adds.map(({ room, name }) => `c/${id}/${room}/${toHex(name)}`).sort();
      if (!this.#input.dryRun) await this.#write(adds, segment);
      this.#ticker.end();
      return this.#out;
    } finally {
      this.#ticker.stop();
    }
  }

  /** With the key where it was given: contents are read only for it. */
  async #reader(): Promise<Repository> {
    const { rootKey } = this.#input;
    if (rootKey === undefined) return this.#own.repository;
    return await Repository.open(this.#own.destination, { kind: 'key', rootKey });
  }

  /** The newest snapshot that this computer has put here; null where it went elsewhere, or may never have come to be. */
  async #headHere(): Promise<KnownHead | null> {
    const { repoId, clientId } = this.#own.capability;
    const head = await readHead(this.#input.stateFolder, repoId, clientId);
    return head !== null && head.committed && head.place === placeId(this.#input.destination) ? head : null;
  }

  async #readPacks(domain: Domain): Promise<void> {
    const { destination } = this.#own;
    const newest = domain.snapshots.at(-1);
    await reading(domain, this.#input.destination, this.#context, async (source) => {
      await checkPacks({
        domain,
        chosen: domain.packs.map((_, ordinal) => ordinal),
        source,
        blobIdKey: domain.keys.blobIdFor(newest?.snapshot.domainEpoch ?? this.#own.capability.domainEpoch),
        context: this.#context,
        ticker: this.#ticker,
        findings: () => this.#findings.lost.size,
        onChecked: async (ordinal, result) => {
          this.#out.bytesRead += result.bytes;
          if (!result.proven) this.#out.contentsProven = false;
          await this.#findings.pack(destination, domain, ordinal, result);
        },
      });
    });
  }

  /** Tells every loss. @returns what no repair has told before, for the segment */
  async #losses(domain: Domain): Promise<IndexSegment['lacking']> {
    const { lost, blocks } = this.#findings;
    const byPack = new Map<string, Affected>();
    const lacking: IndexSegment['lacking'] = [];
    const former = new Set(domain.former);
    const ordinals = new Map(domain.packs.map(({ name }, ordinal) => [name, ordinal]));
    const lostBlocks = new Map([...blocks].map(([name, bad]) => [ordinals.get(name) ?? -1, bad] as const));
    await reading(domain, this.#input.destination, this.#context, async () => {
      const check = new TreeCheck({
        domain,
        lost: lostBlocks,
        breathe: async () => await this.#context.control.check(),
      });
      try {
        for (const stored of domain.snapshots) {
          const all = new Affected();
          const entries = await check.run(stored, (loss) => {
            if (loss.unreadable !== undefined) throw loss.unreadable;
            all.add(stored, loss);
            for (const pack of loss.packs) {
              const name = domain.packs[pack]?.name ?? '';
              byPack.set(name, (byPack.get(name) ?? new Affected()).with(stored, loss));
            }
          });
          if (entries === 0) continue;
          this.#out.snapshots.push(...lossesOf(all));
          if (entries <= (domain.lacking.get(stored.id) ?? 0)) continue;
          lacking.push({ snapshot: fromHex(stored.id, 32) ?? new Uint8Array(32), entries });
        }
      } finally {
        check.close();
      }
    });
    for (const [name, { object, message }] of lost) {
      if (domain.lost.has(name)) continue;
      const affected = byPack.get(object);
      // What a former computer put there after it was taken over, and nothing needs.
      if (affected === undefined && former.has(object)) continue;
      this.#out.lost.push({ object, message, ...(affected ?? new Affected()).facts() });
    }
    this.#out.lost.sort((a, b) => (a.object < b.object ? -1 : 1));
    return lacking;
  }

  async #write(adds: PackFacts[], last: Pick<IndexSegment, 'lost' | 'lacking'>): Promise<void> {
    const publisher = new Publisher(this.#own.destination, this.#own.capability, new RunControl());
    const put = async (segment: Partial<IndexSegment>): Promise<void> => {
      await this.#context.control.check();
      await publisher.putObject('i', Kind.indexSegment, encodeSegment(segment));
    };
    let some: PackFacts[] = [];
    let bytes = 0;
    for (const pack of adds) {
      if (some.length > 0 && bytes + pack.table.length > SEGMENT_TABLE_BYTES) {
        await put({ adds: some });
        some = [];
        bytes = 0;
      }
      some.push(pack);
      bytes += pack.table.length;
    }
    if (some.length > 0 || last.lost.length > 0 || last.lacking.length > 0) await put({ adds: some, ...last });
  }
}

function lossesOf(all: Affected): SnapshotLosses[] {
  return all.snapshots.map((snapshot) => ({ ...snapshot, paths: all.paths }));
}
