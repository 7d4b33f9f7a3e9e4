/**
 * When this computer last verified each pack of a place: a byte budget goes to those that were verified longest ago.
 * Names of packs and minutes are all that is in it, which the storage knows too; whoever deletes or changes it changes
 * the order of verification and nothing else.
 */
import { createHash } from 'node:crypto';
import { placeId } from '../destinations/place-id.ts';
import type { DestinationPlace } from '../destinations/spec.ts';
import { knownPath, readKnown, writeKnown } from './repository/known-file.ts';

/** First 16 bytes of a pack's name, and minutes since 1970 (u32). */
const RECORD_BYTES = 20;
const MINUTE_MS = 60_000;

export class VerifyRecord {
  readonly #path: string | null;
  readonly #minutes = new Map<string, number>();

  private constructor(path: string | null) {
    this.#path = path;
  }

  /** @param stateFolder undefined: nothing is remembered */
  static async read(
    stateFolder: string | undefined,
    repoId: Uint8Array,
    clientId: string,
    place: DestinationPlace,
  ): Promise<VerifyRecord> {
    if (stateFolder === undefined) return new VerifyRecord(null);
    const part = createHash('sha256')
      .update(`${clientId}:${placeId(place)}`)
      .digest('hex')
      .slice(0, 32);
    const record = new VerifyRecord(knownPath(stateFolder, repoId, `verified-${part}`));
    record.#take(await readKnown(record.#path ?? ''));
    return record;
  }

  #take(value: object | null): void {
    if (value === null || !('verified' in value) || typeof value.verified !== 'string') return;
    const bytes = Buffer.from(value.verified, 'base64');
    for (let at = 0; at + RECORD_BYTES <= bytes.length; at += RECORD_BYTES) {
      this.#minutes.set(bytes.toString('latin1', at, at + 16), bytes.readUInt32BE(at + 16));
    }
  }

  /** Minutes since 1970; 0 where it never was. */
  when(pack: string): number {
    return this.#minutes.get(keyOf(pack)) ?? 0;
  }

  note(pack: string): void {
    this.#minutes.set(keyOf(pack), Math.floor(Date.now() / MINUTE_MS));
  }

  forget(pack: string): void {
    this.#minutes.delete(keyOf(pack));
  }

  /** Keeps what was noted of packs that are still there. What cannot be written costs a later run its order. */
  async keep(packs: readonly { name: string }[]): Promise<void> {
    if (this.#path === null) return;
    const bytes = Buffer.alloc(packs.length * RECORD_BYTES);
    let at = 0;
    for (const { name } of packs) {
      const minutes = this.when(name);
      if (minutes === 0) continue;
      bytes.write(keyOf(name), at, 'latin1');
      bytes.writeUInt32BE(minutes, at + 16);
      at += RECORD_BYTES;
    }
    await writeKnown(this.#path, { verified: bytes.toString('base64', 0, at) }).catch(() => undefined);
  }
}

function keyOf(pack: string): string {
  const hash = pack.slice(pack.lastIndexOf('/') + 1);
  return Buffer.from(hash.slice(0, 32), 'hex').toString('latin1');
}

/**
 * The packs to read for a budget: those verified longest ago first, and among equals in an order that differs from day
 * to day. At least one, whatever its size, so that every pack has its turn.
 *
 * @param budget bytes; undefined: a tenth of all
 */
export function chooseByBudget<T extends { name: string; size: number }>(
  packs: readonly T[],
  record: VerifyRecord,
  budget: number | undefined,
): T[] {
  const day = Math.floor(Date.now() / 86_400_000);
  const turn = (name: string): string => createHash('sha256').update(`${day}:${name}`).digest('hex');
  const order = packs
    .map((pack) => ({ pack, when: record.when(pack.name), turn: turn(pack.name) }))
    .sort((a, b) => a.when - b.when || (a.turn < b.turn ? -1 : 1));
  let left = budget ?? packs.reduce((sum, { size }) => sum + size, 0) / 10;
  const chosen: T[] = [];
  for (const { pack } of order) {
    if (pack.size > left && chosen.length > 0) continue;
    chosen.push(pack);
    left -= pack.size;
  }
  return chosen;
}
