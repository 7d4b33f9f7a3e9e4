/**
 * Makes a repository say that it holds 1 TB more of unique data: segments and their tables are as a backup writes them,
 * packs are files of the right size with nothing in them. What it costs to know of so many blobs can then be measured.
 */
import { randomBytes, randomFillSync } from 'node:crypto';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openDestination } from '../../../main/destinations/open.ts';
import { RunControl } from '../../../main/engine/control.ts';
import { enrol } from '../../../main/engine/enrol.ts';
import { BlobKind } from '../../../main/engine/format/blob.ts';
import { toHex } from '../../../main/engine/format/bytes.ts';
import { decodeCapability } from '../../../main/engine/format/capability.ts';
import { Kind, SEALED_HEADER_BYTES } from '../../../main/engine/format/envelope.ts';
import { TAG_BYTES } from '../../../main/engine/format/gcm.ts';
import { TableBuilder, tablePlaintextBytes, TRAILER_BYTES } from '../../../main/engine/format/pack.ts';
import { paddedPack } from '../../../main/engine/format/padme.ts';
import { encodeSegment, type PackFacts } from '../../../main/engine/format/segment.ts';
import { Publisher } from '../../../main/engine/pipeline/publisher.ts';
import { listClientIds } from '../../../main/engine/repository/repository.ts';
import type { TerabyteGrowth } from '../types.ts';

const TERABYTE = 1e12;
const MIB = 1024 * 1024;
/** Mean of the chunker on data that do not repeat (FORMAT.md, "Chunker"), bytes. */
const BLOB_BYTES = Math.round(1.14 * MIB);
/** Of 64 MiB a random part of up to a quarter is missing. */
const PACK_BYTES = 56 * MIB;
/** A segment is written for each GiB. */
const SEGMENT_BYTES = 1024 * MIB;

type Terabyte = Pick<TerabyteGrowth, 'blobs' | 'packs' | 'segments'>;

/** @param repository folder of one with a backup of one computer */
export async function addTerabyte(repository: string, rootKey: Uint8Array): Promise<Terabyte> {
  const spec = { kind: 'local' as const, path: repository };
  const destination = await openDestination(spec);
  try {
    const [clientId] = await listClientIds(destination);
    if (clientId === undefined) throw new Error('no computer has backed up there');
    const capability = decodeCapability((await enrol({ destination: spec, rootKey, clientId })).capability);
    const publisher = new Publisher(destination, capability, new RunControl());
    const made: Terabyte = { blobs: 0, packs: 0, segments: 0 };
    const blobsOfPack = Math.floor(PACK_BYTES / BLOB_BYTES);
    while (made.blobs * BLOB_BYTES < TERABYTE) {
      const adds: PackFacts[] = [];
      for (let bytes = 0; bytes < SEGMENT_BYTES; bytes += PACK_BYTES) {
        const pack = madePack(blobsOfPack);
        const file = destination.localPath?.(`c/${clientId}/p/${toHex(pack.name)}`);
        if (file === undefined || file === null) throw new Error('not a folder of this computer');
        mkdirSync(path.dirname(file), { recursive: true });
        writeFileSync(file, '');
        truncateSync(file, pack.size);
        adds.push(pack);
      }
      await publisher.putObject('i', Kind.indexSegment, encodeSegment({ adds }));
      made.blobs += adds.length * blobsOfPack;
      made.packs += adds.length;
      made.segments++;
    }
    return made;
  } finally {
    await destination.close();
  }
}

/** Each blob is a block of its own, as those of large files are. */
function madePack(blobs: number): PackFacts {
  const table = new TableBuilder();
  const tag = new Uint8Array(TAG_BYTES);
  let offset = SEALED_HEADER_BYTES;
  for (let block = 0; block < blobs; block++) {
    const stored = BLOB_BYTES + 1 + TAG_BYTES;
    table.addBlock({ offset, stored, raw: BLOB_BYTES }, randomFillSync(tag));
    table.addBlob({ id: randomBytes(32), kind: BlobKind.data, offset: 0, length: BLOB_BYTES }, block);
    offset += stored;
  }
  return {
    name: new Uint8Array(randomBytes(32)),
    room: 'p',
    size: paddedPack(offset + tablePlaintextBytes(blobs, blobs) + TAG_BYTES + TRAILER_BYTES),
    header: new Uint8Array(randomBytes(SEALED_HEADER_BYTES)),
    table: table.finish(),
  };
}
