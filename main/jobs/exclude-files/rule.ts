/** What reading one line of an exclude file gives, whoever's file it is. */

/** Whose syntax a file is in. */
export const EXCLUDE_KINDS = ['git', 'restic', 'borg'] as const;
export type ExcludeKind = (typeof EXCLUDE_KINDS)[number];

/**
 * Why a line is not taken. `keeps`: it brings back what other lines leave out, in a way that rules here cannot say.
 * `after-keeps`: it leaves out what a line above, that was not taken, would have kept.
 */
export const NOT_TAKEN = ['too-long', 'no-rule', 'variable', 'expression', 'keeps', 'after-keeps', 'roots'] as const;
export type NotTaken = (typeof NOT_TAKEN)[number];

export type ReadLine = { rule: string } | { not: NotTaken } | null;

/** Characters of a rule. */
export const MAX_RULE = 4_096;

/** A text without what it ends with of some characters. No pattern does that in the time that its length takes. */
export function withoutEnd(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

/** A name or path as a pattern that matches it alone. */
export function literal(path: string): string {
  return path.replace(/[\\*?[\]]/g, '\\$&').replace(/ $/, '\\ ');
}

/** True for rules that hold for one place of the computer: `/home/anna/x`, `!C:/x`. */
export function isAbsolute(rule: string): boolean {
  return /^!?(?:\/|[A-Za-z]:\/)/.test(rule);
}
