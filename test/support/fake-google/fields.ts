/** Partial answers: `fields` picks what comes, and an unknown field is refused. */
import { ApiError } from './replies.ts';

interface Selection {
  [field: string]: Selection | null;
}

/**
 * What `fields` picks of `value`, which has every field that exists; those that are `undefined` exist and are left out.
 * @param fields e.g. `nextPageToken,files(id,name)`; `/` for one level is understood too
 */
export function pick(value: Record<string, unknown>, fields: string): Record<string, unknown> {
  const { selection, rest } = parse(fields);
  if (rest !== '') throw invalid(rest);
  return apply(value, selection);
}

function parse(text: string): { selection: Selection; rest: string } {
  const selection: Selection = {};
  let rest = text;
  for (;;) {
    const name = /^\s*([A-Za-z0-9*]+)/.exec(rest);
    if (name?.[1] === undefined) throw invalid(rest);
    rest = rest.slice(name[0].length);
    let inner: Selection | null = null;
    if (rest.startsWith('(')) {
      const parsed = parse(rest.slice(1));
      if (!parsed.rest.startsWith(')')) throw invalid(rest);
      inner = parsed.selection;
      rest = parsed.rest.slice(1);
    }
    selection[name[1]] = inner;
    if (!rest.startsWith(',')) return { selection, rest };
    rest = rest.slice(1);
  }
}

function apply(value: Record<string, unknown>, selection: Selection): Record<string, unknown> {
  const picked: Record<string, unknown> = {};
  for (const [field, inner] of Object.entries(selection)) {
    if (!(field in value)) throw invalid(field);
    const part = value[field];
    if (part === undefined) continue;
    picked[field] =
      inner === null ? part : Array.isArray(part) ? part.map((each) => within(each, inner)) : within(part, inner);
  }
  return picked;
}

function within(value: unknown, selection: Selection): unknown {
  return typeof value === 'object' && value !== null ? apply({ ...value }, selection) : value;
}

function invalid(field: string): ApiError {
  return new ApiError(400, 'invalidParameter', `Invalid field selection ${field}`);
}
