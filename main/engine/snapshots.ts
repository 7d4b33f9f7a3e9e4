/** Lists the snapshots that an access reaches, oldest first. */
import type { DrillFacts, SnapshotFacts, Verbs } from './api.ts';
import { display } from './format/byte-path.ts';
import { toHex } from './format/bytes.ts';
import { phrase } from '../text.ts';
import type { Drill } from './format/snapshot.ts';
import { whileWatched } from './open.ts';
import type { Domain, StoredSnapshot } from './repository/domain.ts';
import { Repository } from './repository/repository.ts';
import { markedDamaged, reachableDomains } from './repository/snapshot-finder.ts';
import { unattended } from './verb-context.ts';

export async function snapshots(input: Verbs['snapshots']['input'], context = unattended): Promise<SnapshotFacts[]> {
  return await whileWatched(input.destination, context, async (destination) => {
    const repository = await Repository.open(destination, input.access);
    const domains = await reachableDomains(repository);
    return domains.flatMap(factsOfDomain).sort((a, b) => a.endedMs - b.endedMs || a.sequence - b.sequence);
  });
}

function factsOfDomain(domain: Domain): SnapshotFacts[] {
  const marked = markedDamaged(domain);
  const whole = domain.snapshots.map((stored) =>
    factsOf(
      domain,
      stored,
      marked.has(stored.id) ? phrase('A later backup found that parts of this one are missing.') : null,
    ),
  );
  // Snapshots that do not open at all are shown, with what little is known of them.
  const unopened = domain.damage
    .filter(({ object }) => object.includes('/s/'))
    .map(({ object, message }) => ({
      id: object.slice(object.lastIndexOf('/') + 1),
      clientId: domain.id,
      computerName: '',
      sequence: 0,
      startedMs: 0,
      endedMs: domain.objects.get(object)?.modifiedMs ?? 0,
      sources: [],
      files: 0,
      folders: 0,
      bytes: 0,
      skipped: 0,
      partial: false,
      damage: message,
    }));
  return [...whole, ...unopened];
}

function factsOf(domain: Domain, { id, snapshot }: StoredSnapshot, damage: string | null): SnapshotFacts {
  return {
    id,
    clientId: domain.id,
    computerName: snapshot.computerName,
    sequence: snapshot.sequence,
    startedMs: snapshot.startedMs,
    endedMs: snapshot.endedMs,
    sources: snapshot.sources.map(display),
    files: snapshot.stats.files,
    folders: snapshot.stats.folders,
    bytes: snapshot.stats.bytes,
    skipped: snapshot.errorCount,
    partial: snapshot.partial,
    tags: snapshot.tags ?? [],
    ...(snapshot.drill === undefined ? {} : { drill: drillFacts(snapshot.drill) }),
    damage,
  };
}

const drillFacts = ({ snapshot, ...facts }: Drill): DrillFacts => ({ snapshotId: toHex(snapshot), ...facts });
