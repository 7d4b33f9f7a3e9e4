/**
 * Scrub: compares what the storage itself says of its objects with their names. Nothing of the backup is downloaded but
 * the three copies of repo.json, whose signature proves them. Finds rot, not a storage that lies.
 */
import type { Destination } from '../destinations/destination.ts';
import type { ScrubInput, ScrubOutput } from './api.ts';
import { equal } from './format/bytes.ts';
import { openFor } from './open.ts';
import { Ticker } from './progress-ticker.ts';
import { proofOf, ROTTEN } from './repository/checksums.ts';
import { readRepoFile, Repository } from './repository/repository.ts';
import type { VerbContext } from './verb-context.ts';

/** Errors: not-a-repository, repository-damaged, newer-format, those of the access where one is given, destination-*, stopped. */
export async function scrub(input: ScrubInput, context: VerbContext): Promise<ScrubOutput> {
  const destination = await openFor(input.destination, context, { cache: 'refresh' });
  try {
    return await scrubIn(destination, input.access, context);
  } finally {
    await destination.close();
  }
}

/** The same in a destination that is open already; the caller closes it. */
export async function scrubIn(
  destination: Destination,
  access: ScrubInput['access'],
  context: VerbContext,
): Promise<ScrubOutput> {
  const ticker = new Ticker(context.emit);
  const output: ScrubOutput = { objects: 0, bytes: 0, proven: 0, unproven: 0, damaged: [], strays: [] };
  try {
    ticker.start('verify');
    ticker.read = () => ({ files: output.objects, bytes: output.bytes, skipped: output.damaged.length });
    const repository = access === undefined ? null : await Repository.open(destination, access);
    const { unsound, foreign } = await readRepoFile(
      destination,
      ({ repoId }) => repository === null || equal(repoId, repository.repoId),
    );
    for await (const info of destination.list('', { onStray: (path) => output.strays.push(path) })) {
      await context.control.check();
      output.objects++;
      output.bytes += info.size;
      const proof = isRepoFile(info.name) ? proofOfCopy(info.name, unsound, foreign) : proofOf(info);
      if (proof === 'proven') output.proven++;
      else if (proof === 'unproven') output.unproven++;
      else output.damaged.push({ object: info.name, message: isRepoFile(info.name) ? BAD_COPY : ROTTEN });
    }
    ticker.end();
    return output;
  } finally {
    ticker.stop();
  }
}

const BAD_COPY = 'This copy of repo.json is damaged, or belongs to another backup. The next backup writes it again.';

const isRepoFile = (name: string): boolean => /^repo([.][12])?[.]json$/.test(name);

const proofOfCopy = (name: string, unsound: string[], foreign: string[]): 'proven' | 'damaged' =>
  unsound.includes(name) || foreign.includes(name) ? 'damaged' : 'proven';
