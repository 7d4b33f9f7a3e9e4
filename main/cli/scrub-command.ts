/** `holdfast scrub`: what the storage itself says of its objects, without a download. */
import { scrub } from '../engine/scrub.ts';
import type { Run } from './commands.ts';
import { destinationOf, type DestinationOptions } from './destination-of.ts';
import { bytesText, countText, Exit, oneLine } from './output.ts';

export async function scrubCommand(options: DestinationOptions, run: Run): Promise<number> {
  const output = await scrub(
    { destination: await destinationOf(options) },
    { control: run.control, emit: run.output.emit },
  );
  for (const { object, message } of output.damaged) run.output.warn(`${object}: ${message}`);
  for (const stray of output.strays) run.output.warn(`${oneLine(stray)}: not a file of this backup; ignored.`);
  const facts = `${countText(output.objects)} objects, ${bytesText(output.bytes)}`;
  const unproven =
    output.unproven === 0 ? '' : ` Of the others this storage tells no checksum: verify --level 3 reads them.`;
  run.output.result(
    output,
    output.damaged.length === 0
      ? `No damage is known (${facts}): ${countText(output.proven)} objects are proven without a download.${unproven}`
      : `Damage was found (${facts}). Nothing was changed. What is damaged is listed above.${unproven}`,
  );
  return output.damaged.length === 0 ? Exit.done : Exit.failed;
}
