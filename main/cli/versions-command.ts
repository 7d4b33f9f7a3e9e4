/** `holdfast versions`: every version of one path. */
import type { EntryVersion } from '../engine/api.ts';
import { entryPathOf } from '../engine/entry-path.ts';
import { versions } from '../engine/versions.ts';
import { readAccess } from './access.ts';
import { momentText, mtimeText } from './amounts.ts';
import type { Run } from './commands.ts';
import { destinationOf } from './destination-of.ts';
import type { AccessOptions } from './key-options.ts';
import { bytesText, countText, Exit, oneLine } from './output.ts';

export async function versionsCommand(
  path: string,
  options: AccessOptions & { computer?: string | undefined },
  run: Run,
): Promise<number> {
  const output = await versions(
    {
      destination: await destinationOf(options),
      access: await readAccess(options, (text) => run.output.warn(text)),
      path: entryPathOf(path),
      clientId: options.computer,
    },
    { control: run.control, emit: run.output.emit },
  );
  for (const id of output.unread) {
    run.output.warn(
      `Snapshot ${id.slice(0, 12)}: the way to this path could not be read; verify says what is damaged.`,
    );
  }
  run.output.result(output, output.versions.map(line).join('\n'));
  return Exit.done;
}

function line(version: EntryVersion): string {
  const { snapshotIds, firstMs, lastMs, changed } = version;
  const [oldest] = snapshotIds;
  const newest = snapshotIds.at(-1);
  const span =
    snapshotIds.length === 1
      ? `snapshot ${oldest?.slice(0, 12) ?? ''} of ${momentText(firstMs)}`
      : `${countText(snapshotIds.length)} snapshots, ${momentText(firstMs)} to ${momentText(lastMs)}, newest ${newest?.slice(0, 12) ?? ''}`;
  const link = version.linkTarget === null ? '' : ` -> ${oneLine(version.linkTarget)}`;
  return [
    mtimeText(version.mtimeNs),
    (version.kind === 'file' ? bytesText(version.size) : version.kind + link).padStart(8),
    (version.mode & 0o7777).toString(8).padStart(4, '0'),
    span,
    changed.length === 0 ? '' : `changed: ${changed.join(', ')}`,
    oneLine(version.computerName),
  ]
    .filter((part) => part !== '')
    .join('  ');
}
