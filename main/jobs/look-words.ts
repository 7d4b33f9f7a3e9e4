/** What a preview is of, in the app's language. What its thread says are phrases; what the file says is left as it is. */
import { type Look, UNNAMED } from '../preview/api.ts';
import { say } from '../words/say.ts';

/** The same with a plain sentence for why it is no more than bytes. */
type SaidLook = Exclude<Look, { kind: 'bytes' }> | (Extract<Look, { kind: 'bytes' }> & { why: string | null });

const STANDINS: ReadonlySet<string> = new Set(Object.values(UNNAMED));

export function sayLook(look: Look): SaidLook {
  const what = say(look.what);
  if (look.kind === 'bytes') return { ...look, what, why: look.why === null ? null : say(look.why) };
  if (look.kind !== 'messages') return { ...look, what };
  return {
    ...look,
    what,
    cut: look.cut === null ? null : say(look.cut),
    conversations: look.conversations.map((one) => ({
      ...one,
      title: nameOf(one.title),
      people: one.people.map(nameOf),
    })),
  };
}

/** A name of the file's own is nobody's to translate, though it may be a word of the catalogs. */
const nameOf = (name: string): string => (STANDINS.has(name) ? say(name) : name);
