/** What a repair finds in a domain: objects that are gone or damaged, and packs that the index does not know rightly. */
import type { Destination } from '../destinations/destination.ts';
import { HoldfastError, toHoldfastError } from '../errors.ts';
import { english } from '../text.ts';
import { toHex } from './format/bytes.ts';
import { newerFormat } from './format/damage.ts';
import type { Lost, PackFacts } from './format/segment.ts';
import type { PackCheckResult } from './pipeline/messages.ts';
import { readPackFacts, type Domain } from './repository/domain.ts';
import type { KnownHead } from './repository/known-head.ts';

export interface Finding {
  /** Logical name. */
  object: string;
  /** One sentence. */
  message: string;
}

export class RepairFindings {
  /** By name in hex. */
  readonly lost = new Map<string, Finding>();
  /** Facts of packs that the index has wrongly, by the packs themselves. */
  readonly relisted: PackFacts[] = [];
  /** Blocks that do not open, by logical name of their pack; null: none does. */
  readonly blocks = new Map<string, ReadonlySet<number> | null>();

  lose(object: string, message: string): void {
    const name = hashIn(object);
    if (!this.lost.has(name)) this.lost.set(name, { object, message });
  }

  /**
   * What reading names and structure tells. Errors: newer-format, object-unreadable, those of the destination.
   *
   * @param head the newest snapshot that this computer remembers to have put at this very place; null where there is none
   */
  async structure(destination: Destination, domain: Domain, head: KnownHead | null): Promise<void> {
    for (const { object, message, error, unowned } of domain.damage) {
      // Nobody can tell what that needs.
      if (error.code === 'newer-format') throw newerFormat(object);
      if (error.code === 'object-unreadable') throw unreadable(object, error.detail ?? message);
      // What a snapshot needs of it is told as that snapshot's loss.
      if (unowned === true) continue;
      this.lose(object, message);
    }
    for (const object of domain.missing) {
      const facts = await this.#read(destination, domain, object);
      if (facts === null) this.lose(object, 'The index names it, and it is not in the storage in that size.');
      else this.relisted.push(facts);
    }
    const known = new Set([...domain.snapshots.map(({ id }) => id), ...domain.forgotten.keys()]);
    for (const { snapshot } of domain.snapshots) {
      for (const { hash, sequence } of snapshot.live) {
        const id = toHex(hash);
        if (!known.has(id)) this.lose(`c/${domain.id}/s/${id}`, `Snapshot ${sequence} is missing from the storage.`);
      }
    }
    if (head !== null && !known.has(head.id)) {
      this.lose(`c/${domain.id}/s/${head.id}`, `Snapshot ${head.sequence}, the newest, is missing from the storage.`);
    }
  }

  /** What every byte of a pack tells. Errors: those of the destination. */
  async pack(destination: Destination, domain: Domain, ordinal: number, result: PackCheckResult): Promise<void> {
    const object = domain.packs[ordinal]?.name ?? '';
    if (result.damage.length === 0) return;
    if (result.unreadable) throw unreadable(object, result.damage.map(english).join('; '));
    const facts = result.asNamed ? await this.#read(destination, domain, object) : null;
    if (facts !== null && !isSameTable(facts, domain, ordinal)) {
      this.relisted.push(facts);
      return;
    }
    this.blocks.set(object, result.blocks);
    this.lose(object, result.damage.map(english).join('; '));
  }

  /** A pack's facts by itself; null where it is not there or does not open. */
  async #read(destination: Destination, domain: Domain, object: string): Promise<PackFacts | null> {
    const size = domain.objects.get(object)?.size;
    if (size === undefined) return null;
    const room = object.includes('/m/') ? 'm' : 'p';
    try {
      return await readPackFacts(destination, object, size, room, domain.keys.read);
    } catch (error) {
      const { code } = toHoldfastError(error);
      if (code === 'newer-format') throw newerFormat(object);
      if (code !== 'object-damaged' && code !== 'object-missing') throw error;
      return null;
    }
  }

  /** For a segment: what no repair has told before. */
  news(domain: Domain): Lost[] {
    return [...this.lost].flatMap(([name, { object }]): Lost[] => {
      if (domain.lost.has(name)) return [];
      const room = (['p', 'm', 'i', 's'] as const).find((one) => object.includes(`/${one}/`));
      return room === undefined ? [] : [{ room, name: new Uint8Array(Buffer.from(name, 'hex')) }];
    });
  }
}

/** What a disk does not give today may be whole tomorrow: nothing is taken for lost because of it. */
const unreadable = (object: string, detail: string): HoldfastError =>
  new HoldfastError(
    'object-unreadable',
    'The disk does not give a part of the backup, so what is lost cannot be told.',
    'Nothing was changed. Check the cable and the rights of the backup’s folder. If the disk is failing, copy the backup to another disk and repair it there.',
    { detail: `${object}: ${detail}` },
  );

function isSameTable({ table, header }: PackFacts, domain: Domain, ordinal: number): boolean {
  const pack = domain.packs[ordinal];
  return pack !== undefined && Buffer.compare(table, pack.table) === 0 && Buffer.compare(header, pack.header) === 0;
}

const hashIn = (object: string): string => object.slice(object.lastIndexOf('/') + 1);
