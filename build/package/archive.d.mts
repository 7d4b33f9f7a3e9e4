export interface ArchiveEntry {
  /** With / between folders. */
  name: string;
  size: number;
  offset?: string;
  unpacked?: boolean;
  link?: string;
  integrity?: { algorithm: string; hash: string };
}

export interface Archive {
  entries: ArchiveEntry[];
  /** SHA-256 of the header's text, in hex. */
  headerHash: string;
  read(entry: ArchiveEntry): Promise<Buffer>;
}

export function openArchive(file: string): Archive;
export function integrityProblem(entry: ArchiveEntry, bytes: Uint8Array): string | null;
