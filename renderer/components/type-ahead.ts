/** Typing the first letters of a name jumps to it. A pause of a second starts a new word. */
export const TYPE_AHEAD_MS = 1000;

export interface Typed {
  readonly text: string;
  readonly at: number;
}

export function typeMore(before: Typed | null, key: string, now: number): Typed {
  const fresh = before === null || now - before.at > TYPE_AHEAD_MS;
  return { text: fresh ? key : before.text + key, at: now };
}

/** One letter again and again steps through the names that start with it; a word stays where it fits. */
export function startRow(typed: Typed, cursor: number): number {
  const repeated = typed.text.length > 1 && [...typed.text].every((letter) => letter === typed.text[0]);
  if (typed.text.length === 1 || repeated) return cursor + 1;
  return Math.max(0, cursor);
}

export function wanted(typed: Typed): string {
  const repeated = typed.text.length > 1 && [...typed.text].every((letter) => letter === typed.text[0]);
  return (repeated ? (typed.text[0] ?? '') : typed.text).toLocaleLowerCase();
}

export function nameFits(name: string, typed: Typed): boolean {
  return name.toLocaleLowerCase().startsWith(wanted(typed));
}
