/**
 * Names as they can be shown: control characters, line breaks and characters that turn the direction of text are
 * written out as U+XXXX, because they would make a name look like another one.
 */

/** Controls, zero-width space, line separators, directional embeddings and overrides, isolates, byte-order mark. */
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u2028-\u202e\u2060-\u206f\ufeff]/u;

export interface NamePart {
  readonly text: string;
  readonly escaped: boolean;
}

/** The pieces of a name in order; an escaped piece stands for one character that cannot be seen. */
export function visibleParts(name: string): NamePart[] {
  const parts: NamePart[] = [];
  let plain = '';
  for (const character of name) {
    if (!UNSEEN.test(character)) {
      plain += character;
      continue;
    }
    if (plain !== '') parts.push({ text: plain, escaped: false });
    plain = '';
    parts.push({
      text: `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`,
      escaped: true,
    });
  }
  if (plain !== '' || parts.length === 0) parts.push({ text: plain, escaped: false });
  return parts;
}

/** The name as one string, with unseen characters written out. */
export function visibleText(name: string): string {
  return visibleParts(name)
    .map((part) => part.text)
    .join('');
}

/** The same for a place inside a sentence: wrapped in an isolate (U+2068, U+2069), so that it turns nothing round. */
export function visibleName(name: string): string {
  return `\u2068${visibleText(name)}\u2069`;
}
