/**
 * Repacking: what is needed of a pack is written anew, without the rest. Every blob's id is recomputed on the way, so
 * that damage is never carried on; a pack in which any is found stays as it is.
 */
import { toHoldfastError, type HoldfastError } from '../errors.ts';
import type { RunControl } from './control.ts';
import type { RemotePacks } from './fetch/remote-packs.ts';
import { BlobIds, type BlobKind } from './format/blob.ts';
import { blobIdKeyOf, type Capability } from './format/capability.ts';
import { damaged } from './format/damage.ts';
import type { PackTable } from './format/pack.ts';
import { metadataWriter, ownWriter } from './pipeline/own-writer.ts';
import type { NewBlob, PackWriter } from './pipeline/pack-writer.ts';
import type { Publisher } from './pipeline/publisher.ts';
import { liveIn, type LiveSet } from './prune-mark.ts';
import { BlockReader, type ReadKeys } from './repository/block-reader.ts';
import type { Domain } from './repository/domain.ts';
import { concernsOneObject } from './repository/storage-failure.ts';

const SOLID_TARGET = 1024 * 1024;

export interface RepackOptions {
  domain: Domain;
  live: LiveSet;
  capability: Capability;
  readerPublicKey: Uint8Array;
  /** What opens packs: with the reader's keys, data packs too. */
  keys: ReadKeys;
  publisher: Publisher;
  control: RunControl;
  spoolFolder: string;
  /** Size of data packs. */
  packBytes: number;
  source: RemotePacks | null;
  /** Told of a pack that is damaged, or that the disk does not give: it stays as it is. */
  onDamaged: (name: string, error: HoldfastError) => void;
}

/** Blobs of one kind of pack that wait until they make a block. */
interface Gathered {
  writer: PackWriter;
  parts: Uint8Array[];
  blobs: NewBlob[];
  length: number;
}

/**
 * Writes anew what is needed of these packs, and hands the new packs to the publisher.
 *
 * @param ordinals of packs
 * @returns those of which all was written; what they hold is safe when the publisher has finished
 */
export async function repack(ordinals: readonly number[], options: RepackOptions): Promise<number[]> {
  const { domain, publisher, control, source } = options;
  const reader = new BlockReader(domain.packs, options.keys, domain.line);
  const ids = new BlobIds(blobIdKeyOf(options.capability));
  const rooms = { p: gathered('p', options), m: gathered('m', options) };
  const done: number[] = [];
  try {
    for (const ordinal of ordinals) {
      const pack = domain.packs[ordinal];
      if (pack === undefined) continue;
      const planned = source?.plan([{ pack: ordinal, offset: 0, length: pack.size }]);
      const room = pack.name.includes('/p/') ? 'p' : 'm';
      try {
        await repackOne(ordinal, room, reader, ids, rooms[room], options);
        done.push(ordinal);
      } catch (error) {
        if (!concernsOneObject(error)) throw error;
        options.onDamaged(pack.name, toHoldfastError(error));
      } finally {
        planned?.();
      }
      await publisher.drain();
    }
    for (const room of [rooms.p, rooms.m]) {
      flush(room);
      room.writer.close();
    }
    await control.check();
    return done;
  } finally {
    reader.close();
    rooms.p.writer.abandon();
    rooms.m.writer.abandon();
  }
}

function gathered(room: 'p' | 'm', o: RepackOptions): Gathered {
  const { capability, publisher, spoolFolder } = o;
  const common = { capability, index: o.domain.index, publisher, spoolFolder };
  const writer =
    room === 'm'
      ? metadataWriter(common)
      : ownWriter({ ...common, room, readerPublicKey: o.readerPublicKey, targetBytes: o.packBytes });
  return { writer, parts: [], blobs: [], length: 0 };
}

async function repackOne(
  ordinal: number,
  room: 'p' | 'm',
  reader: BlockReader,
  ids: BlobIds,
  to: Gathered,
  { live, control }: RepackOptions,
): Promise<void> {
  const table = reader.table(ordinal);
  // All of it is proven before any of it is written: of a damaged pack nothing is stored twice.
  const wanted = liveIn(table, ordinal, live);
  for (const prove of [true, false]) {
    let before = -1;
    for (const i of wanted) {
      const { id, kind, block, length } = table.blob(i);
      if (block !== before) {
        await control.check();
        await new Promise((resolve) => setImmediate(resolve));
        // A block of contents never mixes two folders: what is left of each is a block of its own.
        if (room === 'p') flush(to);
        before = block;
      }
      const bytes = blobOf(reader, table, ordinal, i);
      if (prove) {
        if (!ids.fit(kind as BlobKind, bytes, id)) throw damaged('A pack', `blob ${i} does not match its id`);
        continue;
      }
      if (to.length + length > SOLID_TARGET && room === 'm') flush(to);
      to.blobs.push({ id: id.slice(), kind, offset: to.length, length });
      // A copy: the reader writes other blocks into this memory before the new block is full.
      to.parts.push(bytes.slice());
      to.length += length;
    }
  }
  if (room === 'p') flush(to);
}

function blobOf(reader: BlockReader, table: PackTable, ordinal: number, i: number): Uint8Array {
  const { block, offset, length } = table.blob(i);
  return reader.blob({ pack: ordinal, block, offset, length });
}

/** Writes what has gathered as one block. */
function flush(to: Gathered): void {
  if (to.blobs.length === 0) return;
  const raw = new Uint8Array(to.length);
  let at = 0;
  for (const part of to.parts) {
    raw.set(part, at);
    at += part.length;
  }
  to.writer.addBlock(raw, to.blobs);
  to.parts = [];
  to.blobs = [];
  to.length = 0;
}
