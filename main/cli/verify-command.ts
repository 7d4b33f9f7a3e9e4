/** `holdfast verify`: checks the backup, and changes nothing. */
import type { VerifyInput } from '../engine/api.ts';
import { verify } from '../engine/verify.ts';
import { readAccess, stateFolder } from './access.ts';
import { sizeOf } from './amounts.ts';
import type { Run } from './commands.ts';
import { damageText } from './damage-text.ts';
import { destinationOf } from './destination-of.ts';
import type { AccessOptions } from './key-options.ts';
import { bytesText, countText, Exit, oneLine } from './output.ts';

export interface VerifyOptions extends AccessOptions {
  level: string;
  budget?: string | undefined;
}

export async function verifyCommand(options: VerifyOptions, { output: out, control }: Run): Promise<number> {
  const level = options.budget === undefined ? Number(options.level) : Math.max(2, Number(options.level));
  const output = await verify(
    {
      destination: await destinationOf(options),
      access: await readAccess(options, (text) => out.warn(text)),
      level: level as VerifyInput['level'],
      stateFolder: stateFolder(),
      budget: options.budget === undefined ? undefined : sizeOf(options.budget),
    },
    { control, emit: out.emit },
  );
  for (const damage of output.damage) out.warn(damageText(damage));
  for (const damage of output.known ?? []) out.warn(`Told by an earlier repair: ${damageText(damage)}`);
  for (const stray of output.strays) out.warn(`${oneLine(stray)}: not a file of this backup; ignored.`);
  const read = output.bytesRead > 0 ? `, ${bytesText(output.bytesRead)} read` : '';
  const facts = `${countText(output.snapshots)} snapshots, ${countText(output.objects)} objects${read}`;
  const proven = output.contentsProven ? ' Every byte was decrypted and proven.' : '';
  const well =
    output.known === undefined
      ? `All is well: ${facts}.${proven}`
      : `No damage that is new: ${facts}. What an earlier repair has told is listed above.`;
  const advice =
    'Where another place has this backup, holdfast heal brings what is whole there. Else holdfast repair notes what is lost; back up again then, and what your folders still hold is stored anew.';
  out.result(
    output,
    output.damage.length === 0
      ? well
      : `Damage was found (${facts}). Nothing was changed. What is affected is listed above.\n${advice}`,
  );
  return output.damage.length === 0 ? Exit.done : Exit.failed;
}
