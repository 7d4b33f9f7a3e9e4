/** Reads what a server answers to PROPFIND (RFC 4918, section 13). */
import { parseXML } from 'webdav';

export interface Entry {
  /** Decoded path without a slash at its end. */
  path: string;
  folder: boolean;
  /** Bytes; null where the server does not say. */
  size: number | null;
  modifiedMs: number;
  checksum: { algorithm: 'sha256' | 'md5'; hex: string } | undefined;
  /** Of `quota-available-bytes` and `quota-used-bytes` (RFC 4331); null where unknown or unlimited. */
  freeBytes: number | null;
  usedBytes: number | null;
}

/** Asks for no more than is used; `checksums` are of ownCloud's kin. */
export const PROPFIND_BODY = Buffer.from(
  '<?xml version="1.0" encoding="utf-8"?>' +
    '<d:propfind xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns"><d:prop><d:resourcetype/><d:getcontentlength/>' +
    '<d:getlastmodified/><oc:checksums/></d:prop></d:propfind>',
);

export const QUOTA_BODY = Buffer.from(
  '<?xml version="1.0" encoding="utf-8"?>' +
    '<d:propfind xmlns:d="DAV:"><d:prop><d:resourcetype/><d:quota-available-bytes/><d:quota-used-bytes/></d:prop>' +
    '</d:propfind>',
);

/** Names in which nothing is read as a number or a date by the parser. */
const CONTEXT = {
  attributeNamePrefix: '@',
  attributeParsers: [],
  tagParsers: [(_path: string, value: unknown) => (typeof value === 'string' ? undefined : value)],
  entityDecoder: { limit: { maxTotalExpansions: 10_000_000, maxExpandedLength: 100_000_000 } },
};

/** All entries of an answer. @throws Error where it is cut, is no multistatus, or tells of a failure inside */
export async function parseMultistatus(text: string): Promise<Entry[]> {
  if (!/<\/(?:[\w.-]+:)?multistatus\s*>\s*$/.test(text)) throw new Error('no whole multistatus');
  const { multistatus } = await parseXML(text, CONTEXT as Parameters<typeof parseXML>[1]);
  return multistatus.response.map((response) => {
    const props: Record<string, unknown> = response.propstat?.prop ?? {};
    const status = statusOf(response.propstat?.status ?? response.status);
    if (status !== 200) throw new Error(`${response.href}: status ${status}`);
    return {
      path: pathOf(String(response.href)),
      folder: isFolder(props['resourcetype']),
      size: bytesOf(props['getcontentlength']),
      modifiedMs: Date.parse(String(props['getlastmodified'])) || 0,
      checksum: checksumOf(props['checksums']),
      freeBytes: bytesOf(props['quota-available-bytes']),
      usedBytes: bytesOf(props['quota-used-bytes']),
    };
  });
}

/** The decoded path of an address or of an absolute path, without a slash at its end. */
export function pathOf(href: string): string {
  const { pathname } = new URL(href.trim(), 'http://any');
  return decodeURIComponent(pathname).replace(/\/+$/, '');
}

function statusOf(line: unknown): number {
  return Number(/^HTTP\/\d(?:\.\d)? (\d{3})/.exec(String(line))?.[1] ?? 0);
}

function isFolder(type: unknown): boolean {
  return typeof type === 'object' && type !== null && 'collection' in type;
}

/** Negative numbers stand for unknown and unlimited. */
function bytesOf(value: unknown): number | null {
  const bytes = typeof value === 'number' ? value : /^\d+$/.test(String(value)) ? Number(value) : null;
  return bytes !== null && Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : null;
}

/** `<oc:checksum>SHA1:… MD5:… ADLER32:…</oc:checksum>` */
function checksumOf(value: unknown): Entry['checksum'] {
  const text = JSON.stringify(value ?? '');
  const sha256 = /SHA-?256:([0-9a-f]{64})\b/i.exec(text)?.[1];
  if (sha256 !== undefined) return { algorithm: 'sha256', hex: sha256.toLowerCase() };
  const md5 = /MD5:([0-9a-f]{32})\b/i.exec(text)?.[1];
  return md5 === undefined ? undefined : { algorithm: 'md5', hex: md5.toLowerCase() };
}
