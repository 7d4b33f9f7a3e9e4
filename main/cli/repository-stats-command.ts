/** `holdfast stats`: what a repository holds and what that takes. */
import type { ComputerStats, StatsOutput } from '../engine/api.ts';
import { stats } from '../engine/stats.ts';
import { HoldfastError } from '../errors.ts';
import { readAccess } from './access.ts';
import { momentText } from './amounts.ts';
import type { Run } from './commands.ts';
import { destinationOf } from './destination-of.ts';
import type { AccessOptions } from './key-options.ts';
import { bytesText, countText, Exit, oneLine } from './output.ts';

/** Snapshots whose growth is shown; JSON has them all. */
const SHOWN = 10;

export async function repositoryStatsCommand(
  { repo, ...rest }: Omit<AccessOptions, 'repo'> & { repo?: string | undefined },
  run: Run,
): Promise<number> {
  if (repo === undefined) {
    throw new HoldfastError(
      'bad-input',
      'Which backup is meant?',
      'Name it with --repo DEST, or ask for --requests of past runs. Nothing was changed.',
    );
  }
  const options: AccessOptions = { ...rest, repo };
  const output = await stats(
    {
      destination: await destinationOf(options),
      access: await readAccess(options, (text) => run.output.warn(text)),
    },
    { control: run.control, emit: run.output.emit },
  );
  run.output.result(output, words(output));
  return Exit.done;
}

function words({ computers, objects, storedBytes }: StatsOutput): string {
  const all = `${countText(objects)} objects, ${bytesText(storedBytes)} in all.`;
  return [...computers.map(computerWords), all].join('\n\n');
}

function computerWords(computer: ComputerStats): string {
  const { stored, growth } = computer;
  const lines = [
    `${oneLine(computer.computerName)} (${computer.clientId})`,
    `  Newest snapshot   ${countText(computer.files)} files, ${bytesText(computer.bytes)}`,
    `  All snapshots     ${countText(computer.snapshots)}, ${bytesText(computer.logicalBytes)} if each were a copy`,
    `  Distinct          ${bytesText(computer.uniqueBytes)} in ${countText(computer.chunks)} pieces${ratio(computer.deduplication)}`,
    `  Compressed        ${bytesText(computer.packedBytes)}${ratio(computer.compression)}`,
    `  Stored            ${bytesText(stored.data)} contents, ${bytesText(stored.metadata)} folders and names, ` +
      `${bytesText(stored.index)} index, ${bytesText(stored.snapshots)} snapshots; ` +
      `${bytesText(computer.paddingBytes)} of it hides sizes`,
  ];
  if (computer.twiceBytes > 0) lines.push(`  Stored twice      ${bytesText(computer.twiceBytes)}`);
  const newest = growth.slice(-SHOWN);
  if (newest.length > 0) lines.push('  Growth');
  for (const snapshot of newest) {
    lines.push(
      `    ${momentText(snapshot.endedMs)}  ${snapshot.snapshotId.slice(0, 12)}  ` +
        `${bytesText(snapshot.newBytes).padStart(8)} new, ${bytesText(snapshot.storedBytes).padStart(8)} stored` +
        (snapshot.partial ? ', not finished' : ''),
    );
  }
  return lines.join('\n');
}

const ratio = (value: number | null): string => (value === null ? '' : `, ${value.toFixed(2)} to 1`);
