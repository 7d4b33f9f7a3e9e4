/** What a Markdown file links to and what can be linked to in it; the little of the language that our documents use. */

export interface MarkdownLink {
  /** From 1. */
  line: number;
  target: string;
}

/** The lines of a text with code taken out: fenced and indented blocks whole, spans of code up to their ends. */
function proseLines(text: string): string[] {
  let fence = '';
  let indented = false;
  let before = '';
  return text.split('\n').map((line) => {
    const mark = /^ {0,3}(```+|~~~+)/.exec(line)?.[1] ?? '';
    if (fence !== '' || mark !== '') {
      fence = fence === '' ? mark : mark.startsWith(fence) ? '' : fence;
      before = '';
      return '';
    }
    // Four spaces after an empty line are code, save below an item of a list.
    indented = line.startsWith('    ') && (indented || before.trim() === '') && !/^\s*([-*]|\d+\.) /.test(line);
    before = line;
    return indented ? '' : line.replace(/(`+)[^`].*?\1/g, '');
  });
}

/** Links and pictures with their targets as written, without titles; those of HTML in the text as well. */
export function linksOf(text: string): MarkdownLink[] {
  const forms = /\]\((?<target>[^)\s]+)(?: "[^"]*")?\)|\b(?:src|srcset|href)="(?<html>[^"\s]+)"/g;
  return proseLines(text).flatMap((line, index) =>
    [...line.matchAll(forms)].map(({ groups }) => ({
      line: index + 1,
      target: groups?.['target'] ?? groups?.['html'] ?? '',
    })),
  );
}

/** The anchors of its headings as GitHub makes them: lower case, punctuation gone, spaces as hyphens, repeats numbered. */
export function anchorsOf(text: string): Set<string> {
  const seen = new Map<string, number>();
  const anchors = new Set<string>();
  // The words of a heading count with those that are code, so the raw lines are looked at where prose is.
  const raw = text.split('\n');
  for (const [index, line] of proseLines(text).entries()) {
    if (!/^#{1,6} /.test(line)) continue;
    const words = (raw[index] ?? '').replace(/^#+ +/, '').replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
    const plain = words
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
      .replace(/ /g, '-');
    const times = seen.get(plain) ?? 0;
    seen.set(plain, times + 1);
    anchors.add(times === 0 ? plain : `${plain}-${times}`);
  }
  return anchors;
}
