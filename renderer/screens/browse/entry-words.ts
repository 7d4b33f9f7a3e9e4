/** What an entry is, in words and as an icon. */
import { plural, t } from '@lingui/core/macro';
import {
  BookText,
  File,
  FileArchive,
  FileCode,
  FileQuestionMark,
  FileSpreadsheet,
  FileSymlink,
  FileText,
  FileType,
  Database,
  Film,
  Folder,
  Image,
  Music,
  Presentation,
  type LucideIcon,
} from 'lucide-react';
import type { Entry } from '../../../preload/contract.ts';
import { formatBytes } from '../../components/format.ts';
import { FileMail, FilePdf } from './kind-icons.ts';

const BY_ENDING: readonly [LucideIcon, string, string][] = [
  [Image, t`Picture`, 'png jpg jpeg gif webp avif heic heif tif tiff bmp svg raw nef cr2 arw dng psd ico'],
  [Film, t`Video`, 'mp4 mov mkv avi webm m4v mpg mpeg'],
  [Music, t`Sound`, 'mp3 wav flac ogg m4a aac opus aiff'],
  [FileText, t`Text`, 'txt md doc docx odt rtf tex pages log'],
  [FilePdf, t`PDF`, 'pdf'],
  [BookText, t`Book`, 'epub mobi azw3 fb2 djvu'],
  [Presentation, t`Presentation`, 'ppt pptx odp key'],
  [FileMail, t`Mail`, 'eml emlx mbox msg'],
  [FileSpreadsheet, t`Table`, 'xls xlsx ods csv tsv numbers'],
  [FileArchive, t`Archive`, 'zip gz tgz xz bz2 zst 7z rar tar iso deb rpm dmg'],
  [Database, t`Database`, 'sqlite sqlite3 db mdb fp7 fmp12'],
  [FileCode, t`Code`, 'js ts tsx jsx py rs go c h cpp java kt rb sh html css json xml yaml yml toml sql'],
  [FileType, t`Font`, 'ttf otf woff woff2'],
];

/** Endings of names by the word for their kind. */
export const ENDINGS_OF: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  BY_ENDING.map(([, word, endings]) => [word, endings.split(' ')]),
);

const ENDINGS = new Map(
  BY_ENDING.flatMap(([icon, word, endings]) => endings.split(' ').map((ending) => [ending, { icon, word }] as const)),
);

function byEnding(name: string): { icon: LucideIcon; word: string } | undefined {
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? undefined : ENDINGS.get(name.slice(dot + 1).toLowerCase());
}

/** What of an entry tells how it is shown. */
export type Shown = Pick<Entry, 'kind' | 'name'>;

export function entryIcon(entry: Shown): LucideIcon {
  switch (entry.kind) {
    case 'folder':
      return Folder;
    case 'symlink':
      return FileSymlink;
    case 'other':
      return FileQuestionMark;
    case 'file':
      return byEnding(entry.name)?.icon ?? File;
  }
}

/** "Folder", "Picture", "File", "Link", "Device or socket". */
export function kindWord(entry: Shown): string {
  switch (entry.kind) {
    case 'folder':
      return t`Folder`;
    case 'symlink':
      return t`Link`;
    case 'other':
      return t`Pipe, socket or device`;
    case 'file':
      return byEnding(entry.name)?.word ?? t`File`;
  }
}

/** Size of a file, number of items of a folder, nothing where neither is known. */
export function sizeWords(entry: Entry): string {
  if (entry.kind === 'folder')
    return entry.items === null ? '' : plural(entry.items, { one: '# item', other: '# items' });
  return entry.size === null || entry.kind !== 'file' ? '' : formatBytes(entry.size);
}

/** Sizes of files together; null where one is not known (a folder's contents are counted when the restore is planned). */
export function sumOfSizes(entries: readonly (Entry | undefined)[]): number | null {
  let sum = 0;
  for (const entry of entries) {
    if (entry === undefined || entry.kind === 'folder') return null;
    if (entry.kind !== 'file') continue;
    if (entry.size === null) return null;
    sum += entry.size;
  }
  return sum;
}
