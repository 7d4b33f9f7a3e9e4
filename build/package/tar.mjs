/** The archive for systems without deb or rpm: the same folder, with no name, number or time of who packed it. */
import path from 'node:path';
import { Stop, run } from '../tools.mjs';

/**
 * @param {{ folder: string, name: string, file: string, time: number }} what `name`: of the folder inside; `time`: in
 *   seconds since 1970, of every entry
 */
export async function makeTar({ folder, name, file, time }) {
  const options = [
    '--sort=name',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    `--mtime=@${time}`,
    '--mode=u=rwX,go=rX',
  ];
  const rename = `--transform=s,^[.],${name},`;
  // gzip -n: no name and no time in its header.
  const { code, output } = await run(
    'tar',
    [...options, rename, '-I', 'gzip -9n', '-cf', path.resolve(file), '-C', folder, '.'],
    { quiet: true },
  );
  if (code !== 0) throw new Stop(`${path.basename(file)} could not be made: ${output.trim()}`);
}
