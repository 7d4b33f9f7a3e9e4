/**
 * Compaction of index segments: many small ones become one that says the same, and that replaces them. Also how a doomed
 * pack is spared again: the segments that doom it are replaced by one that does not.
 */
import { HoldfastError } from '../errors.ts';
import { text } from '../text.ts';
import type { Destination } from '../destinations/destination.ts';
import { fromHex, toHex } from './format/bytes.ts';
import { Kind } from './format/envelope.ts';
import { emptySegment, encodeSegment, type IndexSegment } from './format/segment.ts';
import type { Publisher } from './pipeline/publisher.ts';
import { readEach } from './repository/read-each.ts';
import { readSegment, type Domain } from './repository/domain.ts';
import { sameFacts } from './repository/segment-set.ts';

/** Fewer small segments than this are left as they are. */
const FEW = 12;
/** Stored bytes of a segment that counts as small. */
const SMALL_BYTES = 4 * 1024 * 1024;
/** Stored bytes of those that are joined at a time: who reads a segment holds it several times over for a moment. */
const JOINED_BYTES = 8 * 1024 * 1024;

export interface CompactPlan {
  /** Names (hex) of segments that become one. */
  join: string[];
  /** Names of segments that are in another one already: a run that was interrupted left them. */
  replaced: string[];
}

/**
 * @param doomedIn names of the segments that doom packs which are to be spared
 */
export function planCompaction(domain: Domain, doomedIn: readonly string[]): CompactPlan {
  const replaced = domain.segments.filter((id) => domain.replaced.has(id)).sort();
  const sizeOf = (id: string): number => domain.objects.get(`c/${domain.id}/i/${id}`)?.size ?? 0;
  const bySize = domain.segments
    .filter((id) => !domain.replaced.has(id) && sizeOf(id) < SMALL_BYTES && !doomedIn.includes(id))
    .sort((a, b) => sizeOf(a) - sizeOf(b) || (a < b ? -1 : 1));
  const join = [...doomedIn];
  if (bySize.length >= FEW) {
    let bytes = 0;
    for (const id of bySize) {
      bytes += sizeOf(id);
      if (bytes > JOINED_BYTES) break;
      join.push(id);
    }
  }
  return { join: join.sort(), replaced };
}

/** Names of the segments that count and doom one of these packs. */
export async function segmentsDooming(
  destination: Destination,
  domain: Domain,
  packs: ReadonlySet<string>,
): Promise<string[]> {
  if (packs.size === 0) return [];
  const counting = domain.segments.filter((id) => !domain.replaced.has(id));
  const segments = await readSegments(destination, domain, counting);
  return [...segments]
    .filter(([, segment]) => segment.doomed.some(({ name }) => packs.has(toHex(name))))
    .map(([id]) => id)
    .sort();
}

export interface CompactOptions {
  /** Names (hex) of packs that are doomed no more. */
  spared: ReadonlySet<string>;
  /** Names of packs that this run has removed. */
  removed: ReadonlySet<string>;
  /** Called when the new segment is there, and before an old one goes; rejects to keep them. */
  before: () => Promise<unknown>;
}

/**
 * Carries a compaction out: the new segment is there before any old one goes, and a crash between leaves both.
 *
 * @returns names of the segments that were removed, sorted
 */
export async function compact(
  destination: Destination,
  domain: Domain,
  { join, replaced }: CompactPlan,
  publisher: Publisher,
  { spared, removed, before }: CompactOptions,
): Promise<string[]> {
  const segmentName = (id: string): string => `c/${domain.id}/i/${id}`;
  if (join.length > 0) {
    const merged = joined(await readSegments(destination, domain, join), domain, spared, removed);
    const name = segmentName(toHex(await publisher.putObject('i', Kind.indexSegment, encodeSegment(merged))));
    if ((await destination.stat(name)) === null) throw notThere(destination.label, name);
  }
  const gone = [...replaced, ...join].sort();
  if (gone.length > 0) await before();
  for (const id of gone) await destination.remove(segmentName(id));
  return gone;
}

function joined(
  segments: ReadonlyMap<string, IndexSegment>,
  domain: Domain,
  spared: ReadonlySet<string>,
  removed: ReadonlySet<string>,
): IndexSegment {
  const out = emptySegment();
  const adds = new Map<string, IndexSegment['adds']>();
  const dooms = new Map<string, IndexSegment['doomed'][number]>();
  const [drops, forgotten, replaces] = [new Set<string>(), new Map<string, number>(), new Set<string>()];
  for (const [id, segment] of segments) {
    replaces.add(id);
    for (const pack of segment.adds) {
      const facts = adds.get(toHex(pack.name)) ?? [];
      // Where segments say different things of a pack, so does this one: the pack itself tells then, as before.
      if (!facts.some((one) => sameFacts(one, pack))) adds.set(toHex(pack.name), [...facts, pack]);
    }
    for (const doom of segment.doomed) {
      const other = dooms.get(toHex(doom.name));
      if (other === undefined || doom.sinceMs < other.sinceMs) dooms.set(toHex(doom.name), doom);
    }
    for (const name of segment.drops) drops.add(toHex(name));
    for (const { sequence, hash } of segment.forgotten) forgotten.set(toHex(hash), sequence);
    for (const name of segment.replaces) replaces.add(toHex(name));
    out.lost.push(...segment.lost);
    out.lacking.push(...segment.lacking);
  }
  const isGone = (name: string, room: string): boolean =>
    removed.has(name) || (domain.drops.has(name) && !domain.objects.has(`c/${domain.id}/${room}/${name}`));
  out.adds = [...adds].flatMap(([name, facts]) => facts.filter(({ room }) => !isGone(name, room)));
  out.doomed = [...dooms]
    .filter(([name]) => !spared.has(name) && !removed.has(name) && !domain.drops.has(name))
    .map(([, doom]) => doom);
  const bytes = (name: string): Uint8Array => fromHex(name, 32) ?? new Uint8Array(32);
  out.drops = [...drops].map(bytes);
  out.forgotten = [...forgotten].map(([id, sequence]) => ({ sequence, hash: bytes(id) }));
  out.replaces = [...replaces].map(bytes);
  return out;
}

async function readSegments(
  destination: Destination,
  domain: Domain,
  ids: readonly string[],
): Promise<Map<string, IndexSegment>> {
  const found = new Map<string, IndexSegment>();
  await readEach(
    destination,
    ids.map((id) => `c/${domain.id}/i/${id}`),
    async (name) => {
      found.set(name.slice(name.lastIndexOf('/') + 1), await readSegment(destination, domain, name));
    },
  );
  return found;
}

const notThere = (label: string, name: string): HoldfastError =>
  new HoldfastError(
    'destination-failed',
    text`${label} does not show what was just stored there.`,
    'Nothing was lost: the old index is untouched. Try again later.',
    { detail: name },
  );
