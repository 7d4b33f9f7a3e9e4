/**
 * Lines of a file for restic's `--exclude-file`: a pattern without a leading slash holds at any depth, `$NAME` is an
 * environment variable. https://restic.readthedocs.io/en/stable/040_backup.html#excluding-files
 */
import { type ReadLine, withoutEnd } from './rule.ts';

/** @param home the person's home folder, for `$HOME`; other variables are not the same on every computer */
export function readResticLine(line: string, home: string): ReadLine {
  const text = line.trim();
  if (text === '' || text.startsWith('#')) return null;
  const keeps = text.startsWith('!');
  let unknown = false;
  const filled = (keeps ? text.slice(1) : text).replace(
    /\$(?:\$|\{([^}]*)\}|(\w+))/g,
    (whole, braced?: string, plain?: string) => {
      const name = braced ?? plain;
      if (name === undefined) return '$';
      if (name === 'HOME') return home;
      unknown = true;
      return whole;
    },
  );
  if (unknown) return { not: 'variable' };
  const whole = slashes(filled);
  // An exclamation mark in brackets is itself there, and turns them round here.
  const path = (withoutEnd(whole, '/') || whole.slice(0, 1)).replace(/(?<!\\)\[!/g, '[\\!');
  if (path === '' || path === '/') return { not: 'no-rule' };
  const mark = keeps ? '!' : '';
  if (/^(?:\/|[A-Za-z]:\/)/.test(path)) return { rule: mark + path };
  // A slash inside would anchor it here.
  return { rule: mark + (path.includes('/') && !path.startsWith('**/') ? `**/${path}` : path) };
}

/** `C:\Users` as `C:/Users`; elsewhere a backslash takes the meaning from what follows. */
const slashes = (path: string): string => (/^[A-Za-z]:\\/.test(path) ? path.replaceAll('\\', '/') : path);
