/**
 * Carries a clean-up out (FORMAT.md, "Collection"): new packs and the segment that names them, the segment that dooms old
 * ones; then a second look at everything, the segment that drops them, and their removal. A crash between any two leaves
 * a repository from which every snapshot is restored.
 */
import { happened, inDetail, toHoldfastError, type HoldfastError } from '../errors.ts';
import { text, type Text, told } from '../text.ts';
import type { Destination } from '../destinations/destination.ts';
import { placeId } from '../destinations/place-id.ts';
import type { PruneInput } from './api.ts';
import { copyOwner } from './copy-objects.ts';
import { equal, fromHex, toHex } from './format/bytes.ts';
import { Kind } from './format/envelope.ts';
import { encodeSegment } from './format/segment.ts';
import { stillWriter, WriterWatch } from './markers.ts';
import { reading, type OwnDomain } from './own-domain.ts';
import { dataPackBytes } from './pipeline/pack-sizes.ts';
import { Publisher } from './pipeline/publisher.ts';
import { compact, type CompactPlan } from './prune-compact.ts';
import { refuseUnsure } from './prune-guards.ts';
import { mark, useOf, type LiveSet } from './prune-mark.ts';
import { hashIn, namesOf, type PrunePlan } from './prune-plan.ts';
import { repack } from './prune-repack.ts';
import { loadDomain, readPackFacts, type Domain } from './repository/domain.ts';
import { readHead } from './repository/known-head.ts';
import { keepRemoved } from './repository/removed-packs.ts';
import type { Repository } from './repository/repository.ts';
import { SharedIndex } from './repository/shared-index.ts';
import type { RemotePacks } from './fetch/remote-packs.ts';
import type { VerbContext } from './verb-context.ts';

/** What a clean-up works with. */
export interface PruneRun {
  own: OwnDomain;
  /** Opened with the key where that was given. */
  reader: Repository;
  input: PruneInput;
  context: VerbContext;
  domain: Domain;
  live: LiveSet;
  source: RemotePacks | null;
}

/** Logical names of what was done. */
export interface PruneDone {
  doomed: string[];
  repacked: string[];
  joined: string[];
  removed: string[];
  removedSnapshots: string[];
  compacted: string[];
  storedBytes: number;
}

export async function executePrune(run: PruneRun, plan: PrunePlan, compaction: CompactPlan): Promise<PruneDone> {
  const { own, context, domain } = run;
  const { destination, capability } = own;
  const owner = copyOwner(capability.repoId, `prune\0${own.id}`);
  const publisher = new Publisher(destination, capability, context.control);
  const done: PruneDone = {
    doomed: [],
    repacked: [],
    joined: [],
    removed: [],
    removedSnapshots: [],
    compacted: [],
    storedBytes: 0,
  };
  try {
    await destination.clearSpool(owner);
    const adopted = new Set(namesOf(domain, plan.adopt).map(toHex));
    publisher.adopt(domain.unindexed.filter(({ name }) => adopted.has(toHex(name))));
    const failed = await rewrite(run, plan, publisher, owner, done);
    const stays = (ordinal: number): boolean => !failed.has(ordinal);
    await doom(run, plan.doom.filter(stays), publisher, done);
    done.storedBytes = publisher.storedBytes;
    letGo(run);
    await removeAll(run, plan, plan.remove.filter(stays), publisher, done);
    await compactAll(run, plan, compaction, publisher, done);
    return done;
  } finally {
    await publisher.abandon();
    await destination.clearSpool(owner).catch(() => undefined);
  }
}

/** The second look makes an index of its own: two at a time would take twice the memory. */
function letGo({ domain, live }: PruneRun): void {
  live.release();
  domain.index = SharedIndex.create(0);
  domain.unindexed = [];
  for (const pack of domain.packs) pack.table = new Uint8Array(0);
}

/** @returns ordinals of packs that could not be written anew and stay as they are */
async function rewrite(
  { own, reader, input, context, domain, live, source }: PruneRun,
  plan: PrunePlan,
  publisher: Publisher,
  owner: string,
  done: PruneDone,
): Promise<Set<number>> {
  const { destination, capability } = own;
  const keys = reader.keysOf(capability.clientId)?.read ?? domain.keys.read;
  const wanted = [...plan.repack, ...plan.join];
  const whole =
    wanted.length === 0
      ? []
      : await repack(wanted, {
          domain,
          live,
          capability,
          readerPublicKey: own.repository.readerPublicKey(),
          keys,
          publisher,
          control: context.control,
          spoolFolder: await destination.spoolFolder(owner),
          packBytes: input.packBytes ?? dataPackBytes(destination),
          source,
          onDamaged: (name, error) => warn(context, staying(name, error)),
        });
  await publisher.finish();
  const written = new Set(whole);
  const isWhole = (ordinal: number): boolean => written.has(ordinal);
  done.repacked = logical(domain, plan.repack.filter(isWhole));
  done.joined = logical(domain, plan.join.filter(isWhole));
  return new Set(wanted.filter((ordinal) => !isWhole(ordinal)));
}

async function doom(
  { domain, context }: PruneRun,
  ordinals: readonly number[],
  publisher: Publisher,
  done: PruneDone,
): Promise<void> {
  await context.control.check();
  if (ordinals.length === 0) return;
  // From now, not from when they were found dead: this computer may have slept since.
  const sinceMs = Date.now();
  const doomed = namesOf(domain, ordinals).map((name) => ({ name, sinceMs }));
  await publisher.putObject('i', Kind.indexSegment, encodeSegment({ doomed }));
  done.doomed = logical(domain, ordinals);
}

/** Removes rests of forgotten snapshots, then what a second look finds that nothing needs. */
async function removeAll(
  run: PruneRun,
  plan: PrunePlan,
  ordinals: readonly number[],
  publisher: Publisher,
  done: PruneDone,
): Promise<void> {
  const { own, context, input } = run;
  const { destination, capability } = own;
  for (const id of plan.leftSnapshots) {
    await context.control.check();
    await destination.remove(`c/${own.id}/s/${id}`);
    done.removedSnapshots.push(`c/${own.id}/s/${id}`);
  }
  if (ordinals.length === 0) return;
  const { free, dropped } = await unneeded(run, new Set(logical(run.domain, ordinals)));
  const fresh = free.filter((name) => !dropped.has(hashIn(name)));
  await keepRemoved(input.stateFolder, capability.repoId, capability.clientId, free.map(hashIn));
  await context.control.check();
  if (fresh.length > 0) {
    const drops = fresh.map((name) => fromHex(hashIn(name), 32) ?? new Uint8Array(32));
    await publisher.putObject('i', Kind.indexSegment, encodeSegment({ drops }));
    await stillWriter(destination, capability);
  }
  for (const name of free) {
    await context.control.check();
    await destination.remove(name);
    done.removed.push(name);
  }
}

/**
 * Reads the place again, every snapshot of it too, and tells which of these packs are still there and needed by nothing.
 * Errors: those of `refuseUnsure` and `mark`.
 */
async function unneeded(
  { own, reader, input, context }: PruneRun,
  wanted: ReadonlySet<string>,
): Promise<{ free: string[]; dropped: ReadonlySet<string> }> {
  const domain = await loadDomain(reader, own.id);
  const { stateFolder, destination } = input;
  const { repoId, clientId } = own.capability;
  refuseUnsure(domain, await readHead(stateFolder, repoId, clientId), placeId(destination), own.destination);
  const watch = await WriterWatch.over(own.destination, own.capability, stateFolder);
  await watch.refuseOthers(domain.objects, reader.file);
  // Another computer may have taken over since the plan was made.
  await watch.lookAgain(domain.objects);
  return await reading(domain, destination, context, async () => {
    const live = await mark(domain, async () => await context.control.check());
    const free: string[] = [];
    for (const [ordinal, { name }] of domain.packs.entries()) {
      if (!wanted.has(name)) continue;
      const isMarked = domain.doomed.has(hashIn(name)) || domain.drops.has(hashIn(name));
      const isNeeded = !isMarked || useOf(domain, ordinal, live).liveBlobs > 0;
      if (isNeeded) warn(context, text`${name} is needed after all and stays.`);
      // What is nowhere may be in a pack of which the index tells something else than it holds.
      else if (live.lost > 0 && !(await isAsIndexed(own.destination, domain, ordinal))) {
        warn(context, text`${name} may hold what is missing elsewhere: it stays. Repair the backup.`);
      } else free.push(name);
    }
    return { free: free.sort(), dropped: domain.drops };
  });
}

/** True where a pack tells of itself what the index says of it. */
async function isAsIndexed(destination: Destination, domain: Domain, ordinal: number): Promise<boolean> {
  const pack = domain.packs[ordinal];
  if (pack === undefined) return false;
  try {
    const room = pack.name.includes('/m/') ? 'm' : 'p';
    const facts = await readPackFacts(destination, pack.name, pack.size, room, domain.keys.read);
    return equal(facts.table, pack.table);
  } catch (error) {
    const { code } = toHoldfastError(error);
    if (code !== 'object-damaged' && code !== 'object-missing' && code !== 'newer-format') throw error;
    return false;
  }
}

async function compactAll(
  { own, context, domain }: PruneRun,
  plan: PrunePlan,
  compaction: CompactPlan,
  publisher: Publisher,
  done: PruneDone,
): Promise<void> {
  await context.control.check();
  const spared = new Set(namesOf(domain, plan.spare).map(toHex));
  const removed = new Set(done.removed.map(hashIn));
  try {
    const before = async (): Promise<unknown> => await stillWriter(own.destination, own.capability);
    const gone = await compact(own.destination, domain, compaction, publisher, { spared, removed, before });
    done.compacted = gone.map((id) => `c/${own.id}/i/${id}`);
  } catch (error) {
    const known = toHoldfastError(error);
    if (known.code !== 'object-damaged' && known.code !== 'object-missing') throw error;
    warn(context, text`Index segments were not joined: ${happened(known)}`);
  }
}

export const logical = (domain: Domain, ordinals: readonly number[]): string[] =>
  ordinals.map((ordinal) => domain.packs[ordinal]?.name ?? '').sort();

function staying(name: string, error: HoldfastError): Text {
  if (error.code === 'object-unreadable') return inDetail(error);
  const message = error.detail ?? error.message;
  return text`${name} is damaged and stays as it is (${message}).`;
}

function warn({ emit }: VerbContext, words: Text): void {
  emit({ type: 'message', level: 'warning', ...told(words) });
}
