/** Sources of a plan: absolute, without repetitions, none inside another. */
import path from 'node:path';

/** True where `inner` is `outer` or lies in it. Both absolute. */
export function liesIn(inner: string, outer: string): boolean {
  const relative = path.relative(path.resolve(outer), path.resolve(inner));
  return relative === '' || (!path.isAbsolute(relative) && relative.split(path.sep)[0] !== '..');
}

/** The sources in order, without those that another one contains: nothing is read or listed twice. */
export function withoutNested(sources: readonly string[]): string[] {
  const whole = [...new Set(sources.map((source) => path.resolve(source)))];
  return whole.filter((source) => !whole.some((other) => other !== source && liesIn(source, other)));
}
