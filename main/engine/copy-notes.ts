/**
 * Brings the owner's notes about a computer from some places to another: that it is retired, and which computer writes
 * its domain. A newer one takes the place of one that is there; what the owner did not sign is left where it lies.
 */
import type { Destination } from '../destinations/destination.ts';
import { fromHex } from './format/bytes.ts';
import { decodeDomain, decodeRetired, isNewerDomain, MAX_NOTE_BYTES, type About } from './format/owner-note.ts';
import { orNull } from './repository/or-null.ts';

type Owner = Pick<About, 'repoId'> & { ownerPublicKey: Uint8Array };

interface Kind<N> {
  name: 'domain' | 'retired';
  decode: (bytes: Uint8Array, ownerPublicKey: Uint8Array, about: About) => N | null;
  isNewer: (a: N, b: N) => boolean;
}

const domain = { name: 'domain', decode: decodeDomain, isNewer: isNewerDomain } as const;
const retired = {
  name: 'retired',
  decode: decodeRetired,
  isNewer: (a, b) => a.writer > b.writer,
} as const satisfies Kind<NonNullable<ReturnType<typeof decodeRetired>>>;

/** @param client id in hex. Errors: destination-* */
export async function bringNotes(
  from: readonly Destination[],
  to: Destination,
  client: string,
  owner: Owner,
): Promise<void> {
  await bringNote(domain, from, to, client, owner);
  await bringNote(retired, from, to, client, owner);
}

async function bringNote<N>(
  kind: Kind<N>,
  from: readonly Destination[],
  to: Destination,
  client: string,
  { repoId, ownerPublicKey }: Owner,
): Promise<void> {
  const clientId = fromHex(client, 16);
  if (clientId === null) return;
  const name = `c/${client}/${kind.name}`;
  const read = async (destination: Destination): Promise<{ note: N; bytes: Uint8Array } | null> => {
    const info = await destination.stat(name);
    if (info === null || info.size > MAX_NOTE_BYTES) return null;
    return await orNull(async () => {
      const bytes = await destination.get(name);
      const note = kind.decode(bytes, ownerPublicKey, { repoId, clientId });
      return note === null ? null : { note, bytes };
    });
  };
  let best: { note: N; bytes: Uint8Array } | null = null;
  for (const destination of from) {
    const found = await read(destination);
    if (found !== null && (best === null || kind.isNewer(found.note, best.note))) best = found;
  }
  if (best === null) return;
  const there = await read(to);
  if (there === null || kind.isNewer(best.note, there.note)) await to.put(name, best.bytes);
}
