/**
 * Places of this computer that the window may name. The window never sends a path: main gives out a random id for each
 * place that the user chose in a native dialog, that it suggested, or that lies in such a folder, and takes back only
 * those ids. Paths are kept as raw bytes.
 */
import { randomBytes } from 'node:crypto';
import { HoldfastError } from '../errors.ts';
import type { Place, SourceNode } from '../../preload/contract.ts';
import { displayName } from '../jobs/entry-path.ts';
import { pathText, placeName, type PlaceNode } from '../jobs/places.ts';

export class Capabilities {
  readonly #places = new Map<string, Buffer>();
  readonly #ids = new Map<string, string>();

  /** The id of a place; the same place always has the same id. */
  give(place: Uint8Array | string): string {
    const bytes = Buffer.from(place);
    const key = bytes.toString('latin1');
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = randomBytes(18).toString('base64url');
    this.#ids.set(key, id);
    this.#places.set(id, bytes);
    return id;
  }

  /**
   * Raw bytes of the path behind an id.
   * @throws HoldfastError `bad-input` for an id that was not given out
   */
  bytes(id: string): Buffer {
    const bytes = this.#places.get(id);
    if (bytes === undefined) {
      throw new HoldfastError(
        'bad-input',
        'That place is not known any more.',
        'Choose it again. Nothing was changed.',
        { severity: 'notice' },
      );
    }
    return bytes;
  }

  /**
   * The path behind an id as text.
   * @throws HoldfastError `bad-input` for an unknown id, or a name that is not UTF-8
   */
  path(id: string): string {
    return pathText(this.bytes(id));
  }

  /** A place as the window sees it. */
  place(at: Uint8Array | string): Place {
    const bytes = Buffer.from(at);
    return { cap: this.give(bytes), path: displayName(bytes), name: placeName(bytes) };
  }

  sourceNode(node: PlaceNode): SourceNode {
    return {
      ...this.place(node.at),
      kind: node.kind,
      hasChildren: node.hasChildren,
      suggested: node.suggested,
    };
  }
}
