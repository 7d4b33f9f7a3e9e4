/** What is wrong with a translation: missing, not well-formed, other places or tags than the English, too few forms. */
import { compileMessageOrThrow } from '@lingui/message-utils/compileMessage';

/** A message's places: names of values, tags, and of each count the forms that are written out. */
function shape(message) {
  const values = new Set();
  const counts = new Map();
  const walk = (parts) => {
    if (!Array.isArray(parts)) return;
    for (const part of parts) {
      if (!Array.isArray(part)) continue;
      const [name, kind, forms] = part;
      values.add(name);
      if (kind === 'plural')
        counts.set(
          name,
          Object.keys(forms).filter((form) => form !== 'offset'),
        );
      if (forms !== null && typeof forms === 'object') for (const form of Object.values(forms)) walk(form);
    }
  };
  walk(compileMessageOrThrow(message));
  const tags = [...message.matchAll(/<\/?(\w+)\/?>/g)].map(([tag]) => tag).sort();
  return { values, counts, tags };
}

const same = (a, b) => a.length === b.length && a.every((one, i) => one === b[i]);

/** @returns {string[]} one line for each sentence that is not right */
export function problemsOf(source, own, locale) {
  const needed = new Intl.PluralRules(locale).resolvedOptions().pluralCategories;
  return Object.entries(source).flatMap(([id, { message = '' }]) => {
    const translation = own[id]?.translation;
    if (!translation) return [`not translated: ${message}`];
    let [from, to] = [null, null];
    try {
      [from, to] = [shape(message), shape(translation)];
    } catch (error) {
      return [`not well-formed (${error.message}): ${translation}`];
    }
    // Lingui writes the same tag around different words as <0>…</0>: one that is there twice may stand once more.
    if (!same([...new Set(from.tags)], [...new Set(to.tags)]))
      return [`other tags than <…> of "${message}": ${translation}`];
    if (!same([...from.values].sort(), [...to.values].sort()))
      return [`other places than {…} of "${message}": ${translation}`];
    for (const [name, forms] of to.counts) {
      const lacks = needed.filter((form) => !forms.includes(form) && form !== 'many');
      const unneeded = locale === 'ar' ? needed.filter((form) => !forms.includes(form)) : lacks;
      if (unneeded.length > 0) return [`{${name}} lacks the forms ${unneeded.join(', ')}: ${translation}`];
    }
    return [];
  });
}
