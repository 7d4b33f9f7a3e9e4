/** `holdfast repair`: makes this computer's backup right as far as it can be, and says what is lost. */
import type { RepairOutput } from '../engine/api.ts';
import { nothingYet, repair } from '../engine/repair.ts';
import { repairRepoFileAt, type RepoFileRepair } from '../engine/repair-repo-file.ts';
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
  const destination = await destinationOf(options);
  const rootKey = hasKey(options) ? await rootKeyOf(options, warn) : undefined;
  const dryRun = options.dryRun === true;
  const level = options.level === '1' ? 1 : 3;
  const context = { control: run.control, emit: run.output.emit };
  const place = { destination, rootKey, stateFolder: stateFolder(), dryRun };
  // Who this computer is here cannot be looked up without it.
  const top = await repairRepoFileAt(place, context);
  if (top.how !== null) warn(topText(top.how, dryRun));
  if (dryRun && top.how !== null) {
    const output = { ...nothingYet({ dryRun, level }), healed: top.healed, contentsProven: false };
    run.output.result(output, 'What else is wrong can be told when repo.json is there. Nothing was changed.');
    return Exit.incomplete;
  }
  const rest = await repair({ ...place, access: await writeAccess(options, warn), level }, context);
  const output = { ...rest, healed: [...top.healed, ...rest.healed] };
  for (const damage of [...output.lost, ...output.left]) warn(damageText(damage));
  for (const snapshot of output.snapshots) {
    warn(`Not whole: ${affectedText(snapshot)}${snapshot.paths.map((path) => `\n  ${oneLine(path)}`).join('')}`);
  }
  run.output.result(output, repairText(output));
  return output.snapshots.length === 0 && output.left.length === 0 ? Exit.done : Exit.incomplete;
}

/** What it means that repo.json was gone, for who has to judge whether somebody took it away. */
function topText(how: NonNullable<RepoFileRepair['how']>, dryRun: boolean): string {
  const gone = 'All three copies of repo.json were gone or damaged.';
  const would = dryRun ? 'would be' : 'were';
  if (how === 'kept') {
    return `${gone} They ${would} written as this computer saw them last: what another computer has changed since is not in them.`;
  }
  return (
    `${gone} They ${would} made anew from the key, with new keys for what is written from now on: unlock every computer of this backup once. ` +
    'What only repo.json said is gone: the vault that keeps the key (set it up again with holdfast vault password), and computers that were retired, unless the note in their own folder is left (look with holdfast computer list, and retire them again). ' +
    'Where another place has this backup, its repo.json says more: copy it from there instead (holdfast copy).'
  );
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
