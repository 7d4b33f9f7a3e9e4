/** Lists one folder of a snapshot, in the order of raw names. */
import type { EntryFacts, ListInput } from './api.ts';
import { factsOf } from './entry-facts.ts';
import { folderOf, namesOfEntry } from './repository/entry-path.ts';
import { closeSnapshot, explainMissing, openSnapshot } from './repository/open-trees.ts';
import { unattended } from './verb-context.ts';

/** Errors: snapshot-not-found, path-not-found, object-missing, object-damaged, and those of opening. */
export async function list(input: ListInput, context = unattended): Promise<EntryFacts[]> {
  try {
    const { stored, trees, leave } = await openSnapshot(input.destination, input.access, input.snapshotId, context);
    try {
      const folder = folderOf(trees, stored.snapshot.root, namesOfEntry(input.path));
      // One after another: of a folder of 100,000 entries the decoded nodes would be the larger part.
      return Array.from(trees.nodes(folder), factsOf);
    } finally {
      await leave();
    }
  } catch (error) {
    void closeSnapshot();
    throw await explainMissing(input.destination, error, context);
  }
}
