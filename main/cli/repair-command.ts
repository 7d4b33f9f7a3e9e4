/** `holdfast repair`: makes this computer's backup right as far as it can be, and says what is lost. */
import type { RepairOutput } from '../engine/api.ts';
import { repair } from '../engine/repair.ts';
import { rootKeyOf, stateFolder, writeAccess } from './access.ts';
import type { Run } from './commands.ts';
import { affectedText, damageText, plural } from './damage-text.ts';
import { destinationOf } from './destination-of.ts';
import { hasKey, type AccessOptions } from './key-options.ts';
import { bytesText, Exit, oneLine } from './output.ts';

export interface RepairOptions extends AccessOptions {
  level: string;
  dryRun?: boolean | undefined;
}

export async function repairCommand(options: RepairOptions, run: Run): Promise<number> {
  const warn = (text: string): void => run.output.warn(text);
  const output = await repair(
    {
      destination: await destinationOf(options),
      access: await writeAccess(options, warn),
      rootKey: hasKey(options) ? await rootKeyOf(options, warn) : undefined,
      stateFolder: stateFolder(),
      level: options.level === '1' ? 1 : 3,
      dryRun: options.dryRun === true,
    },
    { control: run.control, emit: run.output.emit },
  );
  for (const damage of [...output.lost, ...output.left]) warn(damageText(damage));
  for (const snapshot of output.snapshots) {
    warn(`Not whole: ${affectedText(snapshot)}${snapshot.paths.map((path) => `\n  ${oneLine(path)}`).join('')}`);
  }
  run.output.result(output, repairText(output));
  return output.snapshots.length === 0 && output.left.length === 0 ? Exit.done : Exit.incomplete;
}

function repairText({ dryRun, healed, indexed, lost, snapshots, bytesRead }: RepairOutput): string {
  const lines: string[] = [];
  const say = (n: number, what: string): void => {
    if (n > 0) lines.push(`${dryRun ? 'Would' : 'Did'} ${what}.`);
  };
  say(healed.length, `write ${plural(healed.length, 'copy', 'copies')} of repo.json or a keyring again`);
  say(indexed.length, `name ${plural(indexed.length, 'pack', 'packs')} in the index anew`);
  say(lost.length, `note ${plural(lost.length, 'object', 'objects')} as lost: nothing relies on them any more`);
  if (lines.length === 0) lines.push('There was nothing to repair.');
  lines.push(
    snapshots.length === 0
      ? 'Every snapshot can be restored whole, as far as was looked.'
      : `${plural(snapshots.length, 'snapshot is', 'snapshots are')} not whole: what is lost is listed above, all else can be restored. Where another place has this backup, holdfast heal brings what is whole there; and the next backup stores anew what your folders still hold.`,
  );
  if (bytesRead > 0) lines.push(`${bytesText(bytesRead)} read.`);
  if (dryRun) lines.push('Nothing was changed.');
  return lines.join('\n');
}
