/** Reads a file of rules that somebody has for another program, and tells of each line whether it can be a rule here. */
import path from 'node:path';
import { HoldfastError } from '../../errors.ts';
import { BorgLines } from './borg.ts';
import { readGitLine } from './git.ts';
import { readResticLine } from './restic.ts';
import { type ExcludeKind, isAbsolute, MAX_RULE, type NotTaken, type ReadLine } from './rule.ts';

/** Bytes of a file. */
export const MAX_FILE_BYTES = 1 << 20;
const MAX_RULES = 5_000;

/** Files that speak of the folder that they lie in. */
const OF_ITS_FOLDER = /^\.(?:git|docker|npm|hg|rg|vscode|prettier|eslint)?ignore$/;

export interface ExcludesRead {
  kind: ExcludeKind;
  /** The folder that all rules are limited to, or null. */
  folder: string | null;
  taken: { line: number; text: string; rule: string }[];
  /** Lines that are left, with the reason. */
  left: { line: number; text: string; why: NotTaken }[];
}

/**
 * @param file its whole path
 * @param bytes what it holds
 * @param home the person's home folder
 * @param kind whose syntax it is; guessed where it is not given
 * @throws HoldfastError `bad-input` where it is no text, or holds too much
 */
export function readExcludes(file: string, bytes: Uint8Array, home: string, kind?: ExcludeKind): ExcludesRead {
  const lines = textOf(bytes).split(/\r\n|\n|\r/);
  const as =
    kind ??
    guess(
      path.basename(file),
      lines.map((line) => line.slice(0, MAX_RULE)),
    );
  const folder = as === 'git' && OF_ITS_FOLDER.test(path.basename(file)) ? slashes(path.dirname(file)) : null;
  const borg = new BorgLines();
  const read = (line: string): ReadLine => {
    if (as === 'git') return readGitLine(line, folder);
    return as === 'restic' ? readResticLine(line, home) : borg.read(line);
  };
  const result: ExcludesRead = { kind: as, folder, taken: [], left: [] };
  /** A rule for every place stands above: a later one for one place cannot bring anything back from it. */
  let everywhere = false;
  for (const [at, text] of lines.entries()) {
    const made = text.length > MAX_RULE ? ({ not: 'too-long' } as const) : read(text);
    if (made === null) continue;
    const line = at + 1;
    const shown = text.trim().slice(0, MAX_RULE);
    if ('not' in made) result.left.push({ line, text: shown, why: made.not });
    else if (made.rule.length > MAX_RULE) result.left.push({ line, text: shown, why: 'too-long' });
    else if (made.rule.startsWith('!') && isAbsolute(made.rule) && everywhere)
      result.left.push({ line, text: shown, why: 'keeps' });
    else {
      result.taken.push({ line, text: shown, rule: made.rule });
      everywhere ||= !made.rule.startsWith('!') && !isAbsolute(made.rule);
    }
    if (result.taken.length + result.left.length > MAX_RULES) throw refused('This file holds more than 5,000 rules.');
  }
  return result;
}

function guess(name: string, lines: readonly string[]): ExcludeKind {
  // Another's star would mean every folder, and not its own.
  if (OF_ITS_FOLDER.test(name)) return 'git';
  if (/borg/i.test(name) || lines.some((line) => /^\s*(?:[-+!RP]\s+\S|(?:fm|sh|re|pp|pf):)/.test(line))) return 'borg';
  if (/restic/i.test(name) || lines.some((line) => /^[^#]*\$(?:HOME\b|\{)/.test(line))) return 'restic';
  if (/ignore/i.test(name)) return 'git';
  // Nobody writes whole paths for git.
  return lines.some((line) => /^\s*(?:\/(?:home|Users|root|etc|var|mnt|media|srv|opt)\/|[A-Za-z]:\\)/.test(line))
    ? 'restic'
    : 'git';
}

function textOf(bytes: Uint8Array): string {
  if (bytes.length > MAX_FILE_BYTES) throw refused('This file is too large for a list of rules.');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw refused('This file is not text.');
  }
  if (text.includes('\0')) throw refused('This file is not text.');
  return text;
}

const slashes = (folder: string): string => (path.sep === '/' ? folder : folder.replaceAll(path.sep, '/'));

function refused(message: string): HoldfastError {
  return new HoldfastError('bad-input', message, 'Choose a file with one rule a line. Nothing was changed.', {
    severity: 'notice',
  });
}
