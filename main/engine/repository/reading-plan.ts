/** Says to the fetcher which ranges of which packs the files of a restore will take, before they are asked for. */
import { ID_BYTES } from '../format/blob.ts';
import { PackTable } from '../format/pack.ts';
import type { RemotePacks, WantedRange } from '../fetch/remote-packs.ts';
import type { Domain } from './domain.ts';
import { IdWords } from './shared-index.ts';

export class ReadingPlan {
  readonly #domain: Domain;
  readonly #source: RemotePacks | null;
  readonly #words = new IdWords();
  readonly #tables = new Map<number, PackTable>();

  /** @param source null where packs are read in place: then nothing is planned */
  constructor(domain: Domain, source: RemotePacks | null) {
    this.#domain = domain;
    this.#source = source;
  }

  /**
   * @param files in the order in which they will be read; `content`: ids of 32 bytes each, joined
   * @returns what takes the plan back, when they have been read or will not be
   */
  add(files: readonly { content: Uint8Array }[]): () => void {
    if (this.#source === null) return () => undefined;
    return this.#source.plan(this.#rangesOf(files));
  }

  *#rangesOf(files: readonly { content: Uint8Array }[]): Iterable<WantedRange> {
    const { index } = this.#domain;
    let before = { pack: -1, block: -1 };
    for (const { content } of files) {
      for (let at = 0; at < content.length; at += ID_BYTES) {
        const entry = this.#words.load(content, at).findIn(index);
        if (entry < 0) continue; // whoever reads it says so
        const { pack, block } = index.place(entry);
        if (pack === before.pack && block === before.block) continue;
        before = { pack, block };
        const table = this.#table(pack);
        if (table === null || block >= table.blockCount) continue;
        const { offset, stored } = table.block(block);
        yield { pack, offset, length: stored };
      }
    }
  }

  #table(ordinal: number): PackTable | null {
    const known = this.#tables.get(ordinal);
    if (known !== undefined) return known;
    const pack = this.#domain.packs[ordinal];
    if (pack === undefined) return null;
    const table = new PackTable(pack.table, pack.size, pack.header.length, pack.name);
    this.#tables.set(ordinal, table);
    return table;
  }
}
