/**
 * Which folders are backed up. A ticked folder is a source with everything in it, now and later; unticking something
 * inside it adds a rule (gitignore syntax, anchored at its full path) instead of splitting the source, so that what
 * appears there later is still taken. Pure functions of lists.
 */
import type { AppState, Place } from '../../../../preload/contract.ts';

export type Tick = 'on' | 'off' | 'mixed';

export interface Selection {
  sources: readonly Place[];
  /** Lines in gitignore syntax, the person's own and those made by unticking. */
  rules: readonly string[];
}

export interface Item extends Place {
  kind: 'folder' | 'file';
}

type Platform = AppState['platform'];

function separatorOf(platform: Platform): string {
  return platform === 'win32' ? '\\' : '/';
}

/** True if `path` lies somewhere below `folder`. */
export function isBelow(path: string, folder: string, platform: Platform): boolean {
  const separator = separatorOf(platform);
  const base = folder.endsWith(separator) ? folder : folder + separator;
  return path.length > base.length && path.startsWith(base);
}

/**
 * The rule that leaves one place out: its full path from the root, with `/` between the parts, a drive's colon dropped,
 * and everything escaped that gitignore would read as a pattern.
 */
export function ruleFor(item: { path: string; kind: 'folder' | 'file' }, platform: Platform): string {
  const plain = platform === 'win32' ? item.path.replace(/^([A-Za-z]):/, '$1').replaceAll('\\', '/') : item.path;
  const escaped = plain
    .replace(/[\\*?[\]]/g, '\\$&')
    .replace(/ $/, '\\ ')
    .replace(/^\/*/, '/');
  return item.kind === 'folder' ? `${escaped}/` : escaped;
}

/** True if the place is a source or lies in one, whether or not a rule leaves it out. */
export function isCovered(item: Item, { sources }: Selection, platform: Platform): boolean {
  return sources.some((source) => source.path === item.path || isBelow(item.path, source.path, platform));
}

/** What a place's box shows. */
export function tickOf(item: Item, selection: Selection, platform: Platform): Tick {
  const { sources, rules } = selection;
  if (!isCovered(item, selection, platform))
    return sources.some((source) => isBelow(source.path, item.path, platform)) ? 'mixed' : 'off';
  if (leftOut(item, selection, platform)) return 'off';
  const below = ruleFor({ path: item.path, kind: 'folder' }, platform);
  return item.kind === 'folder' && rules.some((rule) => rule.startsWith(below) && rule.length > below.length)
    ? 'mixed'
    : 'on';
}

/** True if a rule made by unticking leaves the place or a folder above it out. */
function leftOut(item: Item, { rules }: Selection, platform: Platform): boolean {
  const own = ruleFor(item, platform);
  return rules.some((rule) => rule === own || (rule.endsWith('/') && rule.startsWith('/') && own.startsWith(rule)));
}

/** True if the place can't be ticked by itself because a folder above it is left out. */
export function isBlocked(item: Item, selection: Selection, platform: Platform): boolean {
  const own = ruleFor(item, platform);
  const covered = selection.sources.some((source) => isBelow(item.path, source.path, platform));
  return (
    covered &&
    selection.rules.some((rule) => rule !== own && rule.startsWith('/') && rule.endsWith('/') && own.startsWith(rule))
  );
}

/** The selection after a press on the place's box. */
export function toggle(item: Item, selection: Selection, platform: Platform): Selection {
  const { sources, rules } = selection;
  const own = ruleFor(item, platform);
  const below = ruleFor({ path: item.path, kind: 'folder' }, platform);
  const withoutBelow = rules.filter((rule) => rule !== own && !(rule.startsWith(below) && rule.length > below.length));
  const tick = tickOf(item, selection, platform);
  const isSource = sources.some((source) => source.path === item.path);
  const inside = sources.some((source) => isBelow(item.path, source.path, platform));

  if (tick === 'on') {
    return inside
      ? { sources: sources.filter((source) => source.path !== item.path), rules: [...withoutBelow, own] }
      : { sources: sources.filter((source) => source.path !== item.path), rules: withoutBelow };
  }
  if (isSource || inside) return { sources, rules: withoutBelow };
  const apart = sources.filter((source) => !isBelow(source.path, item.path, platform));
  return { sources: [...apart, { cap: item.cap, path: item.path, name: item.name }], rules: withoutBelow };
}
