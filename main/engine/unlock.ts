/** Proves that a root key opens a repository. */
import { openDestination } from '../destinations/open.ts';
import type { RepositoryFacts, Verbs } from './api.ts';
import { Repository } from './repository/repository.ts';

/** Errors: wrong-key, not-a-repository, repository-damaged, newer-format, destination-*. */
export async function unlock(input: Verbs['unlock']['input']): Promise<RepositoryFacts> {
  const destination = await openDestination(input.destination);
  try {
    const repository = await Repository.open(destination, { kind: 'key', rootKey: input.rootKey });
    return await repository.facts();
  } finally {
    await destination.close();
  }
}
