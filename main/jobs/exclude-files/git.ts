/** Lines in the syntax of .gitignore, which is the one of the rules here. */
import { literal, type ReadLine, withoutEnd } from './rule.ts';

/**
 * @param folder the folder that the file speaks of, `/`-separated; null where it speaks of every folder
 */
export function readGitLine(line: string, folder: string | null): ReadLine {
  const bare = withoutEnd(line, ' \t');
  // A space behind a backslash is one of the name.
  const text = bare.endsWith('\\') ? line.slice(0, bare.length + 1) : bare;
  if (text === '' || text.startsWith('#')) return null;
  // A backslash at the end, or an exclamation mark alone, matches nothing.
  if (/(?<!\\)(?:\\\\)*\\$/.test(text) || text === '!' || /^!?\/+$/.test(text)) return { not: 'no-rule' };
  return { rule: folder === null ? text : below(text, folder) };
}

/** The same rule for one folder of the computer and what is below it. */
function below(text: string, folder: string): string {
  const keeps = text.startsWith('!');
  const own = keeps ? text.slice(1) : text.replace(/^\\(?=[!#])/, '');
  const top = literal(folder.replace(/\/+$/, ''));
  const core = own.replace(/^\/+/, '');
  const anchored = own.startsWith('/') || /\/./.test(core);
  return `${keeps ? '!' : ''}${top}/${anchored ? core : `**/${core}`}`;
}
