/** Removes what interrupted uploads left on the server. */
import { STALE_MS } from '../bounds.ts';
import { TEMPORARY } from '../layout.ts';
import { isAbsent, isFailure } from './errors.ts';
import type { Entry, Files } from './files.ts';
import type { Root } from './root.ts';

/** Removes the temporary files of `owner`, and those of the whole repository that are older than a day. */
export async function clearTemporary(
  files: Files,
  root: Root,
  owner: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const before = Date.now() - STALE_MS;
  await clear(files, root, [TEMPORARY, owner], signal, () => true);
  await clear(files, root, [TEMPORARY, 'shared'], signal, ({ modifiedMs }) => modifiedMs < before);
}

async function clear(
  files: Files,
  root: Root,
  segments: string[],
  signal: AbortSignal | undefined,
  isRest: (entry: Entry) => boolean,
): Promise<void> {
  let entries: Entry[];
  try {
    entries = await files.entries(root.at(segments), signal);
  } catch (error) {
    if (!isAbsent(error)) throw error;
    return await root.check(files, signal);
  }
  for (const entry of entries.filter(isRest)) {
    const file = root.at([...segments, entry.name]);
    try {
      if (entry.kind === 'folder') await files.removeFolder(file, signal);
      else await files.remove(file, signal);
    } catch (error) {
      // Gone already, or a folder with something in it, which is nothing of ours.
      if (!isAbsent(error) && !(entry.kind === 'folder' && isFailure(error))) throw error;
    }
  }
}
