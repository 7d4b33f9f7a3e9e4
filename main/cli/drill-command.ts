/** `holdfast drill`: restores some files to a private folder, compares them, and removes them again. */
import { drill } from '../engine/drill.ts';
import { readAccess, stateFolder } from './access.ts';
import { sizeOf } from './amounts.ts';
import type { Run } from './commands.ts';
import { destinationOf } from './destination-of.ts';
import type { AccessOptions } from './key-options.ts';
import { bytesText, countText, Exit, oneLine } from './output.ts';
import { HoldfastError } from '../errors.ts';

export interface DrillOptions extends AccessOptions {
  files: string;
  bytes: string;
  snapshot?: string | undefined;
  seed?: string | undefined;
}

export async function drillCommand(options: DrillOptions, { output: out, control }: Run): Promise<number> {
  if (!/^[1-9]\d{0,5}$/.test(options.files)) {
    throw new HoldfastError(
      'bad-input',
      `${options.files} is no number of files.`,
      'Write it as 20. Nothing was done.',
    );
  }
  const output = await drill(
    {
      destination: await destinationOf(options),
      access: await readAccess(options, (text) => out.warn(text)),
      stateFolder: stateFolder(),
      snapshotId: options.snapshot,
      files: Number(options.files),
      bytes: sizeOf(options.bytes),
      seed: options.seed,
    },
    { control, emit: out.emit },
  );
  for (const { path, message } of output.failed) out.warn(`${oneLine(path)}: ${message}`);
  for (const path of output.changedSources) {
    out.warn(
      `${oneLine(path)}: the file here has other bytes than were backed up, and the same size and times. The backup has what was read then; check the disk that the file is on.`,
    );
  }
  const facts = `${countText(output.files)} files, ${bytesText(output.bytes)}, of snapshot ${output.snapshotId.slice(0, 8)}`;
  const compared = `${countText(output.comparedWithSource)} of them were compared with the files here too.`;
  out.result(
    output,
    output.failed.length === 0
      ? `Restored and proven: ${facts}. ${compared}`
      : `${countText(output.failed.length)} of ${facts}, did not come back right; see above. Nothing stored was changed. holdfast verify --level 3 says what is damaged.`,
  );
  return output.failed.length === 0 ? Exit.done : Exit.failed;
}
