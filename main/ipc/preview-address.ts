/** Addresses of what is shown of a file in a backup: each preview is a host of its own, whose name nobody can guess. */

export const PREVIEW_SCHEME = 'preview';

/** Parts of a preview: its page, the page's style, and the contents that the page shows. */
export type PreviewPart = 'view' | 'style' | 'raw';

export interface PreviewAddress {
  /** 32 hexadecimal digits. */
  id: string;
  part: PreviewPart;
  /** Number of an attachment; null for the file itself. */
  ref: number | null;
}

/** Null for what is no address of a preview. */
export function parsePreviewAddress(address: string): PreviewAddress | null {
  const found = /^preview:\/\/([0-9a-f]{32})\/(view|style|raw)(?:\/(\d{1,6}))?$/.exec(address);
  if (found === null) return null;
  const [, id = '', part, ref] = found;
  return { id, part: part as PreviewPart, ref: ref === undefined ? null : Number(ref) };
}
