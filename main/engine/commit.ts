/** The commit of a backup: its one snapshot, put when everything that it refers to is there. */
import type { Destination } from '../destinations/destination.ts';
import { placeId } from '../destinations/place-id.ts';
import type { BackupInput, Skipped } from './api.ts';
import type { RunControl } from './control.ts';
import type { LastLook } from './last-look.ts';
import { toBytes, type ByteString } from './format/byte-path.ts';
import { fromHex, toHex } from './format/bytes.ts';
import type { Capability } from './format/capability.ts';
import { Kind } from './format/envelope.ts';
import { encodeSnapshot, MAX_SNAPSHOT_ERRORS, type SnapshotError, type SnapshotStats } from './format/snapshot.ts';
import type { SkippedEntry } from './pipeline/messages.ts';
import type { Publisher } from './pipeline/publisher.ts';
import { toSkipped } from './pipeline/skip-words.ts';
import type { Domain } from './repository/domain.ts';
import { lastDrill } from './repository/known-drill.ts';
import { keepHead, readHead, succession, type KnownHead } from './repository/known-head.ts';
import { TOOL_VERSION } from './version.ts';

export interface CommitRun {
  input: BackupInput;
  destination: Destination;
  control: RunControl;
  capability: Capability;
  /** SHA-256 of the repo.json that the run saw. */
  repoFile: Uint8Array;
  domain: Domain;
  publisher: Publisher;
  look: LastLook;
  sources: ByteString[];
  startedMs: number;
}

export interface CommitContent {
  /** Tree blob of the file system's root. */
  root: Uint8Array;
  stats: SnapshotStats;
  skipped: readonly SkippedEntry[];
  /** Snapshots that cannot be restored whole any more (ids in hex). */
  damaged: string[];
  partial: boolean;
}

/**
 * Puts the snapshot. This computer remembers it as its newest before it is put, and again when it is there.
 *
 * @returns its id, in hex
 * @throws HoldfastError `object-missing` (a part went away meanwhile), `stopped`, those of the destination
 */
export async function commitSnapshot(run: CommitRun, content: CommitContent): Promise<string> {
  const { input, capability, domain, publisher, look } = run;
  const { repoId, clientId } = capability;
  const { stateFolder } = input;
  const place = placeId(input.destination);
  const head = await settled(await readHead(stateFolder, repoId, clientId), run, place);
  const { sequence, previous } = succession(domain, head, place);
  const data = encodeSnapshot({
    clientId,
    sequence,
    previous,
    live: domain.snapshots.map(({ id, snapshot }) => ({
      sequence: snapshot.sequence,
      hash: fromHex(id) ?? new Uint8Array(32),
    })),
    sources: run.sources.map((source) => new Uint8Array(toBytes(source))),
    root: content.root,
    startedMs: run.startedMs,
    endedMs: Date.now(),
    stats: content.stats,
    errors: errorsOf(content.skipped),
    errorCount: content.skipped.length,
    partial: content.partial,
    excludes: input.excludes,
    computerName: input.computerName,
    toolVersion: TOOL_VERSION,
    repoFile: run.repoFile,
    domainEpoch: capability.domainEpoch,
    tags: input.tags,
    drill: (await lastDrill(stateFolder, repoId, domain)) ?? undefined,
    damaged: content.damaged.map((id) => fromHex(id) ?? new Uint8Array(32)),
  });
  await run.control.check();
  await look.renew();
  const keep = async (hash: Uint8Array, committed: boolean): Promise<void> => {
    if (input.dryRun === true) return;
    await keepHead(stateFolder, repoId, clientId, { sequence, id: toHex(hash), place, committed });
  };
  const before = async (name: Uint8Array): Promise<void> => keep(name, false);
  const hash = await publisher.putObject('s', Kind.snapshot, data, before, async () => await look.take());
  await keep(hash, true);
  return toHex(hash);
}

/**
 * A snapshot whose put was begun here and got no answer, and that the listing does not show, may be there all the same:
 * listings may be late. Were it passed over, it and the next one would have one predecessor, as if two computers wrote.
 */
async function settled(head: KnownHead | null, run: CommitRun, place: string): Promise<KnownHead | null> {
  if (head === null || head.committed || head.place !== place) return head;
  const name = `c/${run.domain.id}/s/${head.id}`;
  if (run.domain.objects.has(name) || (await run.destination.stat(name)) === null) return head;
  return { ...head, committed: true };
}

function errorsOf(skipped: readonly SkippedEntry[]): SnapshotError[] {
  return skipped.slice(0, MAX_SNAPSHOT_ERRORS).map((entry) => {
    const { reason, message }: Skipped = toSkipped(entry);
    return { path: new Uint8Array(toBytes(entry.path)), reason, message };
  });
}
