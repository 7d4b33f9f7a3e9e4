/** Brings the indexes of all computers that an access reaches up to date with what is stored. */
import type { FindInput } from './api.ts';
import { whileWatched } from './open.ts';
import { fromBytes } from './format/byte-path.ts';
import { deriveKey } from './format/keys.ts';
import { Ticker } from './progress-ticker.ts';
import { loadDomain, type Domain } from './repository/domain.ts';
import { namesOfPath } from './repository/entry-path.ts';
import { computerNameOf, openDomain, reachableIds } from './repository/open-domains.ts';
import { Repository } from './repository/repository.ts';
import { type Current, type Head } from './search/current.ts';
import { IndexBuilder } from './search/index-builder.ts';
import { indexPath, lineOf, readIndex, writeIndex, type IndexOwner } from './search/index-file.ts';
import { PathIndex } from './search/path-index.ts';
import type { FoldedNames } from './search/search.ts';
import type { VerbContext } from './verb-context.ts';

/** What one computer's snapshots hold, ready to be searched. */
export interface DomainIndex {
  clientId: string;
  computerName: string;
  index: PathIndex;
  /** Made with the first search; null where the index has changed since. */
  folded: FoldedNames | null;
  /** The newest whole snapshot of each set of sources. */
  heads: Head[];
  /** Made with the first search; null where the index or the heads may have changed since. */
  current: Current | null;
  /** Snapshots of which folders could not be read. */
  incomplete: string[];
}

/** An index is made anew when it knows more snapshots that are gone than these, and most of its own. */
const MANY_GONE = 64;

export class IndexSet {
  /** Null before the first look. */
  domains: DomainIndex[] | null = null;
  #looking: Promise<void> = Promise.resolve();

  /** Asks the storage for snapshots and takes in those that are new. Looks go one after another. */
  look(input: FindInput, context: VerbContext): Promise<void> {
    const looking = this.#looking.catch(() => undefined).then(() => this.#look(input, context));
    this.#looking = looking;
    return looking;
  }

  async #look(input: FindInput, context: VerbContext): Promise<void> {
    await whileWatched(input.destination, context, async (destination) => {
      const repository = await Repository.open(destination, input.access);
      const domains: DomainIndex[] = [];
      for (const id of await reachableIds(repository, input.clientId)) {
        const known = this.domains?.find(({ clientId }) => clientId === id) ?? null;
        domains.push(await this.#domain(repository, id, known, input, context));
      }
      this.domains = domains;
    });
  }

  async #domain(
    repository: Repository,
    id: string,
    known: DomainIndex | null,
    input: FindInput,
    context: VerbContext,
  ): Promise<DomainIndex> {
    const domain = await loadDomain(repository, id, { snapshotsOnly: true });
    const owner = ownerOf(repository, domain.clientId);
    const path = input.stateFolder === undefined ? null : indexPath(input.stateFolder, owner);
    const stored = known?.index ?? (path === null ? null : await readIndex(path, owner));
    const index = stored !== null && canGoOn(stored, domain) ? stored : new PathIndex();
    const there = new Set(domain.snapshots.map((snapshot) => snapshot.id));
    for (const snapshot of index.snapshots) snapshot.there = there.has(snapshot.id);
    const found: DomainIndex = {
      clientId: id,
      computerName: computerNameOf(domain),
      index,
      folded: known?.index === index ? known.folded : null,
      heads: [],
      current: null,
      incomplete: known?.index === index ? known.incomplete : [],
    };
    const indexed = new Set(index.snapshots.map((snapshot) => snapshot.id));
    const missing = domain.snapshots.filter((snapshot) => !indexed.has(snapshot.id));
    if (missing.length === 0) {
      found.heads = headsOf(index, domain);
      // What is there is as it was: a million rows need not be looked at again.
      if (known?.index === index && same(known.heads, found.heads)) found.current = known.current;
      return found;
    }
    found.folded = null;
    found.incomplete.push(...(await takeIn(repository, index, domain, missing, input, context)));
    found.heads = headsOf(index, domain);
    // Folders that could not be read now may be readable when the next process looks.
    if (path !== null && found.incomplete.length === 0) await keep(path, owner, index);
    return found;
  }
}

/** The newest keys: an index that older ones sealed is made anew. */
function ownerOf(repository: Repository, clientId: Uint8Array): IndexOwner {
  const { repoId, capability } = repository;
  const whose = { suite: repository.file.suite, repoId, clientId };
  if (capability !== null) return { ...whose, epoch: capability.epoch, keys: capability.keys };
  const { number: epoch, root } = repository.currentEpoch();
  const keys = { localCache: deriveKey(root, 'local-cache', clientId), hedge: deriveKey(root, 'hedge', clientId) };
  return { ...whose, epoch, keys };
}

/** A partial snapshot does not tell that something is gone. */
function headsOf(index: PathIndex, domain: Domain): Head[] {
  const positions = new Map(index.snapshots.map(({ id }, i) => [id, i]));
  const heads = new Map<string, Head>();
  for (const { id, snapshot } of domain.snapshots) {
    const position = positions.get(id);
    if (snapshot.partial || position === undefined) continue;
    const sources = snapshot.sources.map((source) => namesOfPath(fromBytes(source)));
    heads.set(lineOf(snapshot.sources), { position, sources });
  }
  return [...heads.values()];
}

const same = (a: readonly Head[], b: readonly Head[]): boolean =>
  a.length === b.length && a.every((head, i) => head.position === b[i]?.position);

/** It only saves work: a disk that takes nothing must not end a search. */
async function keep(path: string, owner: IndexOwner, index: PathIndex): Promise<void> {
  await writeIndex(path, owner, index).catch(() => undefined);
}

/**
 * False where an index has to be made anew: a snapshot that it does not know is older than one that it knows (it was
 * brought back by a copy), or most of what it knows is gone.
 */
function canGoOn(index: PathIndex, domain: Domain): boolean {
  const position = new Map(index.snapshots.map(({ id }, i) => [id, i]));
  let last = -1;
  let unknown = false;
  for (const { id } of domain.snapshots) {
    const at = position.get(id);
    if (at === undefined) unknown = true;
    else if (unknown || at < last) return false;
    else last = at;
  }
  const gone = index.snapshots.length - domain.snapshots.filter(({ id }) => position.has(id)).length;
  return gone <= MANY_GONE || gone * 2 <= index.snapshots.length;
}

/** @returns snapshots of which folders could not be read */
async function takeIn(
  repository: Repository,
  index: PathIndex,
  { id }: Domain,
  missing: Domain['snapshots'],
  input: FindInput,
  context: VerbContext,
): Promise<string[]> {
  // Names are in folders: an index of what files hold would take more memory than all the names.
  const open = await openDomain(repository, id, input.destination, context, { metadataOnly: true });
  const ticker = new Ticker(context.emit);
  let files = 0;
  ticker.read = () => ({ files });
  ticker.start('scan');
  const incomplete: string[] = [];
  try {
    const builder = new IndexBuilder(index, open.trees, async (entries) => {
      files = entries;
      await new Promise((resolve) => setImmediate(resolve));
      await context.control.check();
    });
    for (const { id: snapshotId, snapshot } of missing) {
      const unread = await builder.add({ id: snapshotId, sources: lineOf(snapshot.sources), root: snapshot.root });
      if (unread > 0) incomplete.push(snapshotId);
    }
    ticker.end();
    return incomplete;
  } finally {
    ticker.stop();
    await open.close();
  }
}
