/** Copy: brings to one destination of a repository what it lacks or has damaged, from others. Needs no key. */
import { happened, HoldfastError, toHoldfastError } from '../errors.ts';
import { text, told } from '../text.ts';
import type { Destination } from '../destinations/destination.ts';
import { placeId } from '../destinations/place-id.ts';
import type { CopyInput, CopyOutput } from './api.ts';
import { copyOwner } from './copy-objects.ts';
import { copyLockKey, CopyRun, type CopySource } from './copy-run.ts';
import { fromHex } from './format/bytes.ts';
import { openFor } from './open.ts';
import { Ticker } from './progress-ticker.ts';
import { noteFilled, refuseEmptied } from './repository/known-places.ts';
import { noteBrought, refuseStranger } from './repository/known-state.ts';
import { takeLocalLock } from './repository/local-lock.ts';
import type { VerbContext } from './verb-context.ts';

/** Errors: as told in api.ts. */
export async function copy(input: CopyInput, context: VerbContext): Promise<CopyOutput> {
  const opened: Destination[] = [];
  const open = async (spec: CopyInput['to']): Promise<Destination> => {
    const destination = await openFor(spec, context);
    opened.push(destination);
    return destination;
  };
  try {
    const to = await open(input.to);
    const from: CopySource[] = [];
    let failure: unknown = null;
    for (const spec of input.from) {
      try {
        from.push({ destination: await open(spec) });
      } catch (error) {
        const known = toHoldfastError(error);
        if (known.code === 'stopped') throw error;
        failure ??= error;
        const words = told(text`${happened(known)} It is not copied from.`);
        context.emit({ type: 'message', level: 'warning', ...words });
      }
    }
    if (from.length === 0 && failure !== null) throw failure;
    return await copyBetween(from, to, input, context);
  } finally {
    await Promise.all(opened.map((destination) => destination.close()));
  }
}

/** The same between destinations that are open already; the caller closes them. `input.from` is not looked at. */
export async function copyBetween(
  from: CopySource[],
  to: Destination,
  input: CopyInput,
  context: VerbContext,
): Promise<CopyOutput> {
  if (input.clients !== 'all' && input.clients.some((id) => fromHex(id, 16) === null)) {
    throw new HoldfastError('bad-input', 'A computer’s id is malformed.', 'Nothing was copied.');
  }
  const { stateFolder } = input;
  const run = new CopyRun(
    {
      from,
      to: { destination: to },
      clients: input.clients,
      heal: input.heal,
      ownerOf: (repoId) => copyOwner(repoId, 'copy'),
      make: input.make !== false,
      admit: async (copies, state) => {
        if (stateFolder === undefined) return;
        await refuseStranger(stateFolder, copies.file);
        if (state === 'empty' && input.make === false) await refuseEmptied(stateFolder, copies.file.repoId, input.to);
      },
      lock: async (repoId) => await takeLocalLock(copyLockKey(repoId, placeId(input.to))),
    },
    context,
  );
  const ticker = new Ticker(context.emit);
  ticker.read = () => ({
    files: run.done.objects,
    bytes: run.done.bytes,
    storedBytes: run.done.bytes,
    totalFiles: run.counters.totalObjects,
    totalBytes: run.counters.totalBytes,
  });
  ticker.start('copy');
  try {
    const output = await run.run();
    ticker.end();
    if (stateFolder !== undefined && run.brought !== null) {
      await noteFilled(stateFolder, run.brought.repoId, input.to);
      await noteBrought(stateFolder, run.brought, input.to);
    }
    return output;
  } finally {
    ticker.stop();
  }
}
