/** Compares restored files with what was backed up: by their blob ids, and byte by byte with sources that still are as they were. */
import { open, stat, type FileHandle } from 'node:fs/promises';
import type { DrillFile } from './drill-choice.ts';
import { BlobIds, BlobKind, ID_BYTES } from './format/blob.ts';
import { fsPath, type ByteString } from './format/byte-path.ts';
import { equal } from './format/bytes.ts';
import type { Time } from './format/node-extras.ts';
import { IdWords, type SharedIndex } from './repository/shared-index.ts';

export interface Compared {
  /** True where every blob id, recomputed from the restored file, is the one that was backed up. */
  right: boolean;
  /** Against the source: null where it is gone, or has changed since by its size or times. */
  source: 'same' | 'differs' | null;
}

/** Errors: those of the file system on reading the restored file. */
export async function compareRestored(
  { node, content }: DrillFile,
  restored: ByteString,
  source: ByteString,
  index: SharedIndex,
  ids: BlobIds,
): Promise<Compared> {
  const words = new IdWords();
  const file = await open(fsPath(restored), 'r');
  const original = await openUnchanged(source, node);
  try {
    let at = 0;
    let same = true;
    for (let id = 0; id < content.length; id += ID_BYTES) {
      const entry = words.load(content, id).findIn(index);
      const length = entry < 0 ? 0 : index.place(entry).length;
      const bytes = await readAt(file, at, length);
      if (entry < 0 || !ids.fit(BlobKind.data, bytes, content.subarray(id, id + ID_BYTES))) {
        return { right: false, source: null };
      }
      if (original !== null && same) same = equal(await readAt(original, at, length), bytes);
      at += length;
    }
    const right = at === node.size && (await file.stat()).size === at;
    // A source that was changed while it was read is compared with nothing.
    const still = original !== null && isAsRecorded(await original.stat({ bigint: true }), node);
    return { right, source: still ? (same ? 'same' : 'differs') : null };
  } finally {
    await file.close();
    await original?.close();
  }
}

type Recorded = DrillFile['node'];

function isAsRecorded(found: { size: bigint; mtimeNs: bigint; ctimeNs: bigint }, node: Recorded): boolean {
  const ns = ({ s, ns: rest }: Time): bigint => BigInt(s) * 1_000_000_000n + BigInt(rest);
  return found.size === BigInt(node.size) && found.mtimeNs === ns(node.mtime) && found.ctimeNs === ns(node.ctime);
}

async function openUnchanged(path: ByteString, node: Recorded): Promise<FileHandle | null> {
  try {
    const found = await stat(fsPath(path), { bigint: true });
    return found.isFile() && isAsRecorded(found, node) ? await open(fsPath(path), 'r') : null;
  } catch {
    return null;
  }
}

/** Up to `length` bytes; fewer where the file ends. */
async function readAt(file: FileHandle, at: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let have = 0;
  while (have < length) {
    const { bytesRead } = await file.read(bytes, have, length - have, at + have);
    if (bytesRead === 0) break;
    have += bytesRead;
  }
  return bytes.subarray(0, have);
}
