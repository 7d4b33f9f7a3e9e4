/** What can be known of a repository without a key. */
import type { RepositoryFacts, Verbs } from './api.ts';
import { whileWatched } from './open.ts';
import { compareKnown } from './repository/known-state.ts';
import { factsOf, listClientIds, readRepoFile } from './repository/repository.ts';
import { unattended } from './verb-context.ts';

/** Errors: not-a-repository, repository-damaged, repository-rolled-back, newer-format, destination-*. */
export async function inspect(input: Verbs['inspect']['input'], context = unattended): Promise<RepositoryFacts> {
  return await whileWatched(input.destination, context, async (destination) => {
    const { file } = await readRepoFile(destination);
    const { stateFolder, destination: place } = input;
    const known = stateFolder === undefined ? null : await compareKnown(stateFolder, file, place);
    const facts = factsOf(file, await listClientIds(destination), known?.ownerKnown === true);
    return { ...facts, behind: known?.behind === true };
  });
}
