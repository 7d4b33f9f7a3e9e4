/**
 * Strict mode: the head of the log lies in the token too, written after every commit and before its answer. A store
 * that does not have the token's entry any more is an older one, by however little.
 */
import { z } from 'zod';
import type { Hsm } from '../hsm/hsm.ts';
import { equal } from '../protocol/bytes.ts';
import { decodeCbor, encodeCbor } from '../protocol/cbor.ts';
import { binary, checked } from '../protocol/schema.ts';
import type { Chain } from './chain.ts';
import { rolledBack } from './errors.ts';
import { Lane } from './lane.ts';
import type { Position } from './log.ts';

const TokenHead = z.strictObject({ cluster: z.string(), index: z.number().int().nonnegative(), hash: binary(32) });

export class StrictHead {
  readonly #hsm: Hsm;
  readonly #clusterId: string;
  readonly #lane = new Lane();
  /** The token's head as this run last wrote it, or found it in the log: what follows it is in the log as well. */
  #known: Position | null = null;

  constructor(hsm: Hsm, clusterId: string) {
    this.#hsm = hsm;
    this.#clusterId = clusterId;
  }

  /** The token's head; null before the first. @throws LedgerError `rolled-back` where it is of another store */
  async read(): Promise<Position | null> {
    const bytes = await this.#hsm.readHead();
    if (bytes === null) return null;
    const head = checked(TokenHead, decodeCbor(bytes, "the token's head"), "the token's head");
    if (head.cluster !== this.#clusterId) {
      throw rolledBack('the token has seen another store: this one was made anew or restored from a snapshot');
    }
    return { index: head.index, hash: head.hash };
  }

  /** @throws LedgerError `rolled-back` where the token has seen what the log does not have */
  async check(chain: Chain): Promise<void> {
    const head = await this.read();
    if (head === null) return;
    if (this.#known !== null && this.#known.index === head.index && equal(this.#known.hash, head.hash)) return;
    const hash = chain.hashAt(head.index);
    if (hash !== null && equal(hash, head.hash)) {
      this.#known = head;
      return;
    }
    throw rolledBack(
      `the token has seen log entry ${head.index}, which the store does not have: the store was put back to an older copy`,
    );
  }

  /** Returns when the token holds this head or a later one. */
  cover(position: () => Position): Promise<void> {
    return this.#lane.run(async () => {
      const { index, hash } = position();
      if (this.#known !== null && index <= this.#known.index) return;
      await this.#hsm.writeHead(encodeCbor({ cluster: this.#clusterId, index, hash }));
      this.#known = { index, hash };
    });
  }
}
