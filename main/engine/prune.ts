/**
 * Prune: removes from a computer's own domain what no snapshot needs. Plan and execution are apart, so that a dry run is
 * the plan and nothing else.
 */
import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HoldfastError } from '../errors.ts';
import type { Destination } from '../destinations/destination.ts';
import { placeId } from '../destinations/place-id.ts';
import type { PruneInput, PruneOutput } from './api.ts';
import type { Capability } from './format/capability.ts';
import { inOwnDomain, reading, withOwnDomain, type OwnDomain } from './own-domain.ts';
import { planCompaction, segmentsDooming, type CompactPlan } from './prune-compact.ts';
import { executePrune, logical, type PruneDone, type PruneRun } from './prune-execute.ts';
import { graceMs, refuseSynced, refuseUnsure } from './prune-guards.ts';
import { dataPackBytes, METADATA_PACK_BYTES } from './pipeline/pack-sizes.ts';
import { mark } from './prune-mark.ts';
import { hashIn, planPrune, type PrunePlan, type PruneRules } from './prune-plan.ts';
import { FEWEST_SMALL, isJoiningCheap } from './prune-small.ts';
import { Ticker } from './progress-ticker.ts';
import { loadDomain } from './repository/domain.ts';
import { cachePath } from './repository/local-cache.ts';
import { readHead } from './repository/known-head.ts';
import { Repository } from './repository/repository.ts';
import { refuseUnknownKeys } from './repository/writer-standing.ts';
import type { VerbContext } from './verb-context.ts';

/** Share of a pack that may be dead before it is written anew. */
const MAX_UNUSED = 0.3;
/** What an interrupted backup stored waits so long for the next one. */
const JOURNAL_MS = 14 * 24 * 3_600_000;

/**
 * Errors: bad-input (a folder that another program synchronises; a grace too short), object-damaged, object-missing,
 * newer-format and cloned-computer where it is not certain what is needed (nothing is removed then), busy, those of
 * opening, stopped, destination-*.
 */
export async function prune(input: PruneInput, context: VerbContext): Promise<PruneOutput> {
  return await withOwnDomain(input, context, async (own) => await pruneIn(own, input, context));
}

/** The same in a destination that is open already; the caller closes it. */
export async function pruneAt(destination: Destination, input: PruneInput, context: VerbContext): Promise<PruneOutput> {
  return await inOwnDomain(destination, input, async (own) => await pruneIn(own, input, context));
}

async function pruneIn(own: OwnDomain, input: PruneInput, context: VerbContext): Promise<PruneOutput> {
  const { destination, capability, id } = own;
  refuseSynced(destination);
  const maxUnused = input.maxUnused ?? MAX_UNUSED;
  if (!(maxUnused >= 0 && maxUnused <= 1)) throw badShare();
  const rules = {
    nowMs: Date.now(),
    graceMs: graceMs(destination, input.graceHours),
    maxUnused,
    unlocked: input.rootKey !== undefined,
    fewestSmall: Math.max(2, input.fewestSmall ?? FEWEST_SMALL),
    fullBytes: fullBytes(destination, input),
  };
  const ticker = new Ticker(context.emit);
  try {
    ticker.start('verify');
    const reader = await readerOf(own, input);
    const domain = await loadDomain(reader, id);
    const head = await readHead(input.stateFolder, capability.repoId, capability.clientId);
    refuseUnsure(domain, head, placeId(input.destination), destination);
    if (input.dryRun)
      domain.snapshots = domain.snapshots.filter(({ id: one }) => input.without?.includes(one) !== true);
    return await reading(domain, input.destination, context, async (source) => {
      const live = await mark(domain, async () => await context.control.check());
      const interrupted = await hasInterruptedRun(input.stateFolder, capability);
      const interruptedSinceMs = interrupted ? (domain.snapshots.at(-1)?.snapshot.endedMs ?? 0) : null;
      const plan = planPrune(domain, live, { ...rules, interruptedSinceMs });
      const spared = new Set(logical(domain, plan.spare).map(hashIn));
      const compaction = planCompaction(domain, await segmentsDooming(destination, domain, spared));
      const run: PruneRun = { own, reader, input, context, domain, live, source };
      const done = input.dryRun ? planned(run, plan, compaction) : await executePrune(run, plan, compaction);
      ticker.end();
      return outputOf(run, plan, done);
    });
  } finally {
    ticker.stop();
  }
}

function fullBytes(destination: Destination, input: PruneInput): PruneRules['fullBytes'] {
  const isCheap = (room: 'p' | 'm'): boolean => isJoiningCheap(destination, input.destination, room);
  return {
    p: isCheap('p') ? (input.packBytes ?? dataPackBytes(destination)) : null,
    m: isCheap('m') ? METADATA_PACK_BYTES : null,
  };
}

/** True where a backup was interrupted lately and the next one will go on from its journal. */
async function hasInterruptedRun(stateFolder: string, capability: Capability): Promise<boolean> {
  const folder = dirname(cachePath(stateFolder, capability, []));
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.endsWith('.journal')) continue;
    const found = await stat(join(folder, name)).catch(() => null);
    if (found !== null && found.mtimeMs > Date.now() - JOURNAL_MS) return true;
  }
  return false;
}

/** With the key where it was given: contents are read only for it. */
async function readerOf(
  { destination, repository, capability }: OwnDomain,
  { rootKey }: PruneInput,
): Promise<Repository> {
  if (rootKey === undefined) return repository;
  const reader = await Repository.open(destination, { kind: 'key', rootKey });
  refuseUnknownKeys(capability, reader.file);
  return reader;
}

/** What a run would do, in the words of one that did. */
function planned({ domain, own }: PruneRun, plan: PrunePlan, { join, replaced }: CompactPlan): PruneDone {
  return {
    doomed: logical(domain, plan.doom),
    repacked: logical(domain, plan.repack),
    joined: logical(domain, plan.join),
    removed: logical(domain, plan.remove),
    removedSnapshots: plan.leftSnapshots.map((left) => `c/${own.id}/s/${left}`),
    compacted: [...replaced, ...join].sort().map((segment) => `c/${own.id}/i/${segment}`),
    storedBytes: 0,
  };
}

function outputOf({ domain, live, input }: PruneRun, plan: PrunePlan, done: PruneDone): PruneOutput {
  const sizes = new Map(domain.packs.map(({ name, size }) => [name, size]));
  const sum = (names: readonly string[]): number => names.reduce((total, name) => total + (sizes.get(name) ?? 0), 0);
  return {
    dryRun: input.dryRun,
    snapshots: domain.snapshots.length,
    liveBlobs: live.blobs,
    liveBytes: live.bytes,
    packs: domain.packs.length,
    packBytes: sum([...sizes.keys()]),
    doomed: done.doomed,
    repacked: done.repacked,
    repackedBytes: plan.repackedBytes,
    joined: done.joined,
    joinedBytes: sum(done.joined),
    adopted: logical(domain, plan.adopt),
    spared: logical(domain, plan.spare),
    removed: done.removed,
    removedBytes: sum(done.removed),
    removedSnapshots: done.removedSnapshots,
    compacted: done.compacted,
    waitingBytes: sum(logical(domain, plan.wait)),
    nextMs: plan.nextMs,
    lockedBytes: plan.lockedBytes,
    unusedBytes: plan.unusedBytes,
    storedBytes: done.storedBytes,
  };
}

const badShare = (): HoldfastError =>
  new HoldfastError('bad-input', 'What may stay unused is a share from 0 to 100 %.', 'Nothing was changed.');
