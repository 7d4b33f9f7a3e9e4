/** ZIP archives: the list of members, and one member at a time, unfolded in memory up to a limit. */
import { crc32, inflateRawSync } from 'node:zlib';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { HoldfastError } from '../errors.ts';
import { text, type Text } from '../text.ts';
import { readAll, type Source } from '../messages/source.ts';

/** Members that are listed; chats with more files than that keep their text. */
const MEMBERS = 20_000;
/** Characters of their names, all together. */
const NAMES_CHARS = 8_000_000;
/** Bytes of the directory that are gone through: names, remarks and whatever else it says of the members. */
const DIRECTORY_BYTES = 32 * 1024 * 1024;
/** Bytes of the archive that are read at a time for its directory. */
const WINDOW = 256 * 1024;

const STORED = 0;
const DEFLATED = 8;

/** Gives yauzl bytes of the archive; the directory is read in small steps, hence the window. */
class SourceReader extends yauzl.RandomAccessReader {
  readonly #source: Source;
  #window = new Uint8Array(0);
  #begin = 0;

  constructor(source: Source) {
    super();
    this.#source = source;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytes?: number) => void,
  ): void {
    this.#at(position, length).then(
      (bytes) => {
        buffer.set(bytes, offset);
        callback(null, bytes.length);
      },
      (error: Error) => callback(error),
    );
  }

  async #at(position: number, length: number): Promise<Uint8Array> {
    const here = position - this.#begin;
    if (here < 0 || here + length > this.#window.length) {
      this.#window = Uint8Array.from(
        await readAll(this.#source, position, Math.min(this.#source.size, position + Math.max(length, WINDOW))),
      );
      this.#begin = position;
    }
    const from = position - this.#begin;
    return this.#window.subarray(from, from + length);
  }
}

/** What is kept of a member. The rest that an archive says of it, up to 128 KiB each, is let go of. */
type Member = Pick<
  Entry,
  'fileName' | 'compressedSize' | 'uncompressedSize' | 'compressionMethod' | 'crc32' | 'relativeOffsetOfLocalHeader'
> & { encrypted: boolean };

function memberOf(entry: Entry): Member {
  const {
    fileName,
    compressedSize,
    uncompressedSize,
    compressionMethod,
    crc32: sum,
    relativeOffsetOfLocalHeader,
  } = entry;
  const encrypted = entry.isEncrypted();
  const sizes = { compressedSize, uncompressedSize };
  return { fileName, ...sizes, compressionMethod, crc32: sum, relativeOffsetOfLocalHeader, encrypted };
}

export class ZipArchive {
  readonly #source: Source;
  readonly #zip: ZipFile;
  readonly #entries: Member[] = [];

  private constructor(source: Source, zip: ZipFile) {
    this.#source = source;
    this.#zip = zip;
  }

  /** Null where it is no archive that can be read. Errors: those of reading. */
  static async open(source: Source): Promise<ZipArchive | null> {
    try {
      const zip = await yauzl.fromRandomAccessReaderPromise(new SourceReader(source), source.size, {
        autoClose: false,
      });
      const archive = new ZipArchive(source, zip);
      let chars = 0;
      let bytes = 0;
      for await (const entry of zip.eachEntry()) {
        chars += entry.fileName.length;
        bytes += entry.fileNameLength + entry.extraFieldLength + entry.fileCommentLength;
        if (chars > NAMES_CHARS || bytes > DIRECTORY_BYTES) break;
        archive.#entries.push(memberOf(entry));
        if (archive.#entries.length >= MEMBERS) break;
      }
      return archive;
    } catch (error) {
      if (error instanceof HoldfastError) throw error;
      return null; // not well-formed, or with names that lead out of a folder
    }
  }

  /** Paths in the archive, in its order. */
  get names(): string[] {
    return this.#entries.map(({ fileName }) => fileName);
  }

  /**
   * A member's bytes, proven by its checksum. Errors: path-not-found, bad-input (encrypted, damaged, or more than `most`
   * bytes), those of reading.
   */
  async bytes(member: number, most: number): Promise<Uint8Array> {
    const entry = this.#entries[member];
    if (entry === undefined) throw notThere();
    const { compressedSize, uncompressedSize, compressionMethod } = entry;
    const readable = compressionMethod === STORED || compressionMethod === DEFLATED;
    if (!readable || entry.encrypted) throw unreadable(text`It is encrypted, or packed in a way of its own.`);
    if (uncompressedSize > most || compressedSize > most + 1024) throw unreadable(text`It is too large for a preview.`);
    try {
      const { fileDataStart } = await this.#zip.readLocalFileHeaderPromise(entry, { minimal: true });
      const packed = await readAll(this.#source, fileDataStart, fileDataStart + compressedSize);
      // Whatever the archive says: it never unfolds to more than it said, nor to more than the limit.
      const limit = { maxOutputLength: Math.max(1, Math.min(most, uncompressedSize)) };
      const bytes = compressionMethod === STORED ? packed : inflateRawSync(packed, limit);
      if (bytes.length !== uncompressedSize || crc32(bytes) !== entry.crc32) throw unreadable(text`It is damaged.`);
      return bytes;
    } catch (error) {
      if (error instanceof HoldfastError) throw error;
      throw unreadable(text`It is damaged, or unfolds to more than it says.`);
    }
  }
}

export function notThere(): HoldfastError {
  return new HoldfastError('path-not-found', 'This file is not in the export.', 'Nothing was changed.', {
    severity: 'notice',
  });
}

function unreadable(why: Text): HoldfastError {
  return new HoldfastError('bad-input', text`A file in this archive cannot be shown. ${why}`, 'Nothing was changed.', {
    severity: 'notice',
  });
}
