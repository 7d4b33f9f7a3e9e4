/** Drawings (SVG): whether what one draws, with every repetition, is as much as drawings draw. */

/** Elements, with those that are drawn again by reference. */
const DRAWN = 200_000;
const DEPTH = 200;

/** What is drawn as often as it is named: an element with an id, or the whole. */
interface Part {
  /** Elements in it that have no id. */
  own: number;
  /** Elements with an id that lie in it. */
  inside: Part[];
  /** Ids that it draws, or is filled, masked or marked with. */
  named: string[];
  /** Null while it is being counted: what names itself is not drawn. */
  drawn: number | null | undefined;
}

const part = (): Part => ({ own: 1, inside: [], named: [], drawn: undefined });

/**
 * False for a few lines that name each other until billions of elements are drawn, and for what is no well-formed text.
 * What a style sheet names is not counted.
 */
export function isModestDrawing(text: string): boolean {
  const top = part();
  const ids = new Map<string, Part>();
  const open: Part[] = [top];
  for (let at = text.indexOf('<'); at !== -1; at = text.indexOf('<', at)) {
    const skip = SKIPPED.find(([begin]) => text.startsWith(begin, at));
    const end = skip === undefined ? tagEnd(text, at) : text.indexOf(skip[1], at + skip[0].length);
    if (end === -1) return false;
    const tag = text.slice(at, end);
    at = end;
    if (skip !== undefined) continue;
    if (tag.startsWith('</')) {
      if (open.length > 1) open.pop();
      continue;
    }
    const attributes = attributesOf(tag);
    const around = open.at(-1) ?? top;
    if (attributes === null || open.length > DEPTH) return false;
    const id = attributes.get('id');
    let here = around;
    if (id === undefined) around.own++;
    else {
      here = part();
      around.inside.push(here);
      if (!ids.has(id)) ids.set(id, here);
    }
    for (const [name, value] of attributes) here.named.push(...namedIn(name, value));
    if (!tag.endsWith('/')) open.push(here);
  }
  return drawn(top, ids, 0) <= DRAWN;
}

const SKIPPED = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
  ['<!', '>'],
] as const;

/** Position of the `>` that ends a tag; -1 where there is none before the next `<`. */
function tagEnd(text: string, from: number): number {
  let quote = '';
  for (let at = from + 1; at < text.length; at++) {
    const char = text[at] ?? '';
    if (quote !== '') quote = char === quote ? '' : quote;
    else if (char === '>') return at;
    else if (char === '<') return -1;
    else if (char === '"' || char === "'") quote = char;
  }
  return -1;
}

/** Values with their references to characters resolved; null where they are not well-formed. */
function attributesOf(tag: string): Map<string, string> | null {
  const found = new Map<string, string>();
  const begin = /^<[^\s/]+/.exec(tag)?.[0].length ?? 0;
  const attribute = /\s+([^\s=/"'<>]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/y;
  attribute.lastIndex = begin;
  let end = begin;
  for (let one = attribute.exec(tag); one !== null; one = attribute.exec(tag)) {
    end = attribute.lastIndex;
    found.set(one[1] ?? '', resolved(one[2] ?? one[3] ?? ''));
  }
  return begin > 0 && /^\s*\/?$/.test(tag.slice(end)) ? found : null;
}

function resolved(value: string): string {
  return value.replace(/&#(?:x([0-9a-f]{1,6})|(\d{1,7}));/gi, (_, hex?: string, decimal?: string) => {
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : '';
  });
}

function namedIn(name: string, value: string): string[] {
  if (/(?:^|:)href$/.test(name)) return value.trim().startsWith('#') ? [value.trim().slice(1)] : [];
  return Array.from(value.matchAll(/url\(\s*["']?#([^"')]{1,200})/gi), ([, id = '']) => id.trim());
}

/** Elements that a part draws; more than `DRAWN` are not counted on. */
function drawn(one: Part, ids: ReadonlyMap<string, Part>, depth: number): number {
  if (one.drawn === null) return 0;
  if (one.drawn !== undefined) return one.drawn;
  if (depth > 2 * DEPTH) return Number.POSITIVE_INFINITY;
  one.drawn = null;
  let sum = one.own;
  for (const inner of one.inside) sum += drawn(inner, ids, depth + 1);
  for (const id of one.named) {
    const target = ids.get(id);
    if (target !== undefined && sum <= DRAWN) sum += drawn(target, ids, depth + 1);
  }
  one.drawn = sum;
  return sum;
}
