/** `holdfast diff`: what differs between two snapshots, or between a snapshot and the disk. */
import type { Difference, DiffOutput, EngineEvent, Tally } from '../engine/api.ts';
import { diff } from '../engine/diff.ts';
import { entryPathOf } from '../engine/entry-path.ts';
import { HoldfastError } from '../errors.ts';
import { readAccess } from './access.ts';
import type { Run } from './commands.ts';
import { destinationOf } from './destination-of.ts';
import type { AccessOptions } from './key-options.ts';
import { bytesText, countText, Exit, oneLine } from './output.ts';

export interface DiffOptions extends AccessOptions {
  path?: string | undefined;
  content?: boolean | undefined;
}

const MARKS: Record<Difference['change'], string> = {
  added: '+',
  removed: '-',
  content: 'M',
  metadata: 'm',
  kind: 'T',
};

export async function diffCommand(
  from: string,
  to: string | undefined,
  options: DiffOptions,
  run: Run,
): Promise<number> {
  if (to !== undefined && options.content === true) {
    throw new HoldfastError(
      'bad-input',
      'Two snapshots are always compared by their contents.',
      'Leave --content away, or name one snapshot to compare it with the disk. Nothing was changed.',
    );
  }
  const emit = (event: EngineEvent): void => {
    if (event.type === 'differences') for (const item of event.items) run.output.print(line(item));
    run.output.emit(event);
  };
  const output = await diff(
    {
      destination: await destinationOf(options),
      access: await readAccess(options, (text) => run.output.warn(text)),
      from,
      to: to === undefined ? { kind: 'disk', content: options.content === true } : { kind: 'snapshot', snapshotId: to },
      path: options.path === undefined ? undefined : entryPathOf(options.path),
    },
    { control: run.control, emit },
  );
  run.output.result(output, summary(output));
  return output.unread.length === 0 ? Exit.done : Exit.incomplete;
}

function line({ change, path, fields, kind }: Difference): string {
  const about = change === 'metadata' ? ` (${fields.join(', ')})` : '';
  return `${MARKS[change]} ${oneLine(path)}${kind === 'folder' ? '/' : ''}${about}`;
}

function summary({ added, removed, changed, metadata, kinds, contentsBy, unread }: DiffOutput): string {
  const growth = changed.bytesAfter - changed.bytesBefore;
  const lines = [
    `Added ${tally(added)}. Removed ${tally(removed)}.`,
    `Changed ${countText(changed.files)} files (${growth < 0 ? '-' : '+'}${bytesText(Math.abs(growth))}); ` +
      `${countText(metadata + changed.others)} others differ in what is recorded of them, ${countText(kinds)} in kind.`,
  ];
  if (contentsBy === 'times') lines.push('Contents were compared by size and time.');
  if (unread.length > 0) lines.push(`${countText(unread.length)} could not be looked at; see above.`);
  return lines.join('\n');
}

const tally = ({ files, folders, others, bytes }: Tally): string =>
  `${countText(files)} files (${bytesText(bytes)}), ${countText(folders)} folders, ${countText(others)} others`;
