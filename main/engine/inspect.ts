/** What can be known of a repository without a key. */
import { openDestination } from '../destinations/open.ts';
import type { RepositoryFacts, Verbs } from './api.ts';
import { factsOf, listClientIds, readRepoFile } from './repository/repository.ts';

/** Errors: not-a-repository, repository-damaged, newer-format, destination-*. */
export async function inspect(input: Verbs['inspect']['input']): Promise<RepositoryFacts> {
  const destination = await openDestination(input.destination);
  try {
    const { file } = await readRepoFile(destination);
    return factsOf(file, await listClientIds(destination));
  } finally {
    await destination.close();
  }
}
