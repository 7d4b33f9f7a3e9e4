/** Where looking into a snapshot begins: not at the disk's top, which holds one folder in one folder. */
import type { SnapshotInfo } from '../../../preload/contract.ts';

/** A name as an entry's id has it: its bytes as base64url. */
function idOf(name: string): string {
  const bytes = String.fromCharCode(...new TextEncoder().encode(name));
  return btoa(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Entry id of the folder that everything backed up lies in; null for the top. */
export function startFolder({ sources }: Pick<SnapshotInfo, 'sources'>): string | null {
  const [first, ...others] = sources.map((source) =>
    source
      .split(/[/\\]/)
      .filter((name) => name !== '')
      .slice(0, -1),
  );
  if (first === undefined) return null;
  let common = first.length;
  for (const names of others) {
    const apart = first.findIndex((name, at) => name !== names[at]);
    if (apart >= 0) common = Math.min(common, apart);
  }
  const shared = first.slice(0, common);
  return shared.length === 0 ? null : shared.map(idOf).join('/');
}
