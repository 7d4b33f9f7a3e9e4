/** Gives restored entries what their system keeps beside contents, owner, mode and times; tells what it does not take. */
import type { NodeExtras } from '../format/node-extras.ts';
import type { PlatformAttributes, PlatformEntry, Refusal } from '../platform/platform.ts';
import { saidAs, type Sentences } from '../../errors.ts';
import { list, phrase, plural, text, type Text } from '../../text.ts';
import { withoutNamed } from './acl-entries.ts';

/** Reads the value of a long attribute. Errors: those of reading; `lost` tells which concern this value only. */
export interface Values {
  read(content: Uint8Array, size: number): Uint8Array;
  /** Words for an error that costs this value only; null where the run has to end. */
  lost(error: unknown): Text | null;
}

export class GiveBack {
  readonly #platform: PlatformAttributes;
  readonly #values: Values;
  readonly #setOwners: boolean;

  /** @param setOwners entries get their owners by number; only then ACLs may name others by number */
  constructor(platform: PlatformAttributes, values: Values, setOwners: boolean) {
    this.#platform = platform;
    this.#values = values;
    this.#setOwners = setOwners;
  }

  /** For a file that is empty still: flags that count from the first byte on. Whether they took is told by `last`. */
  first(entry: PlatformEntry, { flags }: NodeExtras): void {
    if (flags !== undefined) this.#platform.setFlags(entry, flags, 'early');
  }

  /**
   * Attributes and birth time, after owner and mode, which some of them follow from, and before the times.
   *
   * @returns what was not given back, in short words
   */
  attributes(entry: PlatformEntry, { small = [], large = [], birth }: NodeExtras): Text[] {
    const missing: Text[] = [];
    for (const { name, value } of small) this.#write(entry, name, value, missing);
    for (const { name, size, content } of large) {
      let value: Uint8Array;
      try {
        value = this.#values.read(content, size);
      } catch (error) {
        const words = this.#values.lost(error);
        if (words === null) throw error;
        missing.push(text`${shown(name)} (${words})`);
        continue;
      }
      this.#write(entry, name, value, missing);
    }
    const refusal = birth === undefined ? null : this.#platform.setBirth(entry, birth);
    if (refusal !== null) missing.push(text`birth time (${words(refusal)})`);
    return missing;
  }

  #write(entry: PlatformEntry, name: Uint8Array, whole: Uint8Array, missing: Text[]): void {
    const value = this.#setOwners ? whole : withoutNamed(name, whole);
    if (value !== whole) missing.push(text`${shown(name)} (rights of other people, whose numbers may be others here)`);
    if (value === null) return;
    const refusal = this.#platform.write(entry, name, value);
    if (refusal === null) return;
    // The system may have given it by itself already, as it does with labels of security.
    const present = this.#platform.read(entry).attributes.find((one) => Buffer.compare(one.name, name) === 0);
    if (value === whole && (present === undefined || Buffer.compare(present.value, value) !== 0)) {
      missing.push(text`${shown(name)} (${words(refusal)})`);
    }
  }

  /** Flags, when all else is done and the entry has its name: an immutable file can get neither. As `attributes`. */
  last(entry: PlatformEntry, { flags }: NodeExtras): Text[] {
    const refusal = flags === undefined ? null : this.#platform.setFlags(entry, flags, 'late');
    return refusal === null ? [] : [text`flags (${words(refusal)})`];
  }
}

const shown = (name: Uint8Array): string => Buffer.from(name).toString();

export const words = ({ why, detail }: Refusal): Text =>
  why === 'denied'
    ? text`you may not set it`
    : why === 'unsupported'
      ? text`not supported there`
      : text`the system refused it: ${detail}`;

/** Named of what an item lacks. */
const NAMED = 5;

/** The sentences for an item that came back without these. */
export function withoutWords(missing: readonly Text[]): Sentences {
  const more = missing.length - NAMED;
  const rest = more > 0 ? [text`${plural(more, { one: '# more', other: '# more' })}`] : [];
  return saidAs(
    text`It was restored without ${list([...missing.slice(0, NAMED), ...rest])}.`,
    phrase('Its contents are complete. To have these too, restore as administrator to a disk that keeps them.'),
  );
}
