/** Where a query stands in a name, for marking it. */

export interface MatchPart {
  readonly text: string;
  readonly match: boolean;
}

/** The part of a query that is compared with names; null for a pattern, of which no part stands out. */
export function markedText(query: string): string | null {
  const last = query.slice(query.lastIndexOf('/') + 1);
  return last === '' || /[*?[]/.test(last) ? null : last;
}

/**
 * A name in parts, the first place where the text stands marked; upper and lower case are one. The whole name is one part
 * where it does not stand in it as it is shown.
 */
export function matchParts(name: string, text: string | null): MatchPart[] {
  const whole = [{ text: name, match: false }];
  if (text === null || text === '') return whole;
  const [inName, wanted] = [lower(name), lower(text)];
  // Letters whose lower case is longer would shift the place.
  if (inName.length !== name.length) return whole;
  const at = inName.indexOf(wanted);
  if (at < 0) return whole;
  const end = at + wanted.length;
  return [
    { text: name.slice(0, at), match: false },
    { text: name.slice(at, end), match: true },
    { text: name.slice(end), match: false },
  ].filter((part) => part.text !== '');
}

const lower = (text: string): string => text.normalize('NFC').toLowerCase();
