/** Folding of names for search: upper and lower case are one, and so are composed and decomposed accents. */

const NOT_ASCII = /[^\0-\x7f]/;

/** Folded code points that are no ASCII, as they come. */
const known = new Map<string, string>();

/**
 * Unicode's simple case folding (CaseFolding.txt, status C and S) after normalisation to NFC: one code point gives one,
 * so `ß` stays and is not `ss`, and `İ` stays. macOS stores accents decomposed, other systems composed.
 */
export function fold(text: string): string {
  if (!NOT_ASCII.test(text)) return text.toLowerCase();
  let out = '';
  for (const char of text.normalize('NFC')) {
    let folded = known.get(char);
    if (folded === undefined) {
      folded = foldOne(char);
      known.set(char, folded);
    }
    out += folded;
  }
  return out;
}

function foldOne(char: string): string {
  // By way of upper case, where letters with two lower-case forms (final sigma, long s) are one.
  const upper = single(char.toUpperCase(), char);
  return single(upper.toLowerCase(), char);
}

/** A mapping to several code points is no simple one. */
const single = (mapped: string, char: string): string => ([...mapped].length === 1 ? mapped : char);
