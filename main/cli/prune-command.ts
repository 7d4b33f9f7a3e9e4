/** `holdfast prune`: removes what no snapshot needs. */
import type { PruneOutput } from '../engine/api.ts';
import { prune } from '../engine/prune.ts';
import { HoldfastError } from '../errors.ts';
import { rootKeyOf, stateFolder, writeAccess } from './access.ts';
import { momentText } from './amounts.ts';
import type { Run } from './commands.ts';
import { destinationOf } from './destination-of.ts';
import { hasKey, type AccessOptions } from './key-options.ts';
import { bytesText, countText, Exit } from './output.ts';

export interface PruneOptions extends AccessOptions {
  maxUnused?: string | undefined;
  grace?: string | undefined;
  dryRun?: boolean | undefined;
}

/** @param without ids that a dry run is to count as forgotten already */
export async function pruneCommand(options: PruneOptions, run: Run, without: string[] = []): Promise<number> {
  const warn = (text: string): void => run.output.warn(text);
  const output = await prune(
    {
      destination: await destinationOf(options),
      access: await writeAccess(options, warn),
      rootKey: hasKey(options) ? await rootKeyOf(options, warn) : undefined,
      stateFolder: stateFolder(),
      graceHours: options.grace === undefined ? undefined : numberOf(options.grace, 'hours'),
      maxUnused: options.maxUnused === undefined ? undefined : percentOf(options.maxUnused),
      dryRun: options.dryRun === true,
      without,
    },
    { control: run.control, emit: run.output.emit },
  );
  run.output.result(output, pruneText(output));
  return Exit.done;
}

/** A number of 0 and more, with a point where it is no whole one. @throws HoldfastError `bad-input` */
function numberOf(text: string, what: string): number {
  if (/^\d{1,6}(\.\d+)?$/.test(text)) return Number(text);
  throw new HoldfastError(
    'bad-input',
    `${text} is no number of ${what}.`,
    'Write it as 72 or 0.5. Nothing was changed.',
  );
}

const percentOf = (text: string): number => numberOf(text.replace(/ ?%$/, ''), 'percent') / 100;

function pruneText(output: PruneOutput): string {
  const { dryRun, snapshots, packs, packBytes, doomed, repacked, joined, removed, removedBytes, compacted } = output;
  const lines = [
    `${countText(snapshots)} snapshots need ${countText(output.liveBlobs)} pieces, ${bytesText(output.liveBytes)} before compression, in ${countText(packs)} packs of ${bytesText(packBytes)}.`,
  ];
  const would = dryRun ? 'Would ' : '';
  const say = (done: string, plan: string): number => lines.push(dryRun ? `${would}${plan}` : done);
  if (repacked.length > 0) {
    const what = `${countText(repacked.length)} packs, ${bytesText(output.repackedBytes)} of them needed`;
    say(
      `Wrote anew what is needed of ${what}; stored ${bytesText(output.storedBytes)}.`,
      `write anew what is needed of ${what}.`,
    );
  }
  if (joined.length > 0) {
    const what = `${countText(joined.length)} small packs, ${bytesText(output.joinedBytes)}, into larger ones`;
    say(`Joined ${what}.`, `join ${what}.`);
  }
  if (doomed.length > 0) {
    say(
      `Marked ${countText(doomed.length)} packs to be removed.`,
      `mark ${countText(doomed.length)} packs to be removed.`,
    );
  }
  const freed = `${countText(removed.length)} packs, ${bytesText(removedBytes)}`;
  say(`Removed ${freed}.`, `remove ${freed}.`);
  if (compacted.length > 0) {
    const joined = `${countText(compacted.length)} parts of the index into one`;
    say(`Joined ${joined}.`, `join ${joined}.`);
  }
  if (output.spared.length > 0) {
    lines.push(`${countText(output.spared.length)} packs that were marked are needed after all and stay.`);
  }
  if (output.nextMs !== null) {
    lines.push(`${bytesText(output.waitingBytes)} wait to be removed by a run after ${momentText(output.nextMs)}.`);
  }
  if (output.lockedBytes > 0) {
    lines.push(`With the key (--key-file or --password), about ${bytesText(output.lockedBytes)} more could be freed.`);
  }
  if (dryRun) lines.push('Nothing was changed.');
  return lines.join('\n');
}
