/** The part of yauzl that is used here; it brings no types. */
declare module 'yauzl' {
  export class RandomAccessReader {
    read(
      buffer: Buffer,
      offset: number,
      length: number,
      position: number,
      callback: (error: Error | null, bytes?: number) => void,
    ): void;
    close(callback: (error: Error | null) => void): void;
  }
  export interface Entry {
    fileName: string;
    fileNameLength: number;
    extraFieldLength: number;
    fileCommentLength: number;
    relativeOffsetOfLocalHeader: number;
    compressedSize: number;
    uncompressedSize: number;
    compressionMethod: number;
    crc32: number;
    isEncrypted(): boolean;
  }
  export interface ZipFile {
    eachEntry(): AsyncIterable<Entry>;
    readLocalFileHeaderPromise(
      entry: Pick<Entry, 'relativeOffsetOfLocalHeader' | 'compressedSize'>,
      options: { minimal: true },
    ): Promise<{ fileDataStart: number }>;
    close(): void;
  }
  export function fromRandomAccessReaderPromise(
    reader: RandomAccessReader,
    size: number,
    options: { autoClose?: boolean },
  ): Promise<ZipFile>;
  const all: {
    RandomAccessReader: typeof RandomAccessReader;
    fromRandomAccessReaderPromise: typeof fromRandomAccessReaderPromise;
  };
  export default all;
}
