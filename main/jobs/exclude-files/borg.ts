/**
 * Lines of a file for borg's `--exclude-from` or `--patterns-from`. Patterns are of the whole path, which borg writes
 * without its leading slash. https://borgbackup.readthedocs.io/en/stable/usage/help.html#borg-patterns
 *
 * Where a star may mean folders too (`fm:`), the rule made of it leaves out the same or less, never more.
 */
import { literal, type NotTaken, type ReadLine, withoutEnd } from './rule.ts';

type Style = 'fm' | 'sh' | 're' | 'pp' | 'pf';
const STYLES: ReadonlySet<string> = new Set<Style>(['fm', 'sh', 're', 'pp', 'pf']);
const isStyle = (text: string): text is Style => STYLES.has(text);

export class BorgLines {
  /** Of lines that begin with `-`, unless `P` says another. */
  #style: Style = 'sh';
  /** A line was seen that keeps something; the first that matches counts there, the last one here. */
  #keeps = false;

  read(line: string): ReadLine {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) return null;
    const [, sign, rest] = /^([-+!RP])\s+(.*)$/.exec(text) ?? [];
    if (sign === undefined || rest === undefined) return this.#pattern(text, 'fm');
    if (sign === 'R') return { not: 'roots' };
    if (sign === 'P') {
      if (!isStyle(rest)) return { not: 'no-rule' };
      this.#style = rest;
      return null;
    }
    if (sign === '+') {
      this.#keeps = true;
      return { not: 'keeps' };
    }
    return this.#pattern(rest, this.#style);
  }

  #pattern(text: string, otherwise: Style): ReadLine {
    if (this.#keeps) return { not: 'after-keeps' };
    const [, named, body = ''] = /^([a-z]{2}):(.*)$/s.exec(text) ?? [];
    const style = named !== undefined && isStyle(named) ? named : otherwise;
    const pattern = style === named ? body : text;
    const made = RULE[style](pattern.replace(/^\/+/, ''));
    return typeof made === 'string' ? { rule: made } : made;
  }
}

const RULE: Record<Style, (pattern: string) => string | { not: NotTaken }> = {
  re: () => ({ not: 'expression' }),
  pp: (path) => (path === '' ? { not: 'no-rule' } : `/${literal(withoutEnd(path, '/'))}`),
  pf: (path) => (path === '' ? { not: 'no-rule' } : `/${literal(path)}`),
  sh: (pattern) => (pattern === '' ? { not: 'no-rule' } : anchored(contents(pattern))),
  fm: (pattern) => {
    if (pattern === '') return { not: 'no-rule' };
    const parts = contents(pattern).split('/');
    const last = parts.length - 1;
    const spread = parts.flatMap((part, at) => {
      if (part !== '*') return [part];
      // At the ends it stands for any number of folders; between two names for at least one.
      return at === 0 || at === last ? ['**'] : ['*', '**'];
    });
    const rule = spread.join('/');
    // A star before a name means folders too.
    return rule.startsWith('*') && !rule.startsWith('**') ? (last === 0 ? rule : `**/${rule}`) : anchored(rule);
  },
};

/** A slash at the end: what is in the folder, and not the folder. */
const contents = (pattern: string): string => (pattern.endsWith('/') ? `${pattern}**` : pattern);

const anchored = (pattern: string): string => (pattern.startsWith('**') ? pattern : `/${pattern}`);
