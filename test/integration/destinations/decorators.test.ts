/** The decorators change nothing of what a destination does: the whole suite, over a local folder. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LimitDestination } from '../../../main/destinations/decorators/limit.ts';
import { ReadCacheDestination } from '../../../main/destinations/decorators/read-cache.ts';
import { RetryDestination } from '../../../main/destinations/decorators/retry.ts';
import type { Destination } from '../../../main/destinations/destination.ts';
import { Limits } from '../../../main/destinations/limits.ts';
import { isHashedName } from '../../../main/destinations/names.ts';
import { HoldfastError } from '../../../main/errors.ts';
import { describeDestination } from '../../support/destination-conformance.ts';
import { FaultyDestination, type FaultRule } from '../../support/destination-faulty.ts';
import type { DestinationFactory, DestinationUnderTest, Special } from '../../support/destination-helpers.ts';
import { localFactory } from '../../support/destination-local.ts';
import { QuickClock } from '../../support/quick-clock.ts';

/** Every third call fails for a moment, and every sixth after it was done. */
const shaky: FaultRule = ({ number, operation, name }) => {
  if (number % 3 !== 0) return null;
  // Without a hash in the name, nobody could tell what became of a spool file.
  const tellable = operation !== 'publish' || isHashedName(name);
  return number % 6 === 0 && tellable ? 'fail-after' : 'fail-before';
};

const away = (): HoldfastError =>
  new HoldfastError('destination-offline', 'The server is away.', 'Nothing was lost.', { retry: { afterMs: null } });

async function decorated(under: DestinationUnderTest): Promise<DestinationUnderTest> {
  const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-decorators-'));
  const limits = new Limits();
  limits.set({ sendBytes: null, receiveBytes: null, requests: 3 });
  const decorate = (inner: Destination): Destination => {
    const faulty = new FaultyDestination(inner, { rule: shaky, error: away });
    const patient = new RetryDestination(new LimitDestination(faulty, limits), { clock: new QuickClock() });
    return new ReadCacheDestination(patient, { folder: path.join(folder, 'objects') });
  };
  return {
    ...under,
    destination: decorate(under.destination),
    reopen: async () => decorate(await under.reopen()),
    dispose: async () => {
      await under.dispose();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const special = async (made: Promise<Special>): Promise<Special> => {
  const under = await made;
  return 'skipped' in under ? under : await decorated(under);
};

const factory: DestinationFactory = {
  make: async () => await decorated(await localFactory.make()),
  makeSmall: (bytes) => special(localFactory.makeSmall(bytes)),
  makeReadOnly: (bytes) => special(localFactory.makeReadOnly(bytes)),
};

describeDestination('A shaky folder in limit, retry and read cache', factory);
