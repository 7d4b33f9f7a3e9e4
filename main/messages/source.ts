/** Where contents come from: ranges of a file of a backup, decrypted in memory. */

export interface Source {
  /** Bytes. */
  readonly size: number;
  /** Bytes [from, to), shorter at the end of the file. Errors: those of reading the backup. */
  read(from: number, to: number): Promise<Uint8Array>;
}

/** What is in memory already. */
export function sourceOf(bytes: Uint8Array): Source {
  return { size: bytes.length, read: async (from, to) => bytes.subarray(from, to) };
}

/** Pieces in which a large file is read, in bytes. */
const PIECE = 1024 * 1024;

/** Bytes [from, to) in pieces of at most 1 MiB. */
export async function* piecesOf(source: Source, from: number, to: number): AsyncGenerator<Uint8Array, undefined> {
  const end = Math.min(to, source.size);
  for (let at = from; at < end; at += PIECE) yield await source.read(at, Math.min(end, at + PIECE));
}

/** Bytes [from, to) at once; `to - from` is what it takes in memory. */
export async function readAll(source: Source, from: number, to: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(Math.max(0, Math.min(to, source.size) - from));
  let at = 0;
  for await (const piece of piecesOf(source, from, to)) {
    bytes.set(piece.subarray(0, bytes.length - at), at);
    at += piece.length;
  }
  return bytes.subarray(0, at);
}
