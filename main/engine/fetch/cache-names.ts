/** Names of cached packs on this computer's disk. Nothing but sealed bytes ever lies there. */

/** File of a whole pack: the SHA-256 of its bytes, the last segment of its logical name. */
export const cachedName = (pack: string): string => pack.slice(pack.lastIndexOf('/') + 1);

/** File of one part of a pack; `index` from 0. */
export const partName = (pack: string, index: number): string => `${cachedName(pack)}.${index}.part`;

/** Folder of one fetcher: the process that it belongs to stands in front, so that a dead one's can be told. */
export const partsFolderName = (pid: number, random: string): string => `${pid}-${random}`;

/** The process id in such a name; null for any other. */
export function pidOf(folder: string): number | null {
  const match = /^(\d{1,10})-[0-9a-f]{16}$/.exec(folder);
  return match?.[1] === undefined ? null : Number(match[1]);
}
