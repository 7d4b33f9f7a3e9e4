/** `holdfast find`: search by name over all snapshots. */
import type { EntryKind, FoundEntry } from '../engine/api.ts';
import { find } from '../engine/find.ts';
import { readAccess, stateFolder } from './access.ts';
import { momentOf, mtimeText, sizeOf, wholeNumberOf } from './amounts.ts';
import type { Run } from './commands.ts';
import { destinationOf } from './destination-of.ts';
import type { AccessOptions } from './key-options.ts';
import { bytesText, countText, Exit, oneLine } from './output.ts';

export interface FindOptions extends AccessOptions {
  kind?: EntryKind | undefined;
  larger?: string | undefined;
  smaller?: string | undefined;
  newer?: string | undefined;
  older?: string | undefined;
  snapshot?: string | undefined;
  computer?: string | undefined;
  offset?: string | undefined;
  limit?: string | undefined;
}

/** Bytes, moments and counts of options that were given. */
const given = (text: string | undefined, read: (text: string) => number): number | undefined =>
  text === undefined ? undefined : read(text);

export async function findCommand(query: string, options: FindOptions, run: Run): Promise<number> {
  const output = await find(
    {
      destination: await destinationOf(options),
      access: await readAccess(options, (text) => run.output.warn(text)),
      stateFolder: stateFolder(),
      query,
      kinds: options.kind === undefined ? undefined : [options.kind],
      minBytes: given(options.larger, sizeOf),
      maxBytes: given(options.smaller, sizeOf),
      changedAfterMs: given(options.newer, momentOf),
      changedBeforeMs: given(options.older, momentOf),
      snapshotId: options.snapshot,
      clientId: options.computer,
      offset: given(options.offset, wholeNumberOf),
      limit: given(options.limit, wholeNumberOf),
    },
    { control: run.control, emit: run.output.emit },
  );
  for (const id of output.incomplete) {
    run.output.warn(
      `Snapshot ${id.slice(0, 12)}: some of its folders could not be read; what is in them is not found.`,
    );
  }
  const computers = new Set(output.entries.map(({ clientId }) => clientId)).size;
  const lines = output.entries.map((entry) => line(entry, computers > 1));
  const searched = `${countText(output.paths)} paths in ${countText(output.snapshots)} snapshots`;
  const rest = output.total - output.entries.length;
  lines.push(
    output.total === 0
      ? `Nothing found in ${searched}.`
      : `${countText(output.total)} found in ${searched}.${rest === 0 ? '' : ` ${countText(rest)} are not shown: see --limit and --offset.`}`,
  );
  run.output.result(output, lines.join('\n'));
  return Exit.done;
}

function line(entry: FoundEntry, withComputer: boolean): string {
  const size = entry.kind === 'file' ? bytesText(entry.size) : entry.kind;
  const where = `${countText(entry.snapshots)} ${entry.snapshots === 1 ? 'snapshot' : 'snapshots'}`;
  return [
    mtimeText(entry.mtimeNs),
    size.padStart(8),
    `${where}, newest ${entry.newestSnapshotId.slice(0, 12)}`.padEnd(34),
    ...(withComputer ? [oneLine(entry.computerName).padEnd(16)] : []),
    oneLine(entry.path),
  ].join('  ');
}
