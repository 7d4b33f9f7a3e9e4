/** `holdfast forget`: removes snapshots by a policy, or by their ids. */
import type { ForgetOutput, KeepWithin, RetentionDecision, RetentionPolicy } from '../engine/api.ts';
import { forget } from '../engine/forget.ts';
import { isEmptyPolicy } from '../engine/retention.ts';
import { HoldfastError } from '../errors.ts';
import { stateFolder, writeAccess } from './access.ts';
import { momentText, wholeNumberOf } from './amounts.ts';
import type { Run } from './commands.ts';
import { destinationOf } from './destination-of.ts';
import type { AccessOptions } from './key-options.ts';
import { countText, Exit, oneLine } from './output.ts';
import { pruneCommand, type PruneOptions } from './prune-command.ts';

export interface ForgetOptions extends AccessOptions, PruneOptions {
  keepLast?: string | undefined;
  keepHourly?: string | undefined;
  keepDaily?: string | undefined;
  keepWeekly?: string | undefined;
  keepMonthly?: string | undefined;
  keepYearly?: string | undefined;
  keepWithin?: string | undefined;
  keepTag: string[];
  keepId: string[];
  dryRun?: boolean | undefined;
  prune?: boolean | undefined;
}

export async function forgetCommand(ids: string[], options: ForgetOptions, run: Run): Promise<number> {
  const policy = policyOf(options);
  if (isEmptyPolicy(policy) && ids.length === 0) {
    throw new HoldfastError(
      'bad-input',
      'Which snapshots should go?',
      'Say what to keep (--keep-last 7, --keep-daily 30, ...) or name the ids to forget. Nothing was changed.',
    );
  }
  const output = await forget(
    {
      destination: await destinationOf(options),
      access: await writeAccess(options, (text) => run.output.warn(text)),
      stateFolder: stateFolder(),
      // Pins alone are no order to forget the rest.
      policy: onlyPins(policy) && ids.length > 0 ? null : policy,
      ids,
      dryRun: options.dryRun === true,
    },
    { control: run.control, emit: run.output.emit },
  );
  run.output.result(output, forgetText(output));
  if (options.prune !== true) return Exit.done;
  const gone = output.decisions.flatMap(({ id, keep }) => (keep ? [] : [id]));
  return await pruneCommand(options, run, gone);
}

const onlyPins = ({ keepIds: _, ...rest }: RetentionPolicy): boolean => isEmptyPolicy(rest);

function policyOf(options: ForgetOptions): RetentionPolicy {
  const count = (text: string | undefined): number | undefined =>
    text === undefined ? undefined : wholeNumberOf(text);
  return {
    last: count(options.keepLast),
    hourly: count(options.keepHourly),
    daily: count(options.keepDaily),
    weekly: count(options.keepWeekly),
    monthly: count(options.keepMonthly),
    yearly: count(options.keepYearly),
    within: options.keepWithin === undefined ? undefined : spanOf(options.keepWithin),
    tags: options.keepTag,
    keepIds: options.keepId,
  };
}

/** `2y5m7d3h` and parts of it, in this order. @throws HoldfastError `bad-input` */
export function spanOf(text: string): KeepWithin {
  const found = /^(?:(\d{1,4})y)?(?:(\d{1,5})m)?(?:(\d{1,6})d)?(?:(\d{1,7})h)?$/.exec(text.trim());
  if (found === null || found[0] === '') {
    throw new HoldfastError(
      'bad-input',
      `${text} is no span of time.`,
      'Write it as 30d, 6m, 2y or 1y6m. Nothing was changed.',
    );
  }
  const [years, months, days, hours] = found.slice(1).map((part) => Number(part ?? 0));
  return { years, months, days, hours };
}

function forgetText({ decisions, kept, forgotten, dryRun }: ForgetOutput): string {
  const lines = decisions.map(line);
  const would = dryRun ? `Would keep ${countText(kept)} and forget ${countText(forgotten)}.` : '';
  const did = `Kept ${countText(kept)}, forgot ${countText(forgotten)}.`;
  const next = forgotten === 0 ? '' : ' What only they needed takes room until holdfast prune.';
  return [...lines, dryRun ? `${would} Nothing was changed.` : `${did}${next}`].join('\n');
}

const line = ({ id, endedMs, sources, tags, keep, reasons }: RetentionDecision): string =>
  [
    keep ? 'keep  ' : 'forget',
    id.slice(0, 12),
    momentText(endedMs),
    sources.map(oneLine).join(', '),
    tags.map((tag) => `#${oneLine(tag)}`).join(' '),
    reasons.map(oneLine).join('; '),
  ]
    .filter((part) => part !== '')
    .join('  ');
