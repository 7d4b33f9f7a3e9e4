/** PROPFIND of WebDAV (RFC 4918, section 9.1): what is asked for, and the answer. */
import { display } from '../format/byte-path.ts';
import type { Item } from './items.ts';

/** What a request asks for: everything, the names of everything, or these (`{namespace}name`). */
export type Asked = 'all' | 'names' | string[];

/** Bodies are a list of a few names; anything longer is no honest one. */
export const MAX_BODY_BYTES = 65_536;
const MAX_PROPERTIES = 200;

/** Property names and their texts, as far as an item has them. `resourcetype` holds an element. */
function propertiesOf(item: Item): Map<string, string> {
  const modified = new Date(clampMs(item.modifiedMs));
  const properties = new Map([
    ['displayname', escapeXml(display(item.name))],
    ['resourcetype', item.kind === 'folder' ? '<D:collection/>' : ''],
    ['getlastmodified', modified.toUTCString()],
    ['creationdate', modified.toISOString()],
    ['supportedlock', ''],
  ]);
  if (item.kind === 'file') {
    properties.set('getcontentlength', String(item.size));
    properties.set('getetag', escapeXml(item.etag));
  }
  return properties;
}

/** Times that dates of HTTP can tell: years 1 to 9999. */
export const clampMs = (ms: number): number => Math.min(Math.max(ms, -62_135_596_800_000), 253_402_300_799_000);

export const MULTISTATUS_BEGIN = '<?xml version="1.0" encoding="utf-8"?>\n<D:multistatus xmlns:D="DAV:">\n';
export const MULTISTATUS_END = '</D:multistatus>\n';

/** @param href percent-encoded; of a folder it ends with `/` */
export function responseXml(href: string, item: Item, asked: Asked): string {
  const has = propertiesOf(item);
  const head = `<D:response><D:href>${href}</D:href>`;
  if (asked === 'names') return `${head}${propstat([...has.keys()].map((name) => `<D:${name}/>`))}</D:response>\n`;
  const wanted = asked === 'all' ? [...has.keys()].map((name) => `{DAV:}${name}`) : asked;
  const found: string[] = [];
  const missing: string[] = [];
  for (const name of wanted) {
    const own = name.startsWith('{DAV:}') ? name.slice('{DAV:}'.length) : null;
    const text = own === null ? undefined : has.get(own);
    if (text !== undefined) found.push(text === '' ? `<D:${own}/>` : `<D:${own}>${text}</D:${own}>`);
    else missing.push(foreign(name));
  }
  const parts = [head];
  if (found.length > 0 || missing.length === 0) parts.push(propstat(found));
  if (missing.length > 0) parts.push(propstat(missing, '404 Not Found'));
  return `${parts.join('')}</D:response>\n`;
}

const propstat = (properties: string[], status = '200 OK'): string =>
  `<D:propstat><D:prop>${properties.join('')}</D:prop><D:status>HTTP/1.1 ${status}</D:status></D:propstat>`;

function foreign(name: string): string {
  const end = name.indexOf('}');
  return `<x:${name.slice(end + 1)} xmlns:x="${escapeXml(name.slice(1, end))}"/>`;
}

/** Characters that XML 1.0 cannot hold are shown as a replacement; line ends are kept from being changed. */
export function escapeXml(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll(/[&<>"'\t\n\r]/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** A start, end or empty tag. */
const TAG = /<(\/?)([A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/g;
const ATTRIBUTE = /([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/**
 * What a body asks for; an empty one asks for everything. Null for what is no PROPFIND, or holds what it need not hold
 * (a document type, entities in namespaces): then the request is refused.
 */
export function askedOf(body: string): Asked | null {
  if (body.trim() === '') return 'all';
  if (/<!DOCTYPE|<!ENTITY/i.test(body)) return null;
  const text = body.replaceAll(/<\?[^>]*\?>|<!--[\s\S]*?-->/g, '');
  const open: { name: string; spaces: Map<string, string> }[] = [];
  const asked: string[] = [];
  let answer: Asked | null = null;
  for (const [, slash, tag = '', attributes = '', empty] of text.matchAll(TAG)) {
    if (slash === '/') {
      if (open.pop() === undefined) return null;
      continue;
    }
    const spaces = new Map(open.at(-1)?.spaces);
    for (const [, name = '', double, single] of attributes.matchAll(ATTRIBUTE)) {
      const value = double ?? single ?? '';
      if (value.includes('&')) return null;
      if (name === 'xmlns') spaces.set('', value);
      else if (name.startsWith('xmlns:')) spaces.set(name.slice('xmlns:'.length), value);
    }
    const colon = tag.indexOf(':');
    const space = spaces.get(colon < 0 ? '' : tag.slice(0, colon)) ?? '';
    const name = `{${space}}${tag.slice(colon + 1)}`;
    const way = open.map((one) => one.name).join(' ');
    if (way === '' && name !== '{DAV:}propfind') return null;
    if (way === '{DAV:}propfind') {
      if (name === '{DAV:}allprop') answer = 'all';
      else if (name === '{DAV:}propname') answer = 'names';
      else if (name === '{DAV:}prop') answer = asked;
    } else if (way === '{DAV:}propfind {DAV:}prop') {
      if (asked.length === MAX_PROPERTIES) return null;
      asked.push(name);
    }
    if (empty !== '/') open.push({ name, spaces });
  }
  return open.length === 0 ? answer : null;
}
