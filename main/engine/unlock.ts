/** Proves that a root key opens a repository. */
import type { RepositoryFacts, Verbs } from './api.ts';
import { equal } from './format/bytes.ts';
import { whileWatched } from './open.ts';
import { keptKeyring } from './repository/known-keyring.ts';
import { checkKnown } from './repository/known-state.ts';
import { Repository } from './repository/repository.ts';
import { unattended } from './verb-context.ts';

/** Errors: wrong-key, not-a-repository, repository-damaged, repository-rolled-back, newer-format, destination-*. */
export async function unlock(input: Verbs['unlock']['input'], context = unattended): Promise<RepositoryFacts> {
  return await whileWatched(input.destination, context, async (destination) => {
    const repository = await Repository.open(destination, { kind: 'key', rootKey: input.rootKey });
    const { stateFolder, destination: place } = input;
    const known = stateFolder === undefined ? null : await checkKnown(stateFolder, repository.file, place);
    const kept = stateFolder === undefined ? null : await keptKeyring(stateFolder, repository.repoId);
    const keysRenewed = kept === null || !equal(kept, repository.file.keyring);
    return { ...(await repository.facts()), behind: known?.behind === true, keysRenewed };
  });
}
