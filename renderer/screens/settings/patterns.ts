/** Excludes in gitignore syntax, as lines of a text field. */

/** Lines without empty ones and comments at the end; order and comments are kept, because order has a meaning. */
export function parsePatterns(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/(?<!\\)\s+$/, ''))
    .filter((line) => line !== '');
}

/** Patterns that really leave something out: not comments. */
export function activePatterns(patterns: readonly string[]): string[] {
  return patterns.filter((pattern) => !pattern.startsWith('#'));
}

/**
 * The pattern that leaves out exactly one path. Null where the name holds bytes that are not text (shown as `\xNN`),
 * because a pattern is text and could not meet it.
 */
export function patternFor(path: string): string | null {
  if (/\\x[0-9a-f]{2}/i.test(path) || /[\r\n]/.test(path)) return null;
  const anchored = path.startsWith('/') ? path : `/${path}`;
  return anchored.replace(/[\\*?[\]]/g, '\\$&').replace(/ $/, '\\ ');
}
