/** What a repository holds and what that takes: sizes, deduplication, compression, padding, growth. */
import type { ComputerStats, StatsInput, StatsOutput } from './api.ts';
import { openFor } from './open.ts';
import { EntryBits } from './repository/entry-bits.ts';
import { BlobKind } from './format/blob.ts';
import { TAG_BYTES } from './format/gcm.ts';
import { PackTable, TRAILER_BYTES } from './format/pack.ts';
import { listObjects, loadDomain, type Domain } from './repository/domain.ts';
import { computerNameOf, reachableIds } from './repository/open-domains.ts';
import { Repository } from './repository/repository.ts';
import { IdWords } from './repository/shared-index.ts';
import { tellUnread } from './repository/storage-failure.ts';
import { unattended } from './verb-context.ts';

/** Reads index and snapshots only. Errors: those of opening. */
export async function stats(input: StatsInput, context = unattended): Promise<StatsOutput> {
  const destination = await openFor(input.destination, context);
  try {
    const repository = await Repository.open(destination, input.access);
    const output: StatsOutput = { computers: [], objects: 0, storedBytes: 0 };
    for (const id of await reachableIds(repository)) {
      await context.control.check();
      const domain = await loadDomain(repository, id);
      tellUnread(domain, context);
      output.computers.push(statsOf(domain));
      add(output, domain.objects.values());
    }
    add(output, (await listObjects(destination, 'k/')).values());
    return output;
  } finally {
    await destination.close();
  }
}

function add(output: StatsOutput, objects: Iterable<{ size: number }>): void {
  for (const { size } of objects) {
    output.objects++;
    output.storedBytes += size;
  }
}

function statsOf(domain: Domain): ComputerStats {
  const packs = packSums(domain);
  const complete = domain.snapshots.findLast(({ snapshot }) => !snapshot.partial) ?? domain.snapshots.at(-1);
  const logicalBytes = domain.snapshots.reduce((sum, { snapshot }) => sum + snapshot.stats.bytes, 0);
  return {
    clientId: domain.id,
    computerName: computerNameOf(domain),
    snapshots: domain.snapshots.length,
    files: complete?.snapshot.stats.files ?? 0,
    bytes: complete?.snapshot.stats.bytes ?? 0,
    logicalBytes,
    ...packs,
    stored: storedBytes(domain),
    deduplication: packs.uniqueBytes === 0 ? null : logicalBytes / packs.uniqueBytes,
    compression: packs.packedBytes === 0 ? null : packs.uniqueBytes / packs.packedBytes,
    growth: domain.snapshots.map(({ id, snapshot }) => ({
      snapshotId: id,
      endedMs: snapshot.endedMs,
      files: snapshot.stats.files,
      bytes: snapshot.stats.bytes,
      newBytes: snapshot.stats.newBytes,
      storedBytes: snapshot.stats.storedBytes,
      partial: snapshot.partial,
    })),
  };
}

type PackSums = Pick<ComputerStats, 'uniqueBytes' | 'chunks' | 'packedBytes' | 'paddingBytes' | 'twiceBytes'>;

/** From the packs' tables: no pack is opened. */
function packSums(domain: Domain): PackSums {
  const sums: PackSums = { uniqueBytes: 0, chunks: 0, packedBytes: 0, paddingBytes: 0, twiceBytes: 0 };
  const seen = new EntryBits();
  const words = new IdWords();
  for (const pack of domain.packs) {
    const table = new PackTable(pack.table, pack.size, pack.header.length, pack.name);
    let blocks = 0;
    let holdsData = false;
    for (let i = 0; i < table.blockCount; i++) blocks += table.block(i).stored;
    for (let i = 0; i < table.blobCount; i++) {
      const { id, kind, length } = table.blob(i);
      if (kind !== BlobKind.data) continue;
      holdsData = true;
      const entry = words.load(id).findIn(domain.index);
      if (entry < 0) continue;
      if (!seen.add(entry)) sums.twiceBytes += length;
      else {
        sums.uniqueBytes += length;
        sums.chunks++;
      }
    }
    if (holdsData) sums.packedBytes += blocks;
    sums.paddingBytes += pack.size - pack.header.length - blocks - table.bytes.length - TAG_BYTES - TRAILER_BYTES;
  }
  return sums;
}

const ROOMS = { p: 'data', m: 'metadata', i: 'index', s: 'snapshots' } as const;

function storedBytes({ objects }: Domain): ComputerStats['stored'] {
  const stored = { data: 0, metadata: 0, index: 0, snapshots: 0 };
  for (const { name, size } of objects.values()) {
    const room = name.split('/')[2];
    if (room === 'p' || room === 'm' || room === 'i' || room === 's') stored[ROOMS[room]] += size;
  }
  return stored;
}
