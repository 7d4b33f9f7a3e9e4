/** What the recovery kit says, apart from what draws it: that is large, and loaded only for a kit. */
import { list, phrase, plural, text, type Text } from '../text.ts';
import type { RootKey } from './secret.ts';

/** Named of the places. */
const NAMED = 3;

export interface KitContent {
  key: RootKey;
  /** 16 bytes. */
  repoId: Uint8Array;
  /** The computer that the backup is of, e.g. "Maren’s MacBook". */
  computerName: string;
  /** Where it is kept, in the words of the app: "Folder /media/disk/Backups", "Google Drive". */
  destinations: string[];
  /** Printed as a date, and the PDF's own date. */
  made: Date;
}

/**
 * Whether the kit's own fonts have these letters and need no shaping: of the Latin, Greek and Cyrillic scripts. Anything
 * else is for an engine that knows every script.
 */
export function canDraw(texts: readonly string[]): boolean {
  const other = /[^\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Common}\p{Script=Inherited}]/u;
  return !texts.some((one) => other.test(one));
}

/** "Google Drive, Loft NAS, Disk and 2 more". */
export function kept(names: readonly string[]): string | Text {
  if (names.length === 0) return phrase('not chosen yet');
  const more = names.length - NAMED;
  const rest = more > 0 ? [text`${plural(more, { one: '# more', other: '# more' })}`] : [];
  return text`${list([...names.slice(0, NAMED), ...rest])}`;
}
