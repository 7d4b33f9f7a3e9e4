/**
 * The drills that this computer has made of a domain, in its own folder: the result of the last one, until a backup puts
 * it into a snapshot, and which contents have been drilled, so that others come first. Whoever deletes it loses that.
 */
import { createHash } from 'node:crypto';
import { fromHex, toHex } from '../format/bytes.ts';
import type { Drill } from '../format/snapshot.ts';
import type { Domain } from './domain.ts';
import { knownPath, readKnown, writeKnown } from './known-file.ts';

/** Of the SHA-256 of a content's ids. */
const MARK_BYTES = 8;
/** The newest so many are remembered. */
const MAX_MARKS = 100_000;

const pathOf = (stateFolder: string, repoId: Uint8Array, clientId: string): string =>
  knownPath(stateFolder, repoId, `${clientId}-drill`);

/** Tells contents apart. @param content ids of its data blobs, joined */
export const markOf = (content: Uint8Array): string =>
  createHash('sha256').update(content).digest().toString('latin1', 0, MARK_BYTES);

export interface KnownDrill {
  last: Drill | null;
  /** Oldest first. */
  marks: Set<string>;
}

export async function readDrill(stateFolder: string, repoId: Uint8Array, clientId: string): Promise<KnownDrill> {
  const known: KnownDrill = { last: null, marks: new Set() };
  const value = await readKnown(pathOf(stateFolder, repoId, clientId));
  if (value === null) return known;
  if ('marks' in value && typeof value.marks === 'string') {
    const bytes = Buffer.from(value.marks, 'base64');
    for (let at = 0; at + MARK_BYTES <= bytes.length; at += MARK_BYTES) {
      known.marks.add(bytes.toString('latin1', at, at + MARK_BYTES));
    }
  }
  if ('last' in value) known.last = decode(value.last);
  return known;
}

function decode(value: unknown): Drill | null {
  if (typeof value !== 'object' || value === null || !('snapshot' in value)) return null;
  const snapshot = typeof value.snapshot === 'string' ? fromHex(value.snapshot, 32) : null;
  const counts = ['atMs', 'files', 'bytes', 'failed'].map((name) => (value as Record<string, unknown>)[name]);
  const [atMs, files, bytes, failed] = counts.map((count) => (Number.isSafeInteger(count) ? Number(count) : -1));
  if (snapshot === null || counts.some((count) => !Number.isSafeInteger(count) || Number(count) < 0)) return null;
  return { atMs: atMs ?? 0, snapshot, files: files ?? 0, bytes: bytes ?? 0, failed: failed ?? 0 };
}

/** What cannot be kept is forgotten: no reason to call a drill failed. */
export async function keepDrill(
  stateFolder: string,
  repoId: Uint8Array,
  clientId: string,
  { last, marks }: KnownDrill,
): Promise<void> {
  const kept = [...marks].slice(-MAX_MARKS).join('');
  const value = {
    last: last === null ? null : { ...last, snapshot: toHex(last.snapshot) },
    marks: Buffer.from(kept, 'latin1').toString('base64'),
  };
  await writeKnown(pathOf(stateFolder, repoId, clientId), value).catch(() => undefined);
}

/** The newest drill of a domain: this computer's, or the one that its snapshots carry. */
export async function lastDrill(stateFolder: string, repoId: Uint8Array, domain: Domain): Promise<Drill | null> {
  const { last } = await readDrill(stateFolder, repoId, domain.id);
  return domain.snapshots.reduce<Drill | null>(
    (newest, { snapshot: { drill } }) =>
      drill !== undefined && (newest === null || drill.atMs > newest.atMs) ? drill : newest,
    last,
  );
}
