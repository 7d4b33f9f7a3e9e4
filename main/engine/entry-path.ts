/** Paths inside a snapshot, for callers of the verbs. */
import { fromPath } from './format/byte-path.ts';
import { entryPath, namesOfPath } from './repository/entry-path.ts';

/** `/home/anna/notes.txt`, with or without the first slash, as the verbs take it. */
export function entryPathOf(path: string): string {
  const portable = process.platform === 'win32' ? path.replaceAll('\\', '/') : path;
  return entryPath(namesOfPath(fromPath(portable)));
}
