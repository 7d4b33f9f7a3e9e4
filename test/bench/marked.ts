/** Writes what a bench found into a document, between two marks that stand there. */
import { readFileSync, writeFileSync } from 'node:fs';

/** @throws Error where the marks are not there, one after the other */
export function writeBetween(file: string, [begin, end]: readonly [begin: string, end: string], content: string): void {
  const text = readFileSync(file, 'utf8');
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${file} has no marks`);
  writeFileSync(file, `${text.slice(0, from + begin.length)}\n\n${content}\n\n${text.slice(to)}`);
}
